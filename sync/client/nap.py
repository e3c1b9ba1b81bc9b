"""Whether a wait was the sleep of a laptop, of which no timer and no line tells.

Rule: it asks the clocks and keeps none.
"""

from __future__ import annotations

from fieldapp.clock import Clock

_SLEEP_S = 20.0
"""So much longer than it was meant to last, a wait was a sleep."""


class Nap:
    """A wait that was meant to last `meant_s`; a laptop that slept finds it far too long.

    One of the two clocks shows it: the one that never goes back stands still in a sleep on some
    machines, the one of the day goes on. A clock that is set looks the same and does no harm.
    """

    def __init__(self, clock: Clock, meant_s: float) -> None:
        self.clock = clock
        self._meant_s = meant_s
        self._since = clock.monotonic_s(), clock.now()

    def was_sleep(self) -> bool:
        """Whether much more time went by."""
        elapsed_s = self.clock.monotonic_s() - self._since[0]
        by_day_s = (self.clock.now() - self._since[1]).total_seconds()
        return max(elapsed_s, by_day_s) > self._meant_s + _SLEEP_S
