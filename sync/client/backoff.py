"""How long to wait before the next try, and when to give up.

In come failures and progress; out come pauses that double from half a second up to a cap, with
jitter so that a thousand laptops don't come back at once, and never shorter than the office
asked for. Rule: patience counts from the last progress, by a clock that never goes back.
"""

from __future__ import annotations

from fieldapp.clock import Clock
from sync.errors import SyncError, TryLater

FIRST_S = 0.5
LONGEST_S = 30.0


class Backoff:
    """The pauses of one run."""

    def __init__(self, clock: Clock, patience_s: float) -> None:
        self._clock = clock
        self._patience_s = patience_s
        self.progressed()

    def progressed(self) -> None:
        """Something moved: patience and pauses begin anew."""
        self._deadline_s = self._clock.monotonic_s() + self._patience_s
        self._tries = 0

    def pause_s(self, error: SyncError) -> float | None:
        """Seconds to wait before the next try; None when patience ends before that."""
        pause_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self._tries, 16)) * jittered(self._clock)
        if isinstance(error, TryLater):
            pause_s += error.retry_after_s
        self._tries += 1
        return pause_s if pause_s <= self.left_s() else None

    @property
    def is_patient(self) -> bool:
        """Whether there is a second try at all."""
        return self._patience_s > 0

    def left_s(self) -> float:
        """Seconds of patience that are left."""
        return self._deadline_s - self._clock.monotonic_s()


def jittered(clock: Clock) -> float:
    """A factor between a half and one."""
    return 0.5 + clock.random_bytes(1)[0] / 512
