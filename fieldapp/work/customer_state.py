"""What a few telegrams say about a connection, as a visit keeps it and rules look at it.

In come a telegram and the health of its line; out comes a `CustomerLine`, and the plain values
of a fact and back. Rule: one moment of one meter, for the visit's purpose; no series is kept,
and what another version wrote is passed over, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis.finding import Evidence, Origin
from fieldapp.domain.diagnosis.observations import CustomerLine, LineFault, Outage
from fieldapp.domain.diagnosis.state import Quantity, is_sane
from hardware.p1.catalogue import CHANNELS
from hardware.p1.health import Health, LineFinding
from hardware.p1.identity import equipment_id
from hardware.p1.readings import Reading
from hardware.p1.telegram import Telegram

MOMENT = "p1"
"""Of a `StateRetrieved` that came over the customer port; no step is met by it."""
_TECHNICAL = (
    "voltage",
    "current_l",
    "power_to_client",
    "power_by_client",
    "power_failures",
    "long_power_failures",
    "breaker_position",
    "limiter_threshold",
    "valve_position",
    "mbus",
)
"""Beginnings of the names that a diagnosis looks at; energy is not among them."""
_LOG = "power_failure_log"


def line_of(telegram: Telegram, health: Health, at: datetime) -> CustomerLine:
    """What the last sound telegram says, and how the line was; `at` is when it came."""
    numbers = {channel: equipment_id(telegram, channel) for channel in CHANNELS}
    clock = health.clock
    return CustomerLine(
        at=at,
        version=telegram.version or "",
        quantities=tuple(
            _quantity(reading, reading.value, at)
            for reading in telegram.readings
            if isinstance(reading.value, Decimal) and reading.name.startswith(_TECHNICAL)
        ),
        outages=_outages(telegram),
        numbers={channel: number for channel, number in numbers.items() if number},
        telegrams=health.telegrams,
        faults=tuple(_fault(finding) for finding in health.findings),
        clock_s=None if clock is None else Decimal(clock.offset_s),
        clock_margin_s=Decimal(0 if clock is None else clock.margin_s),
    )


def state_of_line(port: CustomerLine) -> dict[str, Any]:
    """As a fact keeps it: texts for exact numbers and times."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(port))
    return plain


def customer_line(state: Mapping[str, Any]) -> CustomerLine | None:
    """The reverse of `state_of_line`; None for what is no such state."""
    try:
        line = msgspec.convert(state, CustomerLine, str_keys=True)
    except msgspec.ValidationError:
        return None
    numbers = (line.clock_s or 0, line.clock_margin_s, *(q.value for q in line.quantities))
    return line if all(is_sane(Decimal(number)) for number in numbers) else None


def last_line(facts: tuple[f.StateRetrieved, ...]) -> CustomerLine | None:
    """The last customer port among the states of a visit."""
    heard = (customer_line(s.state) for s in reversed(facts) if s.channel is f.Channel.P1)
    return next((port for port in heard if port is not None), None)


def _quantity(reading: Reading, value: Decimal, at: datetime) -> Quantity:
    evidence = Evidence(
        reading.name,
        f"{value:f}",
        reading.unit,
        Origin.P1,
        str(reading.obis),
        reading.time if reading.name.startswith("mbus") else at,
    )
    return Quantity(reading.name, value, reading.unit, evidence)


def _outages(telegram: Telegram) -> tuple[Outage, ...] | None:
    for reading in telegram.readings:
        if reading.name == _LOG and isinstance(reading.value, tuple):
            return tuple(Outage(one.end, one.duration_s) for one in reading.value)
    return None


def _fault(found: LineFinding) -> LineFault:
    return LineFault(found.code.value, found.count, found.value, found.unit)
