"""The last hour of a line as columns: what the plot draws, at a cost that does not grow.

In come the values of each telegram; out come columns of a width that fits the stretch looked
at, with the lowest and highest value in each. Rule: in memory only, nothing older than an hour;
a column is made when its value comes and never looked at again to draw a longer stretch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from math import floor

from fieldapp.work.capture_series import Column
from fieldapp.work.quantities import Key

KEPT_S = 3600.0
_FINE, _COARSE = (1.0, 900.0), (4.0, KEPT_S)
"""Width and reach in seconds: a quarter of an hour and the hour both take 900 columns."""


class _Track:
    """One line at one width."""

    def __init__(self, width_s: float, reach_s: float) -> None:
        self._width_s = width_s
        self._reach_s = reach_s
        self._columns: deque[Column] = deque()
        self._count = 0

    def add(self, at_s: float, value: float) -> None:
        start_s = floor(at_s / self._width_s) * self._width_s
        if self._columns and self._columns[-1].at_s >= start_s:
            last = self._columns[-1]
            mean = last.mean + (value - last.mean) / (self._count + 1)
            low, high = min(last.low, value), max(last.high, value)
            self._columns[-1] = Column(last.at_s, low, mean, high)
            self._count += 1
        else:
            self._columns.append(Column(start_s, value, value, value))
            self._count = 1
        self.forget(at_s)

    def forget(self, now_s: float) -> None:
        while self._columns and now_s - self._columns[0].at_s > self._reach_s:
            self._columns.popleft()

    def columns(self) -> tuple[Column, ...]:
        return tuple(self._columns)


class Tracks:
    """All lines of one contact."""

    def __init__(self) -> None:
        self._tracks: dict[Key, tuple[_Track, _Track]] = {}

    def add(self, at_s: float, values: Mapping[Key, float]) -> None:
        """Take the values of one telegram."""
        for key, value in values.items():
            if key not in self._tracks:
                self._tracks[key] = (_Track(*_FINE), _Track(*_COARSE))
            for track in self._tracks[key]:
                track.add(at_s, value)

    def forget(self, now_s: float) -> None:
        """Let go of what is older than an hour, also while nothing comes."""
        for pair in self._tracks.values():
            for track in pair:
                track.forget(now_s)

    def lines(self, quantity: str, span_s: float) -> dict[int, tuple[Column, ...]]:
        """The columns of each phase for a stretch of this length up to now.

        Phase 0, all together, is only there where no phase of its own is.
        """
        coarse = span_s > _FINE[1]
        found = {
            key.phase: columns
            for key, pair in sorted(self._tracks.items())
            if key.quantity == quantity and (columns := pair[coarse].columns())
        }
        return {n: columns for n, columns in found.items() if n or len(found) == 1}
