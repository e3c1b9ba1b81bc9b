"""When a meter's clock may be set: by a laptop that is sure of its own, away from the quarter.

In come what is known of the laptop's time, the moment, and how far the meter is off; out comes
nothing, or the rule that forbids it. Rule: trade.md "Time". All three are asked again right
before the write, since reading the clock takes its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from fieldapp.errors import ClockNotConfirmed, MarksIntervals, NearQuarter

CONFIRMED_WITHIN = timedelta(hours=24)
QUARTER_S, MARGIN_S = 900, 60
JUMP = timedelta(seconds=2)
"""What two clocks of one machine may drift apart in a day."""


@dataclass(frozen=True, slots=True)
class LaptopTime:
    """What is known of a laptop's time.

    Attributes:
        age: since the office confirmed it.
        offset: the device's clock minus the office's.
        jump: how much the offset has changed since it was confirmed.
    """

    age: timedelta
    offset: timedelta
    jump: timedelta


def check_laptop(known: LaptopTime | None) -> LaptopTime:
    """The time to set by.

    Raises:
        ClockNotConfirmed: never, too long ago, or the clock was moved since.
    """
    if known is None or known.age > CONFIRMED_WITHIN or abs(known.jump) > JUMP:
        raise ClockNotConfirmed
    return known


def check_moment(now: datetime) -> None:
    """Raise `NearQuarter` within 60 s of a quarter-hour."""
    into = int(now.timestamp()) % QUARTER_S
    if into < MARGIN_S:
        raise NearQuarter(MARGIN_S - into)
    if into > QUARTER_S - MARGIN_S:
        raise NearQuarter(QUARTER_S + MARGIN_S - into)


def check_shift(off_s: Decimal | None, limit_s: int, *, agreed: bool) -> None:
    """Raise `MarksIntervals` beyond the meter's limit, unless that was shown and agreed to."""
    if not agreed and (off_s is None or abs(off_s) > limit_s):
        raise MarksIntervals("-" if off_s is None else f"{off_s:f}", limit_s)
