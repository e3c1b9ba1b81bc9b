"""What a dispatcher looks at: the day's visits and how far they are, or one visit whole.

Rows in the clear are enough for the list; opening one visit shows a customer's data, so it is
written in the audit trail. Rule: nothing is changed here but that trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select

from fieldapp.domain.work_order import Visit
from sync.server import audit
from sync.server.changes import SEALED, SealedVisit, open_bundle
from sync.server.doors import User
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.tables import changes, laptops, operations, visits
from sync.server.tables_chains import visit_days
from sync.server.tables_people import conflicts


@dataclass(frozen=True, slots=True)
class DayLine:
    """One visit in the dispatcher's list; `operations` came in, `conflicts` are undecided."""

    id: str
    number: str
    kind: str
    state: str
    technician: str | None
    window_start: datetime
    window_end: datetime
    route_position: int
    version: int
    published: bool
    cancelled: bool
    on_laptop: bool
    operations: int
    conflicts: int


def day(office: Office, user: User, on: date | None) -> list[DayLine]:
    """The region's visits of a day (all days without one), by technician and route."""
    with office.database.reading() as c:
        which = [visits.c.region == user.region]
        if on is not None:
            which.append(visits.c.planned_on == on)
        heard = _heard(c, *which)
        counted = _counted(c, *which)
        undecided = _undecided(c, *which)
        query = select(visits).where(*which)
        order = (visits.c.planned_on, visits.c.technician, visits.c.route_position)
        found = c.execute(query.order_by(*order, visits.c.number)).all()
    return [
        DayLine(
            id=row.id,
            number=row.number,
            kind=row.kind,
            state=row.state,
            technician=row.technician,
            window_start=row.window_start,
            window_end=row.window_end,
            route_position=row.route_position,
            version=row.version,
            published=row.published,
            cancelled=row.cancelled,
            on_laptop=row.id in heard,
            operations=counted.get(row.id, 0),
            conflicts=undecided.get(row.id, 0),
        )
        for row in found
    ]


def _heard(c: Connection, *which: ColumnElement[bool]) -> set[str]:
    """Those of these visits whose newest version some laptop of their technician was told."""
    query = (
        select(changes.c.visit)
        .join(
            laptops,
            (laptops.c.region == changes.c.region)
            & (laptops.c.technician == changes.c.technician)
            & (laptops.c.handed_out >= changes.c.number),
        )
        .join(
            visits,
            (visits.c.region == changes.c.region)
            & (visits.c.id == changes.c.visit)
            & (visits.c.technician == changes.c.technician)
            & (visits.c.version == changes.c.version),
        )
        .where(*which, laptops.c.withdrawn_at.is_(None))
    )
    return set(c.execute(query.distinct()).scalars())


def _counted(c: Connection, *which: ColumnElement[bool]) -> dict[str, int]:
    """How many operations are here of each of these visits."""
    query = (
        select(operations.c.visit, func.count())
        .join(visits, OF_ITS_VISIT)
        .where(*which, operations.c.made_on.in_(days_of_all(c, *which)))
        .group_by(operations.c.visit)
    )
    return {row[0]: row[1] for row in c.execute(query)}


def _undecided(c: Connection, *which: ColumnElement[bool]) -> dict[str, int]:
    """How many conflicts of each of these visits nobody has decided."""
    of_visit = (visits.c.region == conflicts.c.region) & (visits.c.id == conflicts.c.visit)
    query = (
        select(conflicts.c.visit, func.count())
        .join(visits, of_visit)
        .where(*which, conflicts.c.state == "open")
        .group_by(conflicts.c.visit)
    )
    return {row[0]: row[1] for row in c.execute(query)}


OF_ITS_VISIT = (visits.c.region == operations.c.region) & (visits.c.id == operations.c.visit)
"""An operation's visit."""


def days_of_all(c: Connection, *which: ColumnElement[bool]) -> list[date]:
    """On which days something was told about these visits, for a query of `operations`."""
    told = (visits.c.region == visit_days.c.region) & (visits.c.id == visit_days.c.visit)
    query = select(visit_days.c.made_on).join(visits, told).where(*which).distinct()
    return list(c.execute(query.order_by(visit_days.c.made_on)).scalars())


def whole(office: Office, user: User, visit: str) -> Visit:
    """One visit with its customer's data, by id or number.

    Raises:
        ProblemError: 404 for another region's or no visit.
        holders.Erased: nobody can read it any more.
    """
    named = (visits.c.id == visit) | (visits.c.number == visit)
    with office.database.writing() as c:
        query = select(*SEALED).where(visits.c.region == user.region, named)
        row = c.execute(query).one_or_none()
        if row is None:
            raise ProblemError(404, "visit-unknown")
        found = open_bundle(office, c, SealedVisit(*row))
        entry = audit.Entry("visit_viewed", found.id)
        audit.append(c, office.clock.now(), f"user:{user.name}", entry)
    return found


def as_json(visit: Visit) -> bytes:
    """The visit's JSON, as laptops get it."""
    return msgspec.json.encode(visit)
