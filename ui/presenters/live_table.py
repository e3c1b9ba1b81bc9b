"""All that a telegram says, in groups as a technician looks for it.

In comes a telegram; out come groups of rows, the log of power failures, and sags and swells a
phase. Rule: every reading stands somewhere exactly once, known or not; lines that could not be
read stand in a group of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hardware.p1.telegram import Outage, Reading, Telegram

_GROUPS = (
    ("energy", r"1-0:(1|2|15)\.8\.\d+"),
    ("power", r"1-0:([246]?[12]|9|10)\.7\.0"),
    ("voltage", r"1-0:([357][123]|13|14)\.7\.0"),
    ("demand", r"1-0:[12]\.[46]\.0|0-0:98\.1\.0"),
    ("reactive", r"1-0:([3-8]|[246][34])\.(7|8)\.\d+"),
    ("switches", r"0-0:(96\.14\.0|17\.0\.0)|1-0:[357]1\.4\.0|0-[0-9]+:(24\.4\.0|96\.3\.10)"),
    ("failures", r"0-0:96\.7\.\d+|1-0:99\.97\.0"),
    ("quality", r"1-0:[357]2\.3[26]\.0"),
    ("devices", r"0-[1-9]:(24\.[123]\.[0-9]|96\.1\.[01])"),
    ("meter", r"1-3:0\.2\.8|0-0:(1\.0\.0|96\.1\.\d+|42\.0\.0)|(1|7)-0:0\.0\.0|1-0:96\.5\.5"),
    ("messages", r"0-0:96\.13\.\d+"),
    ("other", r".*"),
)
_FORMS = tuple((name, re.compile(form)) for name, form in _GROUPS)
TABLED = (
    "energy",
    "demand",
    "power",
    "voltage",
    "reactive",
    "switches",
    "meter",
    "messages",
)
"""The groups that the table of registers shows, in its order; `other` comes behind them."""
_QUALITY = re.compile(r"1-0:([357])2\.3([26])\.0")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, in the order of their numbers."""

    name: str
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A long power failure; None where the meter did not know, or it lasted beyond all time."""

    start: datetime | None
    end: datetime | None
    duration_s: int


@dataclass(frozen=True, slots=True)
class Quality:
    """A phase's sags and swells since the meter was made; None where it does not count them."""

    phase: int
    sags: int | None
    swells: int | None


@dataclass(frozen=True, slots=True)
class Everything:
    """A telegram in groups.

    Attributes:
        groups: those of `TABLED` that have rows, then `other`.
        failures: how many there were, of each sort that the meter counts.
        outages: the log, most recent first; None where the meter sends none.
        unknown: lines that the catalogue does not have; `errors` those that are damaged.
    """

    groups: tuple[Group, ...] = ()
    failures: tuple[Reading, ...] = ()
    outages: tuple[Failure, ...] | None = None
    quality: tuple[Quality, ...] = ()
    unknown: tuple[str, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()


def everything(telegram: Telegram) -> Everything:
    """Put a telegram into groups."""
    found: dict[str, list[Reading]] = {name: [] for name, _ in _GROUPS}
    for reading in telegram.readings:
        found[group_of(str(reading.obis))].append(reading)
    return Everything(
        groups=tuple(
            Group(name, tuple(sorted(found[name], key=lambda reading: reading.obis)))
            for name in (*TABLED, "other")
            if found[name]
        ),
        failures=tuple(r for r in found["failures"] if not isinstance(r.value, tuple)),
        outages=_outages(found["failures"]),
        quality=_quality(found["quality"]),
        unknown=telegram.unknown,
        errors=tuple((error.line, error.reason) for error in telegram.errors),
    )


def group_of(code: str) -> str:
    """The group of a code."""
    return next(name for name, form in _FORMS if form.fullmatch(code))


def _outages(readings: Sequence[Reading]) -> tuple[Failure, ...] | None:
    logs = (reading.value for reading in readings)
    log = next((value for value in logs if isinstance(value, tuple)), None)
    return None if log is None else tuple(_failure(outage) for outage in log)


def _failure(outage: Outage) -> Failure:
    try:
        start = outage.end and outage.end - timedelta(seconds=outage.duration_s)
    except OverflowError:
        start = None
    return Failure(start, outage.end, outage.duration_s)


def _quality(readings: Sequence[Reading]) -> tuple[Quality, ...]:
    counts: dict[int, dict[str, int]] = {}
    for reading in readings:
        named = _QUALITY.fullmatch(str(reading.obis))
        if named is not None and not isinstance(reading.value, str | tuple):
            counts.setdefault((int(named[1]) - 1) // 2, {})[named[2]] = int(reading.value)
    return tuple(
        Quality(phase, both.get("2"), both.get("6")) for phase, both in sorted(counts.items())
    )
