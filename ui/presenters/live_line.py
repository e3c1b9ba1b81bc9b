"""How healthy a P1 line is, for people: a word and its numbers.

In comes what was heard, one thing after another; out comes a frozen `LineHealth`. Rule: what is
counted is the watch's (`hardware.p1.line_watch`); here it only gets a word for this moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from fieldapp.work.live import Heard
from hardware.p1.health import Health
from hardware.p1.line_watch import Arrival, LineWatch

_OVERDUE = 3


class Verdict(StrEnum):
    """The line in one word."""

    NOTHING = "nothing"  # not heard yet
    HEALTHY = "healthy"
    DISTURBED = "disturbed"  # damaged telegrams or noise among the last ones
    SILENT = "silent"  # it spoke and stopped


@dataclass(frozen=True, slots=True)
class LineHealth:
    """The line in numbers.

    Attributes:
        damaged: telegrams whose checksum does not hold.
        noise: pieces of octets that belong to no telegram.
        interval_s: between telegrams, in the middle of the last ones; None before the second.
        clock_s: the meter's clock minus the laptop's; None where the telegram has no time.
        baud: the rate that worked.
        watch: everything that was measured, and the findings that follow.
    """

    telegrams: int = 0
    damaged: int = 0
    noise: int = 0
    interval_s: Decimal | None = None
    clock_s: int | None = None
    baud: int = 0
    last_at: datetime | None = None
    last_s: float = 0.0
    recent_faults: int = 0
    watch: Health = field(default_factory=Health)

    def verdict(self, now_s: float) -> Verdict:
        """The word for it at this moment of the clock that never goes back."""
        if not self.telegrams:
            return Verdict.DISTURBED if self.damaged or self.noise else Verdict.NOTHING
        usual_s = float(self.interval_s or 10)
        if now_s - self.last_s > max(_OVERDUE * usual_s, _OVERDUE):
            return Verdict.SILENT
        return Verdict.DISTURBED if self.recent_faults else Verdict.HEALTHY


class LineLog:
    """Counts what is heard."""

    def __init__(self) -> None:
        self._health = LineHealth()
        self._watch = LineWatch()

    @property
    def health(self) -> LineHealth:
        """The line so far."""
        return self._health

    def vouch(self, clock_error: timedelta | None) -> None:
        """This laptop's clock minus the office's; None: nobody vouches for it."""
        self._watch.clock_error = clock_error

    def count(self, heard: Heard) -> None:
        """Count one thing that came in."""
        event, old = heard.event, self._health
        self._watch.take(Arrival(event, heard.raw, heard.at, heard.monotonic_s))
        watch = self._watch.health
        sound = watch.telegrams > old.telegrams
        self._health = LineHealth(
            telegrams=watch.telegrams,
            damaged=watch.damaged,
            noise=watch.noise,
            interval_s=watch.interval_s,
            clock_s=None if watch.clock is None else watch.clock.offset_s,
            baud=heard.baud,
            last_at=heard.at if sound else old.last_at,
            last_s=heard.monotonic_s if sound else old.last_s,
            recent_faults=watch.recent_faults,
            watch=watch,
        )
