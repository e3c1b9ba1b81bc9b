"""Where the parts of the route's picture lie: stops on a ring, and the places' names beside.

In come the day's stops and the room there is; out come points, roads and labels. Rule: it is a
scheme, not a map: nothing here knows where an address lies, only the order, so the same day
always looks the same and distances mean nothing.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

STOP, RING = 14, 21
"""Radius of a stop, and of the one that is next."""

_SWAY = 0.09
_GAP = 8
_LINE = 18
_FINE = 360


class StopState(StrEnum):
    """How a stop is drawn."""

    DONE = "done"
    NOT_DONE = "not_done"
    NEXT = "next"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop; `key` is what a touch is about."""

    key: str
    number: int
    place: str
    state: StopState
    spoken: str = ""

    @property
    def past(self) -> bool:
        """Whether the road to it lies behind."""
        return self.state in {StopState.DONE, StopState.NOT_DONE}


@dataclass(frozen=True, slots=True)
class Scheme:
    """Where things are drawn."""

    depot: QPointF
    stops: tuple[QPointF, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A place's name, as much of it as fits, where, and the stop's point."""

    stop: Stop
    at: QPointF
    spot: QRectF
    text: str


Elide = Callable[[str, float], str]
"""A text as it fits into a width."""

Measure = Callable[[str], float]
"""How wide a text is."""


def lay_out(keys: Sequence[str], room: QRectF) -> Scheme:
    """Stops clockwise on a ring that starts and ends at the depot, at the foot of `room`.

    They lie equally far apart along the ring. Each one sways a little inwards by its own key,
    as roads do; always by the same.
    """
    middle, half = room.center(), QPointF(room.width() / 2, room.height() / 2)

    def at(angle: float, sway: float) -> QPointF:
        across, down = half.x() * sway * math.cos(angle), half.y() * sway * math.sin(angle)
        return QPointF(middle.x() + across, middle.y() + down)

    angles = _even(len(keys), half)
    stops = tuple(at(angle, 1 - _sway(key)) for angle, key in zip(angles, keys, strict=True))
    return Scheme(at(math.pi / 2, 1.0), stops)


def road(points: Sequence[QPointF]) -> list[QPainterPath]:
    """A smooth line through the points, one piece from each to the next (Catmull-Rom)."""
    whole = [points[0], *points, points[-1]]
    pieces = []
    for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        piece = QPainterPath(b)
        piece.cubicTo(b + (c - a) / 6, c - (d - b) / 6, c)
        pieces.append(piece)
    return pieces


def labels(
    stops: Sequence[Stop], scheme: Scheme, width: float, texts: tuple[Measure, Elide]
) -> Iterator[Label]:
    """Each place's name at the outside of its stop, else at the inside.

    Of stops in a row at the same place the first says it, and the one that is next. Where a
    name would lie on another part it is left to the list beside the picture.
    """
    taken = [_round(place, STOP) for place in scheme.stops]
    taken.append(_round(scheme.depot, STOP))
    before = ""
    for own, (stop, place) in enumerate(zip(stops, scheme.stops, strict=True)):
        again, before = stop.place == before, stop.place
        if again and stop.state is not StopState.NEXT:
            continue
        others = taken[:own] + taken[own + 1 :]
        outside = place.x() < scheme.depot.x()
        spots = (
            _label(stop, place, width, texts, left=side) for side in (outside, not outside)
        )
        for one in spots:
            if not any(one.spot.intersects(other) for other in others):
                taken.append(one.spot)
                yield one
                break


def margin(widest: float) -> float:
    """The room that a ring leaves at its sides for names this wide."""
    return widest + RING + 2 * _GAP


def _label(
    stop: Stop, place: QPointF, width: float, texts: tuple[Measure, Elide], *, left: bool
) -> Label:
    measure, elide = texts
    gap = (RING if stop.state is StopState.NEXT else STOP) + _GAP
    text = elide(stop.place, (place.x() if left else width - place.x()) - gap)
    wide = measure(text)
    start = place.x() - gap - wide if left else place.x() + gap
    return Label(stop, place, QRectF(start, place.y() - _LINE / 2, wide, _LINE), text)


def _even(count: int, half: QPointF) -> list[float]:
    """Angles, from the foot clockwise, of points that part an ellipse into equal ways."""
    angles = [math.pi / 2 + 2 * math.pi * n / _FINE for n in range(_FINE + 1)]
    ways = [0.0]
    for before, after in pairwise(angles):
        across = half.x() * (math.cos(after) - math.cos(before))
        down = half.y() * (math.sin(after) - math.sin(before))
        ways.append(ways[-1] + math.hypot(across, down))
    share = ways[-1] / (count + 1)
    return [angles[bisect_left(ways, share * n)] for n in range(1, count + 1)]


def _sway(key: str) -> float:
    """0 to twice `_SWAY`, by the key alone."""
    return zlib.crc32(key.encode()) % 1000 / 1000 * 2 * _SWAY


def _round(place: QPointF, radius: float) -> QRectF:
    return QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius)
