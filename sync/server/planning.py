"""Planning: visits assigned, routes ordered, the plan published, changes made.

In come a dispatcher's wishes for one region; out come counts and rows to look at. Everything
of one call happens or nothing does. Rule: facts from the site are never undone here; a visit
that is finished is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, bindparam, select, update

from fieldapp.domain.status import GIVEN_BACK, VisitState
from sync.server import audit
from sync.server.changes import News, announce
from sync.server.designations import barred
from sync.server.doors import User
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.routing import Stop, assign, route_order
from sync.server.tables import technicians, visits
from sync.server.visits import VisitRow, revise, rows
from sync.wire import ChangeKind


@dataclass(frozen=True, slots=True)
class Plan:
    """A region's day: visit numbers per technician in route order, and those without one."""

    assigned: int
    routes: dict[str, list[str]]
    unassigned: list[str]


def active_technicians(c: Connection, region: str) -> list[str]:
    """The technicians that can be planned in this region, in order of id."""
    query = select(technicians.c.id).where(technicians.c.region == region)
    return list(c.execute(query.where(technicians.c.active).order_by("id")).scalars())


def plan_day(office: Office, user: User, day: date) -> Plan:
    """Give visits without a technician to one, and put every route in order of its windows.

    Raises:
        ProblemError: 409 where visits wait and the region has no technician.
    """
    with office.database.writing() as c:
        held = rows(c, user.region, visits.c.planned_on == day, visits.c.cancelled.is_(False))
        may_not = barred(office, c, user.region, held)
        stops = [_stop(row, may_not.get(row.id, frozenset())) for row in held]
        given = assign(stops, active_technicians(c, user.region))
        if given is None:
            raise ProblemError(409, "no-technicians")
        order = route_order(stops, given)
        told: list[News] = []
        for row in held:
            told += _place(office, c, row, (given.get(row.id), order.get(row.id, 0)))
        announce(office, c, user.region, told)
        note(office, c, user, audit.Entry("day_planned", str(day)))
        after = rows(c, user.region, visits.c.planned_on == day, visits.c.cancelled.is_(False))
    assigned = sum(row.technician != given.get(row.id) for row in held)
    return Plan(assigned, _routes(after), [r.number for r in after if r.technician is None])


def _stop(row: VisitRow, may_not: frozenset[str]) -> Stop:
    """What routing needs of a visit; one that was refused is free again."""
    refused = row.state in GIVEN_BACK
    return Stop(
        id=row.id,
        number=row.number,
        start=row.window_start,
        end=row.window_end,
        technician=None if refused else row.technician,
        refused_by=row.technician if refused else None,
        barred=may_not,
    )


def _place(
    office: Office, c: Connection, row: VisitRow, place: tuple[str | None, int]
) -> list[News]:
    technician, position = place
    changed: dict[str, object] = {}
    if technician != row.technician:
        changed |= {"technician": technician, "state": VisitState.PLANNED.value}
    if position != row.route_position:
        changed["route_position"] = position
    return revise(office, c, row, **changed) if changed else []


def _routes(planned: Iterable[VisitRow]) -> dict[str, list[str]]:
    routes: dict[str, list[str]] = {}
    for row in sorted(planned, key=lambda r: (r.technician or "", r.route_position)):
        if row.technician is not None:
            routes.setdefault(row.technician, []).append(row.number)
    return routes


Arrange = Callable[[Connection], list[News]]
"""Carries a draft out in the transaction that publishes it."""


def publish_day(office: Office, user: User, day: date, arrange: Arrange | None = None) -> int:
    """Let the day's assigned visits travel; returns how many were not under way before.

    Args:
        office: the open office.
        user: whose region it is.
        day: the date.
        arrange: carried out first, in the same transaction; raises what it raises.
    """
    with office.database.writing() as c:
        told = arrange(c) if arrange is not None else []
        ready = _assigned(c, user.region, day)
        if ready:
            this = (visits.c.region == user.region, visits.c.id == bindparam("of_visit"))
            travel = update(visits).where(*this).values(published=True)
            c.execute(travel, [{"of_visit": one.visit} for one in ready])
        told += ready
        announce(office, c, user.region, told)
        note(office, c, user, audit.Entry("day_published", str(day), str(len(told))))
    return len(ready)


def _assigned(c: Connection, region: str, day: date) -> list[News]:
    """The day's visits that somebody has and that do not travel yet, held, in route order.

    They are not read: a large region's day is a hundred thousand of them.
    """
    columns = ("technician", "id", "version", "route_position")
    query = select(*(visits.c[name] for name in columns)).where(
        visits.c.region == region,
        visits.c.planned_on == day,
        visits.c.technician.is_not(None),
        visits.c.published.is_(False),
        visits.c.cancelled.is_(False),
    )
    found = c.execute(query.order_by(visits.c.id).with_for_update())
    return [
        News(str(row.technician), ChangeKind.VISIT, row.id, row.version)
        for row in sorted(found, key=lambda r: r.route_position)
    ]


def reassign(
    office: Office, user: User, visit: str, technician: str | None, *, confirmed: bool = False
) -> VisitRow:
    """Give a visit to another technician, or back to the pool.

    Raises:
        ProblemError: 404 for another region's or no visit, 409 when it is finished or when the
            technician is not designated for it and that was not `confirmed`, 422 for an unknown
            technician.
    """
    with office.database.writing() as c:
        row = _open_visit(c, user, visit)
        if technician is not None and technician not in active_technicians(c, user.region):
            raise ProblemError(422, "technician-unknown")
        may_not = barred(office, c, user.region, [row]).get(row.id, frozenset())
        if technician in may_not and not confirmed:
            raise ProblemError(409, "not-designated", row.number)
        state = VisitState.PLANNED.value
        told = revise(office, c, row, technician=technician, state=state, route_position=0)
        announce(office, c, user.region, told)
        note(office, c, user, audit.Entry("visit_reassigned", row.id, technician or "pool"))
        return rows(c, user.region, visits.c.id == row.id)[0]


def cancel(office: Office, user: User, visit: str) -> VisitRow:
    """Cancel a visit; it leaves the laptop, facts that come after are a conflict."""
    with office.database.writing() as c:
        row = _open_visit(c, user, visit)
        announce(office, c, user.region, revise(office, c, row, cancelled=True))
        note(office, c, user, audit.Entry("visit_cancelled", row.id))
        return rows(c, user.region, visits.c.id == row.id)[0]


def _open_visit(c: Connection, user: User, visit: str) -> VisitRow:
    named = (visits.c.id == visit) | (visits.c.number == visit)
    found = rows(c, user.region, named)
    if not found:
        raise ProblemError(404, "visit-unknown")
    if found[0].state in {VisitState.DONE, VisitState.NOT_DONE}:
        raise ProblemError(409, "visit-finished")
    return found[0]


def note(office: Office, c: Connection, user: User, entry: audit.Entry) -> None:
    """Write down what a user of the office did."""
    audit.append(c, office.clock.now(), f"user:{user.name}", entry)
