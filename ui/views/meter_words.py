"""What a meter says, in words: events, alarms, devices, the state of remote reading.

In come codes of the presenters; out come short texts in the language now spoken. Rule: an
unknown code keeps its own name, nothing that a meter reports is dropped.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from fieldapp.domain.preference import Preference
from ui.presenters.bench import ErrandCard
from ui.presenters.live_reading import RegisterLine
from ui.presenters.optical_reading import EventLine
from ui.views.language import Words

_MBUS = re.compile(r"mbus([1-4])_(.+)")
_PHASE = re.compile(r"(.+)_l([123])")
_UNITS = {"m3": "m³"}
_BELGIAN = 5
_POWER_FAILURES = "power_failure"
_AT_THE_METER = ZoneInfo("Europe/Amsterdam")


def amount(words: Words, value: Decimal, unit: str) -> str:
    """A quantity with its unit as people write it."""
    return words.number(value, unit_of(unit))


def unit_of(unit: str) -> str:
    """`m³` for `m3`."""
    return _UNITS.get(unit, unit)


def optional(words: Words, key: str, otherwise: str) -> str:
    """The words for `key`, or `otherwise` where there are none."""
    return words(key) if words.has(key) else otherwise


def event_name(words: Words, name: str) -> str:
    """An event or alarm: `fase weg L2`, `M-Bus 1: geen verbinding`."""
    if found := _MBUS.fullmatch(name):
        what = event_name(words, found[2])
        return words("meter.event_mbus", channel=found[1], what=what)
    if found := _PHASE.fullmatch(name):
        return f"{event_name(words, found[1])} L{found[2]}"
    return optional(words, f"meter.event.{name}", name.replace("_", " "))


def event_line(words: Words, event: EventLine) -> str:
    """A row of the timeline; of a power failure how long it lasted."""
    if event.log != _POWER_FAILURES:
        return event_name(words, event.name)
    return words("meter.power_failure_row", duration=duration(words, event.code))


def meaning(words: Words, name: str) -> str:
    """What an alarm or error means and what to do about it; empty where there are no words."""
    found = _MBUS.fullmatch(name)
    bare = found[2] if found else name
    phase = _PHASE.fullmatch(bare)
    return optional(words, f"meter.meaning.{phase[1] if phase else bare}", "")


def off_text(words: Words, off_s: Decimal | None) -> str:
    """`95 s voor`: how far a clock is off."""
    if off_s is None:
        return words("meter.clock_none")
    side = "ahead" if off_s > 0 else "behind"
    seconds = abs(off_s).quantize(Decimal(1))
    return words(
        f"meter.off_{side if seconds else 'equal'}", seconds=words.number(seconds, "s")
    )


def duration(words: Words, seconds: int) -> str:
    """A length of time by its largest unit."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= size:
            return words(f"forms.age_{unit}", n=seconds // size)
    return words("forms.age_seconds", n=seconds)


def log_name(words: Words, log: str) -> str:
    """A log in one word."""
    return optional(words, f"meter.log_{log}", log.replace("_", " "))


def device_name(words: Words, kind: str) -> str:
    """What hangs on an M-Bus channel."""
    return optional(words, f"meter.device_{kind}", words("meter.device_other"))


def register_name(words: Words, register: RegisterLine) -> str:
    """`terug tarief 1`: beside the number, never instead of it."""
    return optional(words, f"meter.register_{register.obis.replace('.', '_')}", "")


def status_name(words: Words, value: int | None) -> str:
    """The administrative status as the meter holds it."""
    if value is None:
        return words("meter.preference_unknown")
    otherwise = words("meter.preference_other", value=value)
    return optional(words, f"meter.preference_{value}", otherwise)


def choice_name(words: Words, choice: Preference) -> str:
    """The customer's choice in one word."""
    return words(f"meter.preference_choice_{choice}")


def errand_line(words: Words, errand: ErrandCard, found: str = "", version: str = "") -> str:
    """`E0047… · DSMR 5.0 · Kerkpad 12`: what the page is about; `found` lies on the bench."""
    if errand.purpose is None:
        return words("meter.no_errand")
    parts = [words("meter.workshop"), found] if errand.is_workshop else [errand.meter]
    if version:
        parts.append(words("meter.dsmr", version=version_text(version)))
    if errand.place:
        parts.append(errand.place)
    return " · ".join(part for part in parts if part)


def version_text(version: str) -> str:
    """`5.0` for the telegram's `50`; Belgium's `50217` tells of two documents."""
    if version.isdigit() and len(version) == _BELGIAN:
        return f"{'.'.join(version[:3])} · e-MUCS {'.'.join(version[3:])}"
    return f"{version[0]}.{version[1:]}" if version.isdigit() and len(version) > 1 else version


def local_day(moment: datetime) -> date:
    """The date at the meter."""
    return moment.astimezone(_AT_THE_METER).date()
