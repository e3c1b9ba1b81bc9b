"""Watches a customer port: counts what comes, and when, and what is missing between.

Telegrams and noise with their octets and times of arrival come in, in order; out comes one
frozen `Health`. A machine without a clock. Rule: what was lost is told by the meter's own
times, and only as far as the arrivals agree; where they don't, the meter's clock was set.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from hardware.p1.catalogue import CHANNELS
from hardware.p1.damage import locate
from hardware.p1.framer import Noise
from hardware.p1.health import Exchange, Health, MeterClock
from hardware.p1.identity import equipment_id
from hardware.p1.rhythm import interval_s, old_values
from hardware.p1.telegram import Telegram

_RECENT = 20
_EXCHANGES = 8
_GAP = 3
_SET_S = 3
_BAD = "bad"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that came in.

    Attributes:
        raw: its octets, to see where damage is.
        at: by the machine's clock, aware.
        elapsed_s: on a clock that never goes back.
    """

    event: Telegram | Noise
    raw: bytes
    at: datetime
    elapsed_s: float


class LineWatch:
    """The machine.

    Attributes:
        clock_error: the machine's clock minus the true time, where somebody knows that.
    """

    def __init__(self) -> None:
        self.clock_error: timedelta | None = None
        self._health = Health()
        self._last: Arrival | None = None
        self._damaged_since = 0
        self._heard_s = 0.0
        self._steps: deque[float] = deque(maxlen=_RECENT)
        self._offsets: deque[int] = deque(maxlen=_RECENT)
        self._sound: deque[bool] = deque(maxlen=_RECENT)
        self._numbers: dict[int, str] = {}

    @property
    def health(self) -> Health:
        """So far."""
        return self._health

    def take(self, arrival: Arrival) -> None:
        """Count one thing."""
        event = arrival.event
        if isinstance(event, Noise):
            self._take_noise(event)
        elif event.crc == _BAD:
            self._take_damaged(arrival)
        else:
            self._take_sound(arrival, event)
        self._health = replace(self._health, recent_faults=self._sound.count(False))

    def _take_noise(self, noise: Noise) -> None:
        """Half a telegram at the start is how every cable begins, and no fault."""
        if self._last is None:
            return
        self._sound.append(False)
        now = self._health
        self._health = replace(
            now, noise=now.noise + 1, noise_octets=now.noise_octets + noise.size
        )

    def _take_damaged(self, arrival: Arrival) -> None:
        self._sound.append(False)
        self._damaged_since += 1
        self._heard_s = arrival.elapsed_s
        neighbour = b"" if self._last is None else self._last.raw
        damage = locate(arrival.raw, neighbour)
        self._health = replace(self._health, damaged=self._health.damaged + 1, damage=damage)

    def _take_sound(self, arrival: Arrival, telegram: Telegram) -> None:
        self._sound.append(True)
        if not self._compare_numbers(telegram):
            self._measure(arrival, telegram)
        self._last, self._damaged_since = arrival, 0
        self._heard_s = arrival.elapsed_s
        sure_now = None if self.clock_error is None else arrival.at - self.clock_error
        self._health = replace(
            self._health,
            telegrams=self._health.telegrams + 1,
            expected_s=interval_s(telegram),
            clock=self._clock(arrival, telegram),
            old_values=old_values(telegram, sure_now),
        )

    def _compare_numbers(self, telegram: Telegram) -> bool:
        """Whether the meter was exchanged: the rhythm of the one before is not this one's."""
        found = {n: equipment_id(telegram, n) for n in (0, *CHANNELS)}
        numbers = {channel: number for channel, number in found.items() if number}
        new = tuple(
            Exchange(channel, self._numbers[channel], number)
            for channel, number in numbers.items()
            if self._numbers.get(channel, number) != number
        )
        self._numbers.update(numbers)
        exchanges = (*self._health.exchanges, *new)[-_EXCHANGES:]
        self._health = replace(self._health, exchanges=exchanges)
        if not any(exchange.channel == 0 for exchange in new):
            return False
        self._steps.clear()
        self._offsets.clear()
        return True

    def _measure(self, arrival: Arrival, telegram: Telegram) -> None:
        """The step from the telegram before: its length, and what is missing in it."""
        if self._last is None:
            return
        step_s = arrival.elapsed_s - self._last.elapsed_s
        self._steps.append(step_s / (1 + self._damaged_since))
        # A meter may keep to something slower than its version; the shortest step shows it.
        usual_s = max(interval_s(telegram), round(min(self._steps)))
        now = self._health
        quiet_s = arrival.elapsed_s - self._heard_s
        is_gap = quiet_s >= _GAP * usual_s
        self._health = replace(
            now,
            interval_s=Decimal(f"{median(self._steps):.1f}"),
            gaps=now.gaps + is_gap,
            longest_gap_s=max(now.longest_gap_s, Decimal(f"{quiet_s:.0f}") * is_gap),
        )
        self._count_lost(self._last.event, telegram, step_s, usual_s)

    def _count_lost(
        self, before: Telegram | Noise, telegram: Telegram, step_s: float, usual_s: int
    ) -> None:
        if isinstance(before, Noise) or before.time is None or telegram.time is None:
            return
        sent_s = (telegram.time - before.time).total_seconds()
        now = self._health
        if abs(sent_s - step_s) > max(_SET_S, 2 * usual_s):
            self._health = replace(now, clock_sets=now.clock_sets + 1)
            self._offsets.clear()
            return
        missing = round(sent_s / usual_s) - 1 - self._damaged_since
        self._health = replace(now, lost=now.lost + max(0, missing))

    def _clock(self, arrival: Arrival, telegram: Telegram) -> MeterClock | None:
        """The telegram that came soonest behind its stamp tells most."""
        if telegram.time is None:
            return None
        true = arrival.at - (self.clock_error or timedelta())
        self._offsets.append(round((telegram.time - true).total_seconds()))
        is_sure = self.clock_error is not None
        return MeterClock(max(self._offsets), interval_s(telegram), is_sure)
