"""What a fact holds, field by field, in words: for whoever has to judge it, and for the file.

In comes a fact; out come pairs of a field's name and its value in the language now spoken.
Rule: every field of every fact has a name and every code its word; what is empty says nothing,
and nothing is rounded or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayVisit
from fieldapp.domain.diagnosis import Evidence
from fieldapp.domain.preference import Choice
from fieldapp.domain.stock import StockMeter
from ui.messages import requirement
from ui.presenters.visit_findings import row_of
from ui.views import finding_words, sync_words
from ui.views.language import Words
from ui.views.meter_words import event_name, optional
from ui.views.visit_words import choice_name, obis_number, slot_name, unit_of

Pair = tuple[str, str]
Say = Callable[[Words, Any], str]

_ALWAYS = frozenset({"at", "step", "kind"})
_EMPTY: tuple[object, ...] = (None, "", (), [], {})


def parts(words: Words, fact: f.AnyFact) -> tuple[Pair, ...]:
    """What it holds besides its time and step, in the order of its fields."""
    return tuple(_parts(words, fact))


def _parts(words: Words, fact: f.AnyFact) -> Iterator[Pair]:
    for name, value in msgspec.structs.asdict(fact).items():
        if name in _ALWAYS or value in _EMPTY:
            continue
        said = _by_others(words, fact, name)
        yield field(words, fact.kind, name), said or _value(words, (fact.kind, name), value)


def field(words: Words, kind: str, name: str) -> str:
    """What a field is called; one that this program does not know keeps its name."""
    own, plain = f"facts.field.{kind}.{name}", f"facts.field.{name}"
    return words(own) if words.has(own) else optional(words, plain, name)


def plain_parts(words: Words, fact: Mapping[str, Any]) -> tuple[Pair, ...]:
    """What a fact holds that this program can't read: its values as they came."""
    kind = str(fact.get("kind", ""))
    return tuple(
        (field(words, kind, name), _plain(words, value))
        for name, value in fact.items()
        if name not in _ALWAYS and value not in _EMPTY
    )


def _by_others(words: Words, fact: f.AnyFact, name: str) -> str:
    """A value that is said by means of the fact's other values; empty for all others."""
    match fact, name:
        case f.ReadingTaken() | f.MeasurementEntered(), "value" | "settlement":
            return words.number(getattr(fact, name), unit_of(fact.unit))
        case f.QuestionAnswered(), "answer":
            return words.code("answers", f"{fact.item}.{fact.answer}")
        case f.VisitCorrected(), "old" | "new":
            return sync_words.value_of(words, fact.field, getattr(fact, name))
        case f.FindingRecorded(), _:
            return _of_finding(words, fact, name)
        case _:
            return ""


def _of_finding(words: Words, fact: f.FindingRecorded, name: str) -> str:
    """A finding's codes are sentences."""
    row = row_of(fact)
    match name:
        case "rule":
            return finding_words.rule_name(words, fact.rule)
        case "why":
            told = (finding_words.says(words, row), finding_words.because(words, row))
            return " ".join(part for part in told if part)
        case "advice":
            return finding_words.to_do(words, row)
        case _:
            return ""


def _value(words: Words, where: tuple[str, str], value: object) -> str:
    kind, name = where
    say = _OWN.get(f"{kind}.{name}") or (_SAYS.get(name) if isinstance(value, str) else None)
    return say(words, value) if say else _plain(words, value)


def _plain(words: Words, value: object) -> str:
    """A value by what it is."""
    match value:
        case dict():
            pairs = ((words.code("about", key), one) for key, one in value.items())
            return ", ".join(f"{name} {_plain(words, one)}" for name, one in pairs)
        case tuple() | list():
            return "; ".join(_plain(words, one) for one in value)
        case msgspec.Struct():
            return _STRUCTS[type(value)](words, value)
        case _:
            return _single(words, value)


def _single(words: Words, value: object) -> str:
    match value:
        case datetime():
            return words.moment(value)
        case date():
            return words.day(value)
        case bool():
            return words(f"visit.answer_{'yes' if value else 'no'}")
        case Decimal() | int():
            return words.number(value)
        case _:
            return optional(words, f"visit.answer_{value}", str(value))


def _check(words: Words, value: f.PendingCheck) -> str:
    what = optional(words, f"visit.pending.{value.what}", value.what)
    by = optional(words, f"facts.by_{value.by}", value.by)
    return words("facts.until", what=what, by=by, until=words.day(value.until))


def _choice(words: Words, value: Choice) -> str:
    by = words(f"visit.by_{value.by}")
    return words("visit.kept.choice", choice=choice_name(words, value.preference), by=by)


def _of_the_van(_words: Words, value: StockMeter) -> str:
    return f"{value.meter.number} {value.type}".strip()


def _coded(family: str) -> Say:
    return lambda words, value: words.code(family, value)


def _keyed(start: str) -> Say:
    return lambda words, value: optional(words, f"{start}{value}", str(value))


def _item(words: Words, value: str) -> str:
    """A question, an item, or what a photo shows."""
    return words.code("about", value)


def _counts(start: str) -> Say:
    """Numbers of things, by what they are."""

    def say(words: Words, value: Mapping[str, int]) -> str:
        return ", ".join(
            f"{optional(words, f'{start}{item}', item)} {words.number(count)}"
            for item, count in value.items()
        )

    return say


def _some(words: Words, value: Mapping[str, object]) -> str:
    """How much there is, of what is too much to read."""
    key = "one" if len(value) == 1 else "many"
    return words(f"facts.some_{key}", n=len(value))


def _visits(words: Words, value: tuple[DayVisit, ...]) -> str:
    key = "one" if len(value) == 1 else "many"
    files = sum(visit.files for visit in value)
    return words(f"facts.visits_{key}", n=len(value), files=files)


def _events(words: Words, value: tuple[str, ...]) -> str:
    return ", ".join(event_name(words, name) for name in value)


def _octets(words: Words, value: int) -> str:
    return words.size(value)


def _seconds(words: Words, value: Decimal) -> str:
    return words.number(value, "s")


def _status(words: Words, value: int) -> str:
    """The administrative status, as the meter holds it."""
    return f"{choice_name(words, value)} ({value})"


_SAYS: Mapping[str, Say] = {
    "item": _item,
    "name": _item,
    "position": _item,
    "slot": slot_name,
    "purpose": _coded("purposes"),
    "work": _coded("kinds"),
    "requested": _coded("preferences"),
    "doubt": _coded("doubts"),
    "way_out": _coded("ways_out"),
    "requirement": lambda words, value: requirement(value, words.lang),
    "obis": lambda _words, value: obis_number(value),
    "unit": lambda _words, value: unit_of(value),
    "channel": _keyed("visit.via_"),
    "danger": _keyed("visit.danger."),
    "verdict": _keyed("visit.verdict."),
    "severity": _keyed("facts.severity_"),
    "meter_kind": _keyed("visit.meter_"),
    "offered": _keyed("visit.meter_"),
    "accepted_instead": _keyed("visit.meter_"),
    "checksum": _keyed("visit.checksum_"),
    "origin": _keyed("facts.origin_"),
    "medium": _keyed("meter.device_"),
    "key_status": _keyed("meter.key_"),
    "template": _keyed("meter.message_"),
}
_OWN: Mapping[str, Say] = {
    "reading_taken.moment": _keyed("facts.moment_"),
    "state_retrieved.moment": _item,
    "state_retrieved.state": _some,
    "visit_corrected.field": sync_words.field,
    "visit_not_done.reason": _coded("not_done"),
    "follow_up_asked.reason": _item,
    "seal_recorded.action": _keyed("visit.seal_"),
    "action_taken.action": _keyed("visit.deed."),
    "mbus_coupled.key": _keyed("facts.key_"),
    "evidence_added.size": _octets,
    "preference_applied.before": _status,
    "preference_applied.after": _status,
    "clock_set.before_s": _seconds,
    "clock_set.after_s": _seconds,
    "alarms_cleared.names": _events,
    "day_closed.visits": _visits,
    "day_closed.moves": _counts("dayclose.move_"),
    "day_closed.expected": _counts("dayclose.item_"),
    "day_closed.counted": _counts("dayclose.item_"),
}
_STRUCTS: Mapping[type[msgspec.Struct], Say] = {
    f.PendingCheck: _check,
    Choice: _choice,
    StockMeter: _of_the_van,
    Evidence: finding_words.evidence_line,
}
