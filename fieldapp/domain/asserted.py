"""Which fields of a visit a fact from the site speaks of, and what each field holds.

In come a visit, or the values it had in an earlier version, and a fact; out come values as
text by field: `meter.E`, `location_code.G`, `digits.E.1-0:1.8.1`, `choice`, `access_note`, ...
Rule: pure; a field that a fact does not name is not asserted, and what was done at the meter (a
meter placed or removed) is a deed, not a claim about what the office had planned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Choice, Preference, Requester, choice_in_force
from fieldapp.domain.work_order import Connection, Meter, MeterKind, Visit

CHOICE = "choice"
METER, LOCATION, DIGITS = "meter", "location_code", "digits"
TEXTS = ("access_note", "safety_note", "complaint")
PHONE = "phone"
DECIDED = "decided"
"""How a choice that a person of the office settled was verified."""

_MOST_DIGITS = 12
_AFTER = timedelta(microseconds=1)


def values(visit: Visit) -> dict[str, str]:
    """What each field holds; empty where the visit has nothing there."""
    found = {name: str(getattr(visit, name)) for name in TEXTS}
    found[PHONE] = visit.customer.phone
    found[CHOICE] = _choice(visit)
    for connection in visit.connections:
        found |= _of_connection(connection)
    return found


def _choice(visit: Visit) -> str:
    """The choice in force, else the last one that somebody made."""
    last = max(visit.choices, key=lambda one: one.made_at, default=None)
    chosen = choice_in_force(visit.choices) or last
    return chosen.preference.value if chosen else ""


def _of_connection(connection: Connection) -> dict[str, str]:
    carrier, meter = connection.commodity.value, connection.meter
    found = {
        f"{METER}.{carrier}": meter.number if meter else "",
        f"{LOCATION}.{carrier}": connection.location_code,
    }
    for register in meter.registers if meter else ():
        found[f"{DIGITS}.{carrier}.{register.obis}"] = str(register.digits)
    return found


def asserted(known: Mapping[str, str], fact: f.AnyFact) -> dict[str, str]:
    """What a fact says of the fields of the version on which it was made.

    Args:
        known: the `values` of that version.
        fact: what was told.
    """
    match fact:
        case f.MeterContacted() | f.OtherMeterFound():
            field = _meter_field(known, fact.expected)
            return {field: fact.found} if field else {}
        case f.LocationWritten():
            field = _meter_field(known, fact.meter).replace(METER, LOCATION)
            return {field: fact.after} if field else {}
        case f.ReadingTaken():
            return _wider(known, fact)
        case f.ChoiceRecorded() if fact.choice.verified:
            return {CHOICE: fact.choice.preference.value}
        case f.VisitCorrected() if fact.field in known:
            return {fact.field: fact.new}
        case _:
            return {}


def _meter_field(known: Mapping[str, str], number: str) -> str:
    """The field that held this meter's number; empty for another meter's, such as a new one."""
    fields = (name for name in known if name.startswith(f"{METER}."))
    return next((name for name in fields if number and known[name] == number), "")


def _wider(known: Mapping[str, str], fact: f.ReadingTaken) -> dict[str, str]:
    """A reading by eye with more whole digits than the register has: it is wider."""
    carrier = _meter_field(known, fact.meter).partition(".")[2]
    field = f"{DIGITS}.{carrier}.{fact.obis}"
    whole = fact.digits.replace(",", ".").partition(".")[0]
    if fact.channel is not f.Channel.DISPLAY or not known.get(field) or not whole.isdecimal():
        return {}
    return {field: str(len(whole))} if len(whole) > int(known[field]) else {}


def both_changed(before: str, site: str, office: str) -> bool:
    """Whether site and office made two different things of a field."""
    return site not in {before, office} and office != before


def with_value(visit: Visit, field: str, value: str, at: datetime) -> Visit:
    """The visit with another value in a field, decided at `at`.

    Raises:
        ValueError: the visit has no such field, or it can't hold this value.
    """
    if field not in values(visit):
        raise ValueError(field)
    name, _, which = field.partition(".")
    match name:
        case "choice":
            return _chosen(visit, value, at)
        case "phone":
            customer = msgspec.structs.replace(visit.customer, phone=value)
            return msgspec.structs.replace(visit, customer=customer)
        case "meter":
            return _connected(visit, which, lambda one: _with_meter(one, value))
        case "location_code":
            return _connected(
                visit, which, lambda one: msgspec.structs.replace(one, location_code=value)
            )
        case "digits":
            carrier, _, obis = which.partition(".")
            number = _digits(value)
            return _connected(visit, carrier, lambda one: _with_digits(one, obis, number))
        case _:
            return msgspec.structs.replace(visit, **{name: value})


def _digits(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) <= _MOST_DIGITS:
        raise ValueError(value)
    return int(value)


def _chosen(visit: Visit, value: str, at: datetime) -> Visit:
    """Choices are history: the decision is the latest; without a value it is taken back."""
    if not value:
        kept = tuple(one for one in visit.choices if one.verified != DECIDED)
        return msgspec.structs.replace(visit, choices=kept)
    made = Choice(
        preference=Preference(value),
        by=Requester.HOLDER,
        verified=DECIDED,
        channel="desk",
        made_at=max((at, *(one.made_at + _AFTER for one in visit.choices))),
    )
    return msgspec.structs.replace(visit, choices=(*visit.choices, made))


def _connected(visit: Visit, carrier: str, change: Callable[[Connection], Connection]) -> Visit:
    changed = tuple(
        change(one) if one.commodity.value == carrier else one for one in visit.connections
    )
    return msgspec.structs.replace(visit, connections=changed)


def _with_meter(connection: Connection, number: str) -> Connection:
    """Another number keeps kind and registers; a meter that nobody knew is a smart one."""
    known = connection.meter or Meter(number="", kind=MeterKind.SMART)
    meter = msgspec.structs.replace(known, number=number) if number else None
    return msgspec.structs.replace(connection, meter=meter)


def _with_digits(connection: Connection, obis: str, digits: int) -> Connection:
    if connection.meter is None:
        return connection
    registers = tuple(
        msgspec.structs.replace(one, digits=digits) if one.obis == obis else one
        for one in connection.meter.registers
    )
    meter = msgspec.structs.replace(connection.meter, registers=registers)
    return msgspec.structs.replace(connection, meter=meter)
