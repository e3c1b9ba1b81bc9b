"""A clock that starts where it is told and can be set forward: for pictures that stay the same.

In comes a first moment; out come times that go on with the machine's. Rule: it never goes back,
so everything that trusts a clock may trust this one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fieldapp.clock import SystemClock


class StageClock:
    """Ids and random bytes are the machine's own."""

    def __init__(self, start: datetime) -> None:
        self._system = SystemClock()
        self._start = start
        self._began_s = self._system.monotonic_s()
        self._jumped = timedelta()

    def now(self) -> datetime:
        """See `Clock.now`."""
        passed = self._system.monotonic_s() - self._began_s
        return self._start + timedelta(seconds=passed) + self._jumped

    def monotonic_s(self) -> float:
        """See `Clock.monotonic_s`; a leap forward counts as time that passed."""
        return self._system.monotonic_s() + self._jumped.total_seconds()

    def new_id(self) -> str:
        """See `Clock.new_id`."""
        return self._system.new_id()

    def random_bytes(self, size: int) -> bytes:
        """See `Clock.random_bytes`."""
        return self._system.random_bytes(size)

    def leap_to(self, moment: datetime) -> None:
        """Go on at `moment`; nothing happens where that is past."""
        self._jumped += max(timedelta(), moment - self.now())
