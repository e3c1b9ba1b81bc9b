from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from fieldapp.domain.meter_clock import LaptopTime, check_laptop, check_moment, check_shift
from fieldapp.errors import ClockNotConfirmed, MarksIntervals, NearQuarter

SURE = LaptopTime(timedelta(hours=3), timedelta(seconds=-4), timedelta(seconds=0.2))


def test_a_laptop_that_was_confirmed_today_may_set_a_clock() -> None:
    assert check_laptop(SURE) is SURE
    day = LaptopTime(timedelta(hours=24), timedelta(), timedelta(seconds=-2))
    assert check_laptop(day) is day


@pytest.mark.parametrize(
    "known",
    [
        None,
        LaptopTime(timedelta(hours=24, seconds=1), timedelta(), timedelta()),
        LaptopTime(timedelta(hours=1), timedelta(), timedelta(seconds=3)),
        LaptopTime(timedelta(hours=1), timedelta(), timedelta(hours=-1)),
    ],
)
def test_a_laptop_that_is_not_sure_may_not(known: LaptopTime | None) -> None:
    with pytest.raises(ClockNotConfirmed):
        check_laptop(known)


@pytest.mark.parametrize(
    ("minute", "second", "wait_s"),
    [(0, 0, 60), (0, 59, 1), (14, 1, 119), (14, 59, 61), (44, 30, 90), (30, 10, 50)],
)
def test_near_a_quarter_it_waits(minute: int, second: int, wait_s: int) -> None:
    now = datetime(2026, 11, 23, 10, minute, second, tzinfo=UTC)
    with pytest.raises(NearQuarter) as caught:
        check_moment(now)
    assert caught.value.wait_s == wait_s
    check_moment(now + timedelta(seconds=wait_s))


@pytest.mark.parametrize(("minute", "second"), [(1, 0), (7, 30), (14, 0), (29, 0)])
def test_away_from_a_quarter_it_goes(minute: int, second: int) -> None:
    check_moment(datetime(2026, 11, 23, 10, minute, second, tzinfo=UTC))


@pytest.mark.parametrize("off", [Decimal("60.001"), Decimal(-61), None])
def test_marked_intervals_are_agreed_to_first(off: Decimal | None) -> None:
    with pytest.raises(MarksIntervals):
        check_shift(off, 60, agreed=False)
    check_shift(off, 60, agreed=True)


def test_within_the_limit_nothing_is_asked() -> None:
    check_shift(Decimal(-60), 60, agreed=False)
