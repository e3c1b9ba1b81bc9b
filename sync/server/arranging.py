"""A dispatcher's draft: which visits go to whom and in which order, looked at or carried out.

In come placements, each with what the dispatcher saw of the visit; out comes who gains, loses
or re-orders what. All placements of one call happen or none does. Rule: a draft made on an
older picture of the plan is refused with the numbers that moved meanwhile, and a visit that is
finished is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field, model_validator
from sqlalchemy import Connection, or_

from fieldapp.domain.status import GIVEN_BACK, VisitState
from sync.server import audit
from sync.server.changes import News
from sync.server.dayfile import MOST_VISITS, Name, Strict
from sync.server.designations import barred
from sync.server.doors import User
from sync.server.office import Office
from sync.server.planning import active_technicians, note
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.visits import VisitRow, revise, rows, seen

_FINISHED = frozenset({VisitState.DONE, VisitState.NOT_DONE})
_UNDER_WAY = frozenset(
    {VisitState.TRAVELLING, VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED}
)


class Placement(Strict):
    """A visit's new place: `technician` null is the pool; `version` and `was` are as seen."""

    visit: Name
    technician: Name | None
    position: Annotated[int, Field(ge=0, le=MOST_VISITS)] = 0
    version: int
    was: Name | None


class PlanChange(Strict):
    """A day with its draft; without placements the day as the office holds it.

    `confirmed`: also where a technician is not designated for what he is given.
    """

    date: date
    placements: Annotated[tuple[Placement, ...], Field(max_length=MOST_VISITS)] = ()
    confirmed: bool = False

    @model_validator(mode="after")
    def _once(self) -> PlanChange:
        """Every visit once."""
        if len({one.visit for one in self.placements}) != len(self.placements):
            raise ValueError("a visit comes twice")
        return self


@dataclass(frozen=True, slots=True)
class TechnicianChange:
    """What publishing changes for one technician, by visit number.

    Attributes:
        added: new on this technician's laptop.
        removed: leave it.
        reordered: stay, at another place of the route.
        under_way: of `removed`, where the technician is already busy.
        total: visits on the laptop afterwards.
        undesignated: of those, what the technician is not designated for.
    """

    technician: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reordered: tuple[str, ...]
    under_way: tuple[str, ...]
    total: int
    undesignated: tuple[str, ...] = ()


def preview(office: Office, user: User, change: PlanChange) -> list[TechnicianChange]:
    """What publishing this draft would change for whom; nothing is changed.

    Raises:
        ProblemError: as `place`.
    """
    with office.database.reading() as c:
        held = _day(seen, c, user, change)
        _check(c, user, change, held)
        may_not = barred(office, c, user.region, held.values())
    before = [row for row in held.values() if row.travels]
    return _differences(before, _after(held, change.placements), may_not)


def place(office: Office, c: Connection, user: User, change: PlanChange) -> list[News]:
    """Carry the draft out; returns what the technicians concerned must hear.

    Raises:
        ProblemError: 404 for a visit of another day or region, 409 where one is finished, was
            moved meanwhile, or needs a designation and that was not confirmed, 422 for an
            unknown technician.
    """
    held = _day(rows, c, user, change)
    _check(c, user, change, held)
    if not change.confirmed:
        _check_designated(change, held, barred(office, c, user.region, held.values()))
    told: list[News] = []
    for one in change.placements:
        told += _place(office, c, held[one.visit], one)
        note(office, c, user, audit.Entry("visit_placed", one.visit, one.technician or "pool"))
    return told


def _day(
    look: Callable[..., list[VisitRow]], c: Connection, user: User, change: PlanChange
) -> dict[str, VisitRow]:
    """The day's visits that are not cancelled, and those of the draft, by id."""
    named = visits.c.id.in_([one.visit for one in change.placements])
    whole = (visits.c.planned_on == change.date) & visits.c.cancelled.is_(False)
    return {row.id: row for row in look(c, user.region, or_(whole, named))}


def _check(c: Connection, user: User, change: PlanChange, held: Mapping[str, VisitRow]) -> None:
    known = {None, *active_technicians(c, user.region)}
    moved: list[str] = []
    for one in change.placements:
        row = held.get(one.visit)
        if row is None or row.planned_on != change.date:
            raise ProblemError(404, "visit-unknown")
        if one.technician not in known:
            raise ProblemError(422, "technician-unknown")
        if row.state in _FINISHED:
            raise ProblemError(409, "visit-finished", row.number)
        if (row.version, row.technician) != (one.version, one.was) or row.cancelled:
            moved.append(row.number)
    if moved:
        raise ProblemError(409, "plan-outdated", ", ".join(moved))


def _check_designated(
    change: PlanChange, held: Mapping[str, VisitRow], may_not: Mapping[str, frozenset[str]]
) -> None:
    """What is placed, or published for the first time, by technicians who may do it."""
    placed = {one.visit for one in change.placements}
    found = [
        spot.row.number
        for spot in _after(held, change.placements)
        if (spot.row.id in placed or not spot.row.published)
        and spot.technician in may_not.get(spot.row.id, frozenset())
    ]
    if found:
        raise ProblemError(409, "not-designated", ", ".join(found))


def _place(office: Office, c: Connection, row: VisitRow, one: Placement) -> list[News]:
    changed: dict[str, object] = {}
    if one.technician != row.technician or row.state in GIVEN_BACK:
        changed |= {"technician": one.technician, "state": VisitState.PLANNED.value}
    if one.position != row.route_position:
        changed["route_position"] = one.position
    return revise(office, c, row, **changed) if changed else []


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a visit stands after the draft."""

    row: VisitRow
    technician: str
    position: int


def _after(held: Mapping[str, VisitRow], placements: Iterable[Placement]) -> list[_Spot]:
    """The day once everything with a technician is published."""
    draft = {one.visit: (one.technician, one.position) for one in placements}
    spots = []
    for row in held.values():
        technician, position = draft.get(row.id, (row.technician, row.route_position))
        if technician is not None:
            spots.append(_Spot(row, technician, position))
    return sorted(spots, key=lambda spot: (spot.technician, spot.position, spot.row.number))


def _reordered(stay: list[_Spot]) -> tuple[str, ...]:
    """Those that stand elsewhere among the visits that stay; new numbers alone do not count."""

    def before(spot: _Spot) -> tuple[int, datetime, str]:
        return spot.row.route_position, spot.row.window_start, spot.row.number

    pairs = zip(sorted(stay, key=before), stay, strict=True)
    return tuple(now.row.number for was, now in pairs if was is not now)


def _differences(
    before: list[VisitRow], after: list[_Spot], may_not: Mapping[str, frozenset[str]]
) -> list[TechnicianChange]:
    had = {(row.technician, row.id) for row in before}
    has = {(spot.technician, spot.row.id) for spot in after}
    names = sorted({str(row.technician) for row in before} | {s.technician for s in after})
    found = []
    for technician in names:
        mine = [spot for spot in after if spot.technician == technician]
        gone = [
            r for r in before if r.technician == technician and (technician, r.id) not in has
        ]
        stay = [spot for spot in mine if (technician, spot.row.id) in had]
        one = TechnicianChange(
            technician=technician,
            added=tuple(s.row.number for s in mine if (technician, s.row.id) not in had),
            removed=tuple(row.number for row in gone),
            reordered=_reordered(stay),
            under_way=tuple(row.number for row in gone if row.state in _UNDER_WAY),
            total=len(mine),
            undesignated=tuple(
                s.row.number for s in mine if technician in may_not.get(s.row.id, frozenset())
            ),
        )
        if one.added or one.removed or one.reordered:
            found.append(one)
    return found
