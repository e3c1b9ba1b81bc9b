"""Which meter and which registers a step is about, before any cable is plugged in.

In come a visit, how far it is, and a step; out comes the meter that must answer. Rule: no IO;
the meter's own number decides, never its place on the wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.progress import Progress, meter_now
from fieldapp.domain.reading import judge, settlement_value
from fieldapp.domain.work_order import Commodity, Connection, Meter, MeterRegister, Visit
from fieldapp.work.refusals import NoMeterHere, RegistersAbsent

FINAL = "final"
METER_TIME = ZoneInfo("Europe/Amsterdam")
"""The day of a reading is the day at the meter."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The meter that a contact must find, at its connection."""

    connection: Connection
    meter: Meter


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a reading is taken for.

    Attributes:
        at: aware.
        step: of the flow.
        moment: `final` of the old meter, `start` of the new one, or `check`.
        channel: how the value came.
        photo: SHA-256 of the photo of a reading by hand, else empty.
    """

    at: datetime
    step: str
    moment: str
    channel: f.Channel
    photo: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A register's digits as read, and what they are worth in the register's unit."""

    digits: str
    value: Decimal


def expected_meter(
    visit: Visit, progress: Progress, commodity: Commodity, moment: str = ""
) -> Expected:
    """The meter of this carrier: for final readings the visit's, else the one there now.

    Raises:
        NoMeterHere: the visit has no such connection or knows no meter at it.
    """
    connection = visit.connection(commodity.value)
    if connection is None:
        raise NoMeterHere(commodity.value)
    meter = connection.meter if moment == FINAL else meter_now(visit, progress, commodity)
    if meter is None:
        raise NoMeterHere(commodity.value)
    return Expected(connection, meter)


def last_visit_of(visit: Visit) -> datetime | None:
    """The beginning of the day on which a technician was last here."""
    day = visit.last_visit
    return None if day is None else datetime.combine(day, time(), METER_TIME)


def carriers_read(visit: Visit, step: str, moment: str) -> tuple[Commodity, ...]:
    """The carriers whose readings a step asks for; all with a meter where it asks for none."""
    asked = _asked(visit, step, Need.READINGS, f"{moment}.")
    return asked or tuple(c.commodity for c in visit.connections if c.meter is not None)


def carrier_identified(visit: Visit, step: str) -> Commodity:
    """The carrier whose meter a step identifies; electricity where the visit has it."""
    asked = _asked(visit, step, Need.IDENTITY, "")
    if asked:
        return asked[0]
    has_electricity = visit.connection(Commodity.ELECTRICITY.value) is not None
    return Commodity.ELECTRICITY if has_electricity else Commodity.GAS


def behind(
    visit: Visit, progress: Progress, wanted: Mapping[Commodity, Expected]
) -> Expected | None:
    """The electricity meter that a cable must be on; None where the visit knows none."""
    if Commodity.ELECTRICITY in wanted:
        return wanted[Commodity.ELECTRICITY]
    try:
        return expected_meter(visit, progress, Commodity.ELECTRICITY)
    except NoMeterHere:
        return None


def _asked(visit: Visit, code: str, need: Need, prefix: str) -> tuple[Commodity, ...]:
    step = next((s for s in visit.flow.steps if s.code == code), None)
    needs = step.needs if step is not None else ()
    return tuple(
        Commodity(n.about.removeprefix(prefix))
        for n in needs
        if n.need is need and n.about.startswith(prefix)
    )


def reading_of(
    occasion: Occasion, expected: Expected, register: MeterRegister, read: Value
) -> f.ReadingTaken:
    """The fact of one register's reading, judged against its width and previous reading."""
    on = occasion.at.astimezone(METER_TIME).date()
    return f.ReadingTaken(
        at=occasion.at,
        step=occasion.step,
        moment=occasion.moment,
        ean=expected.connection.ean,
        meter=expected.meter.number,
        obis=register.obis,
        digits=read.digits,
        value=read.value,
        unit=register.unit,
        settlement=settlement_value(read.value),
        channel=occasion.channel,
        photo=occasion.photo,
        doubt=judge(register, read.value, on).value,
    )


def readings_of(
    occasion: Occasion, expected: Expected, values: Mapping[str, Value]
) -> tuple[f.ReadingTaken, ...]:
    """The facts of those registers of the meter that have a value, in the meter's order."""
    return tuple(
        reading_of(occasion, expected, register, values[register.obis])
        for register in expected.meter.registers
        if register.obis in values
    )


def each_register(expected: Expected, there: Mapping[str, Value]) -> dict[str, Value]:
    """The value of every register of the expected meter.

    Raises:
        RegistersAbsent: `there` lacks some.
    """
    codes = [register.obis for register in expected.meter.registers]
    absent = tuple(code for code in codes if code not in there)
    if absent:
        raise RegistersAbsent(absent)
    return {code: there[code] for code in codes}
