"""A technician's day as it is expected to go, and whether a visit fits into it.

In come the stops of one route in order, with what is known from the site; out come legs with
times, and a verdict with its reason. Durations and travelling times are estimates: the office's
settings by kind of work, and postcodes in place of roads. Rule: a visit that nobody started is
never called late by the clock alone, only by what its technician told until the last contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import WorkKind

_MINUTE = timedelta(minutes=1)
_WORK_MIN = {
    (WorkKind.PLACEMENT, "E+G"): 75,
    (WorkKind.PLACEMENT, "E"): 45,
    (WorkKind.PLACEMENT, "G"): 45,
    (WorkKind.READING_PREFERENCE, "E"): 15,
    (WorkKind.FAULT, "E"): 45,
}
_OTHER_WORK_MIN = {WorkKind.READING_PREFERENCE: 15}
_USUAL_WORK_MIN = 45
_SAME_STREETS_MIN = 4
_SAME_PLACE_MIN = 7
_ELSEWHERE_MIN = 14
_CLOSE = timedelta(minutes=10)
_UNDER_WAY = frozenset({VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED})


class Fit(StrEnum):
    """How well a visit fits where it is to go."""

    FITS = "fits"
    TIGHT = "tight"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit in a route.

    Attributes:
        window: in which the technician is promised to come; aware.
        arrived_at, ended_at: from the site, None while unknown.
        refused_by: the technician who gave it back, or empty.
    """

    id: str
    number: str
    kind: WorkKind
    variant: str
    state: VisitState
    window: tuple[datetime, datetime]
    postcode: str = ""
    place: str = ""
    arrived_at: datetime | None = None
    ended_at: datetime | None = None
    refused_by: str = ""


@dataclass(frozen=True, slots=True)
class Leg:
    """One stop with its expected times; `travel` comes before `start`.

    Attributes:
        late: how long after the window's end the technician comes; zero where in time.
    """

    stop: Stop
    travel: timedelta
    start: datetime
    end: datetime

    @property
    def late(self) -> timedelta:
        """How long after the window's end; never negative."""
        return max(timedelta(), self.start - self.stop.window[1])

    @property
    def minutes_late(self) -> int:
        """`late` in whole minutes."""
        return int(self.late / _MINUTE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a visit fits, why not, and what it costs.

    Attributes:
        reason: `fits`, `close`, `overruns`, `under_way`, `late`, `others_late`,
            `refused_before`.
        number: the other visit that suffers, for `others_late`.
        minutes: how late (`late`, `others_late`), or beyond the window (`overruns`).
        extra_travel: driving that comes on top.
    """

    fit: Fit
    reason: str
    extra_travel: timedelta = timedelta()
    minutes: int = 0
    number: str = ""


def work_time(kind: WorkKind, variant: str) -> timedelta:
    """How long the work is expected to take."""
    usual = _OTHER_WORK_MIN.get(kind, _USUAL_WORK_MIN)
    return _WORK_MIN.get((kind, variant), usual) * _MINUTE


def travel_time(here: Stop, there: Stop) -> timedelta:
    """How long the way is expected to take, by postcode (its four digits) and place."""
    if here.postcode and here.postcode[:4] == there.postcode[:4]:
        return _SAME_STREETS_MIN * _MINUTE
    if here.place and here.place == there.place:
        return _SAME_PLACE_MIN * _MINUTE
    return _ELSEWHERE_MIN * _MINUTE


def legs(route: Sequence[Stop], heard_at: datetime | None = None) -> tuple[Leg, ...]:
    """The route's expected times.

    Args:
        route: the stops in order.
        heard_at: the technician's last contact; a stop not reached by then starts no earlier.
    """
    found: list[Leg] = []
    for stop in route:
        before = found[-1] if found else None
        travel = travel_time(before.stop, stop) if before else timedelta()
        start = _start(stop, before.end + travel if before else None, heard_at)
        found.append(Leg(stop, travel, start, _end(stop, start, heard_at)))
    return tuple(found)


def _start(stop: Stop, earliest: datetime | None, heard_at: datetime | None) -> datetime:
    if stop.arrived_at is not None:
        return stop.arrived_at
    if stop.ended_at is not None:
        return stop.ended_at - work_time(stop.kind, stop.variant)
    bounds = [stop.window[0], *(t for t in (earliest, heard_at) if t is not None)]
    return max(bounds)


def _end(stop: Stop, start: datetime, heard_at: datetime | None) -> datetime:
    if stop.ended_at is not None:
        return max(stop.ended_at, start)
    planned = start + work_time(stop.kind, stop.variant)
    if stop.state in _UNDER_WAY and heard_at is not None:
        return max(planned, heard_at)
    return planned


def judge(
    before: Sequence[Stop], after: Sequence[Stop], stop: str, heard_at: datetime | None = None
) -> Verdict:
    """Whether the stop with this id fits in route `after`, which was `before` without it."""
    then, now = legs(before, heard_at), legs(after, heard_at)
    extra = max(timedelta(), _travel(now) - _travel(then))
    leg = next(leg for leg in now if leg.stop.id == stop)
    if leg.late:
        return Verdict(Fit.IMPOSSIBLE, "late", extra, leg.minutes_late)
    if (other := _newly_late(then, now)) is not None:
        number, minutes = other.stop.number, other.minutes_late
        return Verdict(Fit.IMPOSSIBLE, "others_late", extra, minutes, number)
    beyond = leg.end - leg.stop.window[1]
    if beyond > timedelta():
        return Verdict(Fit.TIGHT, "overruns", extra, int(beyond / _MINUTE))
    if leg.start > leg.stop.window[1] - _CLOSE:
        return Verdict(Fit.TIGHT, "close", extra)
    return Verdict(Fit.FITS, "fits", extra)


def best_place(
    route: Sequence[Stop], stop: Stop, heard_at: datetime | None = None
) -> tuple[int, Verdict]:
    """Where in the route `stop` does the least harm; never before what is finished or begun."""
    first = 1 + max(
        (n for n, one in enumerate(route) if one.arrived_at or one.ended_at), default=-1
    )
    tried = []
    for index in range(first, len(route) + 1):
        after = (*route[:index], stop, *route[index:])
        verdict = judge(route, after, stop.id, heard_at)
        tried.append((_rank(verdict), index, verdict))
    _, index, verdict = min(tried, key=lambda one: one[:2])
    return index, verdict


def _rank(verdict: Verdict) -> tuple[int, int, timedelta]:
    order = list(Fit).index(verdict.fit)
    return (order, verdict.minutes, verdict.extra_travel)


def _travel(found: Sequence[Leg]) -> timedelta:
    return sum((leg.travel for leg in found), timedelta())


def _newly_late(before: Sequence[Leg], after: Sequence[Leg]) -> Leg | None:
    """The first stop that comes later after its window than it did."""
    was = {leg.stop.id: leg.late for leg in before}
    return next((leg for leg in after if leg.late > was.get(leg.stop.id, leg.late)), None)
