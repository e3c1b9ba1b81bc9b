"""The shape of a plot: which columns are seen, where a line breaks, where the ticks stand.

In come columns (moment, lowest, mean, highest) in order of time; out come the same, fewer, and
round numbers. Rule: no Qt and no state; however long a line runs, what comes out is bounded by
the width that it is drawn at, and no peak is lost on the way.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import ceil, floor, log10
from operator import itemgetter

Point = tuple[float, float]
Column = tuple[float, float, float, float]
_AT = itemgetter(0)


def visible(columns: Sequence[Column], start_s: float, end_s: float) -> list[Column]:
    """The columns in the window, and the one before it, whose value holds at its start."""
    first = max(0, bisect_left(columns, start_s, key=_AT) - 1)
    return list(columns[first : bisect_left(columns, end_s + 1e-9, key=_AT)])


def pieces(columns: Sequence[Column], gap_s: float) -> list[list[Column]]:
    """The columns in runs; a silence longer than `gap_s` breaks the line."""
    runs: list[list[Column]] = []
    for column in columns:
        if runs and column[0] - runs[-1][-1][0] <= gap_s:
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def gathered(columns: Sequence[Column], width_s: float) -> list[Column]:
    """The columns joined to ones of `width_s`, which lie on whole multiples of it.

    So they stand still while time goes on; each keeps its lowest and highest value.
    """
    found: list[Column] = []
    counts: list[int] = []
    place = None
    for at, low, mean, high in columns:
        if found and floor(at / width_s) == place:
            start, least, middle, most = found[-1]
            counts[-1] += 1
            middle += (mean - middle) / counts[-1]
            found[-1] = (start, min(least, low), middle, max(most, high))
        else:
            place = floor(at / width_s)
            found.append((at, low, mean, high))
            counts.append(1)
    return found


def steps(points: Sequence[Point]) -> list[Point]:
    """A value holds until the next one comes: corners in between."""
    corners: list[Point] = []
    for point in points:
        if corners:
            corners.append((point[0], corners[-1][1]))
        corners.append(point)
    return corners


def at_moment(columns: Sequence[Column], at_s: float, gap_s: float) -> Column | None:
    """The column whose value holds at a moment; None in a gap."""
    place = bisect_left(columns, at_s + 1e-9, key=_AT) - 1
    if place < 0 or at_s - columns[place][0] > gap_s:
        return None
    return columns[place]


def scale(low: float, high: float, *, from_zero: bool, least: float) -> list[float]:
    """Round ticks from below the lowest to above the highest value, at least `least` apart."""
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    if high - low < least:
        middle = (low + high) / 2
        low, high = (
            (low, low + least) if from_zero else (middle - least / 2, middle + least / 2)
        )
        if from_zero and high < 0:
            low, high = high - least, 0.0
    step = _round_step((high - low) / 3)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(tick * step, 6) for tick in range(first, max(last, first + 1) + 1)]


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
