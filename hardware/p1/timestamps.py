"""The time stamps of a telegram (TST), as text and as aware times.

`YYMMDDhhmmssX` is the meter's local time; X is S with and W without daylight saving (P1 5.0.2,
table 5-1). Versions 2.2 and 3.0 leave X out. In goes the text, out a UTC time, and back. Rule:
the letter chooses between two readings of a doubled hour and never moves any other time; a
stamp that is no time at all (`632525252525S`, an M-Bus device never heard) is None.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

STAMP = re.compile(r"[0-9]{12}[SsWw]?")

_ZONE = ZoneInfo("Europe/Amsterdam")
_OLDEST_YEAR = 70
_SUMMER = timedelta(hours=2)
_HOURS = {f"{count:02}": timedelta(hours=count) for count in range(24)}
_MINUTES = {f"{count:02}": timedelta(minutes=count) for count in range(60)}
_SECONDS = {f"{count:02}": timedelta(seconds=count) for count in range(60)}


def parse_stamp(stamp: str) -> datetime | None:
    """Read a text that `STAMP` matches; None where it is no time.

    Years 70..99 are 1970..1999: unset clocks start at the Unix epoch.
    """
    day, hours = _day(stamp[:6]), _HOURS.get(stamp[6:8])
    minutes, seconds = _MINUTES.get(stamp[8:10]), _SECONDS.get(stamp[10:12])
    if day is None or hours is None or minutes is None or seconds is None:
        return None
    begin = day.begin + hours if day.is_even else _hour(day, hours, stamp[12:])
    return begin + minutes + seconds


def build_stamp(time: datetime, *, with_letter: bool = True) -> str:
    """Write an aware time as the meter does, in whole seconds."""
    local = time.astimezone(_ZONE)
    text = local.strftime("%y%m%d%H%M%S")
    if not with_letter:
        return text
    return text + ("S" if local.utcoffset() == _SUMMER else "W")


class _Day(NamedTuple):
    """A day of the meter's clock.

    Attributes:
        local: when it begins, by that clock.
        begin: the same moment in UTC.
        is_even: all its hours have the same distance to UTC.
    """

    local: datetime
    begin: datetime
    is_even: bool


@lru_cache(maxsize=4096)
def _day(text: str) -> _Day | None:
    """The day `YYMMDD`. The zone is asked once a day instead of for each stamp."""
    year = int(text[:2])
    century = 1900 if year >= _OLDEST_YEAR else 2000
    try:
        local = datetime(century + year, int(text[2:4]), int(text[4:6]), tzinfo=_ZONE)
    except ValueError:
        return None
    even = local.utcoffset() == (local + timedelta(days=1)).utcoffset()
    return _Day(local, local.astimezone(UTC), even)


def _hour(day: _Day, hours: timedelta, letter: str) -> datetime:
    """When an hour begins, in UTC, on a day on which the clock is changed."""
    local = day.local + hours
    if letter and (local.utcoffset() == _SUMMER) != (letter in "Ss"):
        other = local.replace(fold=1)
        local = other if (other.utcoffset() == _SUMMER) == (letter in "Ss") else local
    return local.astimezone(UTC)
