from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldapp.clock import SystemClock
from sync.client.nap import Nap


class Watch(SystemClock):
    """A clock whose two hands go when told."""

    def __init__(self) -> None:
        self.elapsed_s = self.by_day_s = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=self.by_day_s)

    def monotonic_s(self) -> float:
        return self.elapsed_s


@pytest.mark.parametrize(
    ("elapsed_s", "by_day_s", "slept"),
    [
        (10, 10, False),
        (29, 11, False),
        (3600, 3600, True),
        (10, 3600, True),
        (3600, 10, True),
        (10, -86400, False),
    ],
)
def test_a_sleep_shows_on_either_clock(
    elapsed_s: float, by_day_s: float, *, slept: bool
) -> None:
    watch = Watch()
    nap = Nap(watch, 10.0)
    watch.elapsed_s += elapsed_s
    watch.by_day_s += by_day_s
    assert nap.was_sleep() is slept
