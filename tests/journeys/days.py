"""A day file's rows of visits of every kind, each with connections and meters of its own."""

from __future__ import annotations

from typing import Any

import msgspec

from fieldapp.domain.identifiers import ean_check_digit
from fieldapp.domain.work_order import Connection, Meter
from tests.fieldapp.domain.cases import Case

_EAN = {"E": "8716870000003{:04}", "G": "8716870000004{:04}"}


def row_of(case: Case, place: int) -> dict[str, Any]:
    """The visit of a case as a planner hands it in, as the one at this place of the day."""
    visit = case.visit
    return {
        "number": f"V-{place:04}",
        "kind": visit.kind,
        "variant": visit.variant,
        "meter_kind": visit.meter_kind,
        "technician": "M-01",
        "window": ["08:00", "17:00"],
        "customer": {"name": f"Oefenklant {place}"},
        "address": {
            "street": "Dijk",
            "number": str(place),
            "postcode": "2671 AB",
            "place": "Naaldwijk",
        },
        "connections": [_connection(connection, place) for connection in visit.connections],
        "new_meters": [_meter(meter, place) for meter in visit.new_meters],
    }


def _connection(connection: Connection, place: int) -> dict[str, Any]:
    digits = _EAN[connection.commodity].format(place)
    meter = connection.meter
    return {
        "ean": digits + ean_check_digit(digits),
        "commodity": connection.commodity,
        "capacity": connection.capacity,
        "phases": connection.phases,
        "meter": None if meter is None else _meter(meter, place),
    }


def _meter(meter: Meter, place: int) -> dict[str, Any]:
    """With its number's serial counted on, so that each hangs at one place."""
    head, serial, year = meter.number[:5], int(meter.number[5:15]), meter.number[15:]
    registers = [msgspec.to_builtins(register) for register in meter.registers]
    number = f"{head}{serial + 1000 * place:010}{year}"
    return {"number": number, "kind": meter.kind, "registers": registers}
