"""Findings in words: what is so, why, what to do, and what shows it.

In comes a row of codes and exact values; out come sentences in the language now spoken. Rule:
values are shown as they are with their unit; what a person wrote stays in his words, and a code
without words keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from fieldapp.domain.diagnosis import Evidence, Origin
from ui.presenters.visit_findings import FindingRow
from ui.views.language import Words
from ui.views.meter_words import amount, event_name, off_text, optional
from ui.views.p1_words import lasted, name_of
from ui.views.visit_words import capital, obis_number

_UNKNOWN = "—"
_SET = "1"


def rule_name(words: Words, rule: str) -> str:
    """What was looked at, as a title; a rule about a register tells which."""
    code, _, about = rule.partition(":")
    key = f"findings.rule.{code}"
    name = capital(words(key)) if words.has(key) else code
    return f"{name} {obis_number(about)}" if about else name


def says(words: Words, row: FindingRow) -> str:
    """The finding in a sentence, with its values."""
    if row.by_hand:
        return row.why
    return _filled(words, f"findings.say.{row.why}", row.values) or row.why


def because(words: Words, row: FindingRow) -> str:
    """Why that is something; empty where the sentence says it all."""
    return "" if row.by_hand else _filled(words, f"findings.because.{row.why}", row.values)


def to_do(words: Words, row: FindingRow) -> str:
    """What to do; empty where there is nothing to do."""
    return optional(words, f"findings.do.{row.advice}", "") if row.advice else ""


def evidence_line(words: Words, one: Evidence) -> str:
    """`spanning L2: 0,0 V · optisch 1-0:52.7.0 · di 24 nov 10:30`."""
    value = _value(words, one)
    name = evidence_name(words, one)
    text = words("findings.evidence_line", name=name, value=value) if value else name
    source = optional(words, f"findings.source.{one.source}", one.source)
    where = f"{source} {one.ref}".strip()
    when = words.moment(one.at) if one.at else ""
    return " · ".join(part for part in (text, where, when) if part)


def evidence_name(words: Words, one: Evidence) -> str:
    """A quantity, an event, a bit or a device by its name."""
    if words.has(f"findings.name.{one.name}"):
        return words(f"findings.name.{one.name}")
    if one.source == Origin.EVENT or (one.value == _SET and not one.unit):
        return event_name(words, one.name)
    if one.name.startswith("mbus") and one.name[4:].isdigit():
        return f"M-Bus {one.name[4:]}"
    return name_of(words, one.name)


def _value(words: Words, one: Evidence) -> str:
    if one.name == "administrative_status":
        return words.code("preferences", one.value)
    if one.name == "registration":
        return optional(words, f"meter.registration_{one.value}", one.value)
    number = _number(one.value)
    if number is None:
        return one.value
    if one.source == Origin.EVENT and one.unit == "s":
        return lasted(words, int(number))
    return "" if one.value == _SET and not one.unit else amount(words, number, one.unit)


def _filled(words: Words, key: str, values: Mapping[str, str]) -> str:
    """The sentence with its values; what a newer set of rules adds is passed over."""
    if not words.has(key):
        return ""
    shown = _Shown({name: shown_value(words, name, value) for name, value in values.items()})
    return words(key).format_map(shown)


class _Shown(dict[str, str]):
    """Values by name; one that is not there is a dash."""

    def __missing__(self, _key: str) -> str:
        return _UNKNOWN


def shown_value(words: Words, name: str, value: str) -> str:
    """A parameter of a reason as people read it."""
    shape = _SHAPES.get(name)
    return shape(words, value) if shape else value


def _unit(unit: str) -> Callable[[Words, str], str]:
    def shape(words: Words, value: str) -> str:
        number = _number(value)
        return value if number is None else amount(words, number, unit)

    return shape


def _moment(words: Words, value: str) -> str:
    try:
        return words.moment(datetime.fromisoformat(value))
    except ValueError:
        return value


def _off(words: Words, value: str) -> str:
    number = _number(value)
    return value if number is None else off_text(words, number)


def _length(words: Words, value: str) -> str:
    number = _number(value)
    return value if number is None else lasted(words, int(number))


def _minutes(words: Words, value: str) -> str:
    number = _number(value)
    return value if number is None else words.age(timedelta(minutes=int(number)))


def _events(words: Words, value: str) -> str:
    return ", ".join(event_name(words, name) for name in value.split(", "))


def _coded(family: str) -> Callable[[Words, str], str]:
    def shape(words: Words, value: str) -> str:
        return ", ".join(optional(words, f"{family}{code}", code) for code in value.split(", "))

    return shape


def _choice(words: Words, value: str) -> str:
    return words.code("preferences", value)


_SHAPES: Mapping[str, Callable[[Words, str], str]] = {
    "volts": _unit("V"),
    "high": _unit("V"),
    "low": _unit("V"),
    "watts": _unit("W"),
    "dbm": _unit("dBm"),
    "uncertainty_s": _unit("s"),
    "count": _unit(""),
    "telegrams": _unit(""),
    "deviation_s": _off,
    "longest_s": _length,
    "age_min": _minutes,
    "since": _moment,
    "last": _moment,
    "names": _events,
    "faults": _coded("findings.fault."),
    "reason": _coded("findings.reason."),
    "key": _coded("meter.key_"),
    "registration": _coded("meter.registration_"),
    "status": _choice,
    "wanted": _choice,
}


def _number(value: str) -> Decimal | None:
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
