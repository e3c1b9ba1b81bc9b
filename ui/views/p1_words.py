"""A meter's values in words: names of registers and objects, quantities, texts, times.

In come readings and names of both ports' catalogues; out come short texts in the language now
on. Rule: a name that has no words keeps its own, and a value is shown with all its digits.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from ui.views.language import Words
from ui.views.meter_words import amount, duration, optional

_PHASE = re.compile(r"(.+)_l([123])")
_TARIFF = re.compile(r"(.+)_t([0-9])")
_CHANNEL = re.compile(r"mbus([1-4])_(.+)")
_NONE = "—"
_AT_THE_METER = ZoneInfo("Europe/Amsterdam")


class Said(Protocol):
    """What a line says: a reading of a telegram is one."""

    @property
    def name(self) -> str:
        """From the catalogue."""
        ...

    @property
    def value(self) -> object:
        """A number, a text, or a log."""
        ...

    @property
    def unit(self) -> str:
        """As printed, or empty."""
        ...


def name_of(words: Words, name: str) -> str:
    """`spanning L2`, `verbruik tarief 1`, `M-Bus 1: stand`."""
    if found := _CHANNEL.fullmatch(name):
        what = name_of(words, found[2])
        return words("telegram.on_channel", channel=found[1], what=what)
    if found := _PHASE.fullmatch(name):
        return f"{name_of(words, found[1])} L{found[2]}"
    if found := _TARIFF.fullmatch(name):
        what = name_of(words, found[1])
        return words("telegram.of_tariff", what=what, tariff=found[2])
    own = optional(words, f"objects.{name}", name.replace("_", " "))
    return optional(words, f"telegram.{name}", own)


def value_of(words: Words, said: Said) -> str:
    """A quantity with its unit, a text as it is, of a log how many entries it has."""
    if isinstance(said.value, Decimal):
        return amount(words, said.value, said.unit)
    if isinstance(said.value, str):
        return _text(words, said.name, said.value)
    if isinstance(said.value, tuple):
        return words("telegram.log_of", n=len(said.value))
    return _NONE


def _text(words: Words, name: str, value: str) -> str:
    if name == "tariff_indicator":
        return value.lstrip("0") or "0"
    return value or words("telegram.empty")


def dated(words: Words, moment: datetime | None) -> str:
    """A time with its year, which a log of power failures needs; None is not known."""
    if moment is None:
        return words("p1.no_time")
    local = moment.astimezone(_AT_THE_METER)
    return f"{words.day(local.date())} {local.year} {words.time(moment)}"


def reason_of(words: Words, reason: str) -> str:
    """Why a line can't be read or octets are no telegram."""
    return optional(words, f"telegram.reason_{reason.replace(' ', '_')}", reason)


def lasted(words: Words, seconds: int) -> str:
    """`1 uur 59 min`, `40 s`: to the minute where there are hours."""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    if not hours:
        return duration(words, seconds)
    return f"{words('p1.hours', n=hours)} {words('p1.minutes', n=minutes)}"


def clock_of(words: Words, moment: datetime) -> str:
    """A time with its seconds."""
    return f"{words.time(moment)}:{moment.second:02}"
