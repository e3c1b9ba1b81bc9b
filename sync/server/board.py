"""The planner's board: a day's visits and technicians, and where the visits are.

In come a user and a day; out come rows. The board itself holds numbers, windows, states and
times only, so it may be asked for every few seconds; streets and places are a customer's data,
come on a call of their own, and that look is in the audit trail. Rule: no position of a person
is kept or shown; delay follows from the visit's status only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from sync.server import audit
from sync.server.changes import SEALED, SealedVisit, open_bundle
from sync.server.doors import User
from sync.server.office import Office
from sync.server.overview import OF_ITS_VISIT, DayLine, day, days_of_all
from sync.server.tables import laptops, operations, technicians, visits

_ARRIVED = "visit_arrived"
_ENDED = ("visit_closed", "visit_not_done")


@dataclass(frozen=True, slots=True)
class BoardVisit:
    """One visit: its line, and when the technician came and was through, by the device."""

    line: DayLine
    arrived_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class BoardTechnician:
    """One technician; `last_contact` is of any of the laptops in use, None before the first.

    Attributes:
        laptops: how many laptops are tied to this technician and not withdrawn.
    """

    id: str
    name: str
    laptops: int
    last_contact: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    """A region's day at one moment of the office."""

    on: date
    at: datetime
    region: str
    technicians: list[BoardTechnician]
    visits: list[BoardVisit]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit is and what it asks."""

    id: str
    version: int
    street: str
    postcode: str
    place: str
    variant: str
    capacity: str
    complaint: str


def board(office: Office, user: User, on: date) -> Board:
    """The day as it stands now."""
    lines = day(office, user, on)
    with office.database.reading() as c:
        people = _technicians(c, user.region)
        came, went = _times(c, user.region, on)
    found = [BoardVisit(line, came.get(line.id), went.get(line.id)) for line in lines]
    return Board(on, office.clock.now(), user.region, people, found)


def _technicians(c: Connection, region: str) -> list[BoardTechnician]:
    """Those who can be planned, in order of id."""
    held = (
        (laptops.c.region == technicians.c.region)
        & (laptops.c.technician == technicians.c.id)
        & laptops.c.withdrawn_at.is_(None)
    )
    query = (
        select(
            technicians.c.id,
            technicians.c.name,
            func.count(laptops.c.id).label("laptops"),
            func.max(laptops.c.last_contact).label("last_contact"),
        )
        .select_from(technicians.join(laptops, held, isouter=True))
        .where(technicians.c.region == region, technicians.c.active)
        .group_by(technicians.c.id, technicians.c.name)
        .order_by(technicians.c.id)
    )
    return [BoardTechnician(*row) for row in c.execute(query)]


def _times(
    c: Connection, region: str, on: date
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """First arrival and last end of the day's visits, by operations that hold."""
    of_day = (visits.c.region == region, visits.c.planned_on == on)
    query = (
        select(operations.c.visit, operations.c.kind, operations.c.device_time)
        .join(visits, OF_ITS_VISIT)
        .where(
            *of_day,
            operations.c.made_on.in_(days_of_all(c, *of_day)),
            operations.c.counts,
            operations.c.kind.in_((_ARRIVED, *_ENDED)),
        )
        .order_by(operations.c.incarnation, operations.c.sequence)
    )
    came: dict[str, datetime] = {}
    went: dict[str, datetime] = {}
    for visit, kind, at in c.execute(query):
        if kind == _ARRIVED:
            came.setdefault(visit, at)
        else:
            went[visit] = at
    return came, went


def places(office: Office, user: User, on: date) -> list[Place]:
    """Where the day's visits are; the look is in the audit trail.

    A visit whose holder was erased is cancelled and so not among them (`erasure`).
    """
    with office.database.writing() as c:
        query = select(*SEALED).where(
            visits.c.region == user.region,
            visits.c.planned_on == on,
            visits.c.cancelled.is_(False),
        )
        found = [_place(office, c, SealedVisit(*row)) for row in c.execute(query).all()]
        entry = audit.Entry("places_viewed", str(on), str(len(found)))
        audit.append(c, office.clock.now(), f"user:{user.name}", entry)
    return found


def _place(office: Office, c: Connection, sealed: SealedVisit) -> Place:
    visit = open_bundle(office, c, sealed)
    return Place(
        id=visit.id,
        version=sealed.version,
        street=f"{visit.address.street} {visit.address.number}",
        postcode=visit.address.postcode,
        place=visit.address.place,
        variant=visit.variant,
        capacity=" · ".join(c.capacity for c in visit.connections if c.capacity),
        complaint=visit.complaint,
    )
