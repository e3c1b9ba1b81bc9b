"""Lines over time of any length in bounded memory: lowest and highest value of each stretch.

In come values with their moment; out come columns of one width. Rule: when there are too many
columns the width doubles and neighbours become one, so a peak of a second is seen over a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from typing import NamedTuple

from fieldapp.work.quantities import Key

MOST = 1024


class Column(NamedTuple):
    """What happened in the stretch that begins at `at_s`."""

    at_s: float
    low: float
    mean: float
    high: float


class _Bucket:
    __slots__ = ("count", "high", "low", "total")

    def __init__(self, low: float, high: float, total: float, count: int) -> None:
        self.low, self.high, self.total, self.count = low, high, total, count

    def add(self, value: float) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.total += value
        self.count += 1

    def join(self, other: _Bucket) -> None:
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.total += other.total
        self.count += other.count


class Series:
    """The lines of one recording, all of one column width."""

    def __init__(self, width_s: float = 1.0) -> None:
        self.width_s = width_s
        self._lines: dict[Key, dict[int, _Bucket]] = {}

    def add(self, at_s: float, values: Mapping[Key, float]) -> None:
        """Take the values of one moment."""
        place = floor(at_s / self.width_s)
        for key, value in values.items():
            line = self._lines.setdefault(key, {})
            bucket = line.get(place)
            if bucket is None:
                line[place] = _Bucket(value, value, value, 1)
            else:
                bucket.add(value)
        while any(len(line) > MOST for line in self._lines.values()):
            self._halve()

    def lines(self) -> dict[Key, tuple[Column, ...]]:
        """The columns of each line, in order of time."""
        return {key: self._columns(line) for key, line in sorted(self._lines.items())}

    def _columns(self, line: dict[int, _Bucket]) -> tuple[Column, ...]:
        return tuple(
            Column(place * self.width_s, one.low, one.total / one.count, one.high)
            for place, one in sorted(line.items())
        )

    def _halve(self) -> None:
        self.width_s *= 2
        for key, line in self._lines.items():
            joined: dict[int, _Bucket] = {}
            for place, bucket in line.items():
                if (there := joined.get(place // 2)) is None:
                    joined[place // 2] = bucket
                else:
                    there.join(bucket)
            self._lines[key] = joined
