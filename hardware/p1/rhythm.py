"""How often a version sends, and how old what it passes on may be.

A `Telegram` comes in; seconds and times go out (P1 3.0 5.1; 4.2.2 and 5.0.2 5.1 and 7.1).
Rule: a version that says nothing of itself is an old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hardware.p1.catalogue import CHANNELS
from hardware.p1.dialect import dialect_of
from hardware.p1.identity import equipment_id
from hardware.p1.telegram import Telegram

_EVERY_SECOND = "5"
_FIVE_MINUTES, _HOURLY = timedelta(minutes=15), timedelta(hours=1)
"""Limits: three captures of 5 minutes in 5.x, one of an hour before."""
_VALUES = ((24, 2, 1), (24, 2, 3), (24, 3, 0))


@dataclass(frozen=True, slots=True)
class OldValue:
    """A device on the M-Bus whose value is too old.

    Attributes:
        age: None where the meter gives no valid time: it never heard the device.
    """

    channel: int
    number: str
    age: timedelta | None


def interval_s(telegram: Telegram) -> int:
    """Seconds between telegrams of this kind; of one not known what its version says."""
    return dialect_of(telegram).interval_s or (1 if _is_five(telegram.version) else 10)


def oldest(version: str | None) -> timedelta:
    """How old a value may be that the meter passes on."""
    return _FIVE_MINUTES if _is_five(version) else _HOURLY


def old_values(telegram: Telegram, now: datetime | None) -> tuple[OldValue, ...]:
    """The devices whose value is older than it may be, by the meter's own clock.

    Args:
        telegram: what to look at.
        now: stands in where the telegram has no time (2.2, 3.0); None: unknown.
    """
    limit = oldest(telegram.version)
    at = telegram.time or now
    found = (_of(telegram, channel, at) for channel in CHANNELS)
    return tuple(
        value
        for value in found
        if value is not None and (value.age is None or value.age > limit)
    )


def _is_five(version: str | None) -> bool:
    return (version or "").startswith(_EVERY_SECOND)


def _of(telegram: Telegram, channel: int, at: datetime | None) -> OldValue | None:
    """The value of one channel with its age; without a unit the device was taken away."""
    for reading in telegram.readings:
        obis = reading.obis
        if (obis.a, obis.b) != (0, channel) or obis.groups[2:5] not in _VALUES:
            continue
        if not reading.unit or (reading.time is not None and at is None):
            continue
        age = None if reading.time is None or at is None else at - reading.time
        return OldValue(channel, equipment_id(telegram, channel) or "", age)
    return None
