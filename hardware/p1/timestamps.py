"""The time stamps of a telegram (TST), as text and as aware times.

`YYMMDDhhmmssX` is the meter's local time; X is S with and W without daylight saving (P1 5.0.2,
table 5-1). Versions 2.2 and 3.0 leave X out. In goes the text, out a UTC time, and back. Rule:
the letter chooses between two readings of a doubled hour and never moves any other time; a
stamp that is no time at all (`632525252525S`, an M-Bus device never heard) is None.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

STAMP = re.compile(r"[0-9]{12}[SsWw]?")

_ZONE = ZoneInfo("Europe/Amsterdam")
_OLDEST_YEAR = 70
_SUMMER = timedelta(hours=2)
_MINUTES = {f"{count:02}": timedelta(minutes=count) for count in range(60)}
_SECONDS = {f"{count:02}": timedelta(seconds=count) for count in range(60)}


def parse_stamp(stamp: str) -> datetime | None:
    """Read a text that `STAMP` matches; None where it is no time.

    Years 70..99 are 1970..1999: unset clocks start at the Unix epoch.
    """
    hour = _hour(stamp[:8], stamp[12:])
    minutes, seconds = _MINUTES.get(stamp[8:10]), _SECONDS.get(stamp[10:12])
    if hour is None or minutes is None or seconds is None:
        return None
    return hour + minutes + seconds


def build_stamp(time: datetime, *, with_letter: bool = True) -> str:
    """Write an aware time as the meter does, in whole seconds."""
    local = time.astimezone(_ZONE)
    text = local.strftime("%y%m%d%H%M%S")
    if not with_letter:
        return text
    return text + ("S" if local.utcoffset() == _SUMMER else "W")


@lru_cache(maxsize=512)
def _hour(text: str, letter: str) -> datetime | None:
    """The UTC time at which the local hour `YYMMDDhh` begins.

    The zone is asked once an hour instead of for each stamp; offsets are whole hours.
    """
    year = int(text[:2])
    century = 1900 if year >= _OLDEST_YEAR else 2000
    try:
        local = datetime(
            century + year, int(text[2:4]), int(text[4:6]), int(text[6:8]), tzinfo=_ZONE
        )
    except ValueError:
        return None
    summer = local.utcoffset() == _SUMMER
    if letter and summer != (letter in "Ss"):
        other = local.replace(fold=1)
        local = other if (other.utcoffset() == _SUMMER) == (letter in "Ss") else local
    return local.astimezone(UTC)
