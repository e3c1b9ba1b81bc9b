"""Makes a `Visit` value out of a row of the day file.

In come a checked `DayVisit`, its date and what the office adds (id, region, holder, version);
out comes the value that travels to the laptop. Nothing is stored here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fieldapp.domain import work_order as w
from fieldapp.domain.preference import Choice
from sync.server import dayfile as d


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the office knows of a visit besides its row in the file."""

    id: str
    region: str
    holder: str
    version: int
    route_position: int


def draft(row: d.DayVisit, day: date, particulars: Particulars) -> w.Visit:
    """The visit, complete, with the newest step definitions of its kind."""
    start, end = row.window
    return w.Visit(
        id=particulars.id,
        number=row.number,
        kind=row.kind,
        region=particulars.region,
        window_start=d.at_local(day, start),
        window_end=d.at_local(day, end),
        customer=w.Customer(
            holder=particulars.holder, name=row.customer.name, phone=row.customer.phone
        ),
        address=w.Address(**row.address.model_dump()),
        connections=tuple(_connection(c) for c in row.connections),
        flow=d.newest_flow(row.kind),
        lmra=d.newest_lmra(),
        variant=row.variant,
        meter_kind=row.meter_kind,
        version=particulars.version,
        route_position=particulars.route_position,
        new_meters=tuple(_meter(m) for m in row.new_meters),
        choices=tuple(Choice(**c.model_dump()) for c in row.choices),
        complaint=row.complaint,
        access_note=row.access_note,
        safety_note=row.safety_note,
        supervisor_phone=row.supervisor_phone,
        last_visit=row.last_visit,
        refusals=tuple(w.Refusal(r.offered, r.on) for r in row.refusals),
    )


def _connection(row: d.DayConnection) -> w.Connection:
    return w.Connection(
        ean=row.ean,
        commodity=row.commodity,
        capacity=row.capacity,
        phases=row.phases,
        location_code=row.location_code,
        meter=None if row.meter is None else _meter(row.meter),
    )


def _meter(row: d.DayMeter) -> w.Meter:
    registers = tuple(_register(r) for r in row.registers)
    return w.Meter(number=row.number, kind=row.kind, registers=registers)


def _register(row: d.DayRegister) -> w.MeterRegister:
    previous = row.previous
    return w.MeterRegister(
        obis=row.obis,
        unit=row.unit,
        digits=row.digits,
        decimals=row.decimals,
        tariff=row.tariff,
        may_run_backwards=row.may_run_backwards,
        previous=None if previous is None else w.PreviousReading(**previous.model_dump()),
    )
