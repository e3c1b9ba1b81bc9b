"""Who gets which visit of a day, and in which order: by windows and by load.

In come the day's stops and the technicians at hand; out come a technician per stop and a
position per stop. A stop that somebody has keeps its technician. Rule: pure values, the same
answer for the same day, whatever order the stops come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit on the day's map.

    Attributes:
        refused_by: who does not want it back.
        barred: who may not do it.
    """

    id: str
    number: str
    start: datetime
    end: datetime
    technician: str | None
    refused_by: str | None = None
    barred: frozenset[str] = frozenset()

    @property
    def rank(self) -> tuple[datetime, datetime, str]:
        """Earlier windows first; numbers break ties."""
        return (self.start, self.end, self.number)

    def overlaps(self, other: Stop) -> bool:
        """Whether the two windows share time."""
        return self.start < other.end and other.start < self.end


def assign(stops: Iterable[Stop], technicians: Sequence[str]) -> dict[str, str] | None:
    """A technician for every stop: least overlap of windows, then fewest stops, then id.

    Returns:
        Stop id to technician, without those that nobody may do; None where stops wait and
        nobody is at hand.
    """
    ordered = sorted(stops, key=lambda stop: stop.rank)
    given = {stop.id: stop.technician for stop in ordered if stop.technician is not None}
    loads: dict[str, list[Stop]] = {technician: [] for technician in technicians}
    for stop in ordered:
        if stop.technician is not None:
            loads.setdefault(stop.technician, []).append(stop)
    for stop in ordered:
        if stop.technician is not None:
            continue
        if not technicians:
            return None
        chosen = _choose(stop, technicians, loads)
        if chosen is None:
            continue
        given[stop.id] = chosen
        loads[chosen].append(stop)
    return given


def _choose(stop: Stop, technicians: Sequence[str], loads: dict[str, list[Stop]]) -> str | None:
    """The best of those who may and have not refused it; of all who may where all refused."""
    able = [t for t in technicians if t not in stop.barred]
    willing = [t for t in able if t != stop.refused_by] or able
    if not willing:
        return None
    return min(
        willing,
        key=lambda t: (sum(stop.overlaps(other) for other in loads[t]), len(loads[t]), t),
    )


def route_order(stops: Iterable[Stop], given: dict[str, str]) -> dict[str, int]:
    """The position of every stop that is given in its technician's day, from 1."""
    routes: dict[str, int] = {}
    positions: dict[str, int] = {}
    for stop in sorted((s for s in stops if s.id in given), key=lambda s: s.rank):
        technician = given[stop.id]
        routes[technician] = routes.get(technician, 0) + 1
        positions[stop.id] = routes[technician]
    return positions
