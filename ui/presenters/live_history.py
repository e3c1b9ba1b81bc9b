"""The last things that came in, one after another, for stepping back through them.

In comes what was heard; out come numbered entries. Rule: in memory only, a fixed number, and
none older than an hour.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from fieldapp.work.live import Heard
from hardware.p1.telegram import Telegram
from ui.presenters.live_tracks import KEPT_S

MOST = 600


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that came in, and its number since the port was opened."""

    number: int
    heard: Heard


class History:
    """The entries, the oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST)
        self._count = 0

    def add(self, heard: Heard) -> None:
        """Remember one more."""
        self._count += 1
        self._entries.append(Entry(self._count, heard))
        self.forget(heard.monotonic_s)

    def forget(self, now_s: float) -> None:
        """Let go of what is older than an hour."""
        while self._entries and now_s - self._entries[0].heard.monotonic_s > KEPT_S:
            self._entries.popleft()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._entries)

    def last_sound(self) -> Entry | None:
        """The last telegram whose checksum holds, or that has none."""
        sound = (one for one in reversed(self._entries) if _is_sound(one.heard))
        return next(sound, None)

    def at(self, number: int) -> Entry | None:
        """The entry with this number; 0 means the last; the nearest where it has gone."""
        if not self._entries:
            return None
        first = self._entries[0].number
        place = (number or self._count) - first
        return self._entries[min(max(place, 0), len(self._entries) - 1)]


def _is_sound(heard: Heard) -> bool:
    return isinstance(heard.event, Telegram) and heard.event.crc != "bad"
