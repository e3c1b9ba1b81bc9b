"""What the office holds, counted and listed for whoever administers it.

In comes an open office; out come plain rows. Listings of visits hold numbers and counts only,
no customer's data. Rule: reading here changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, func, select

from sync.server.office import Office
from sync.server.tables import files, holders, intake, laptops, operations, technicians, visits
from sync.wire import Outcome

_RECEIVED = operations.c.outcome != Outcome.REJECTED.value
_READING = "reading_taken"
_STEP = "step_done"


def status(office: Office) -> dict[str, int]:
    """How many of everything is stored; readings and files count once they hold."""
    with office.database.reading() as c:
        reading = (operations.c.kind == _READING) & operations.c.counts
        return {
            "visits": _count(c, visits),
            "operations": _count(c, operations, _RECEIVED),
            "readings": _count(c, operations, reading),
            "files": _count(
                c, files, files.c.complete_at.is_not(None), files.c.original.is_(None)
            ),
            "technicians": _count(c, technicians),
            "laptops": _count(c, laptops, laptops.c.withdrawn_at.is_(None)),
            "intake": _count(c, intake),
            "quarantined": _count(
                c, operations, operations.c.outcome == Outcome.QUARANTINED.value
            ),
            "conflicts": _count(
                c, operations, operations.c.outcome == Outcome.APPLIED_WITH_CONFLICT.value
            ),
        }


def _count(c: Connection, table: Table, *which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(table)
    for condition in which:
        query = query.where(condition)
    return int(c.execute(query).scalar_one())


def every_operation(office: Office) -> Iterator[dict[str, object]]:
    """Every operation held, in the order of its laptop's chain."""
    query = (
        select(
            operations.c.id,
            operations.c.laptop,
            operations.c.incarnation,
            operations.c.sequence,
            operations.c.visit,
            visits.c.number.label("visit_number"),
            operations.c.kind,
            operations.c.outcome,
            operations.c.reason,
        )
        .join(
            visits,
            (visits.c.region == operations.c.region) & (visits.c.id == operations.c.visit),
            isouter=True,
        )
        .where(_RECEIVED)
        .order_by(operations.c.laptop, operations.c.incarnation, operations.c.sequence)
    )
    with office.database.reading() as c:
        for row in c.execute(query).mappings():
            yield dict(row)


def every_visit(office: Office) -> Iterator[dict[str, object]]:
    """Every visit: number, kind, state, steps done, readings and operations that hold."""
    held = operations.c.counts
    counted = (
        select(
            operations.c.region,
            operations.c.visit,
            func.count().filter(_RECEIVED).label("operations"),
            func.count().filter(held & (operations.c.kind == _READING)).label("readings"),
            func.count().filter(held & (operations.c.kind == _STEP)).label("steps"),
        )
        .group_by(operations.c.region, operations.c.visit)
        .subquery()
    )
    query = (
        select(
            visits.c.number,
            visits.c.kind,
            visits.c.state,
            func.coalesce(counted.c.steps, 0).label("steps"),
            func.coalesce(counted.c.readings, 0).label("readings"),
            func.coalesce(counted.c.operations, 0).label("operations"),
        )
        .join(
            counted,
            (counted.c.region == visits.c.region) & (counted.c.visit == visits.c.id),
            isouter=True,
        )
        .order_by(visits.c.region, visits.c.planned_on, visits.c.number)
    )
    with office.database.reading() as c:
        for row in c.execute(query).mappings():
            yield dict(row)


def every_erasure(office: Office) -> Iterator[dict[str, object]]:
    """Every holder whose key was forgotten, by pseudonym, and when."""
    query = select(holders.c.region, holders.c.id.label("holder"), holders.c.erased_at)
    erased = query.where(holders.c.erased_at.is_not(None)).order_by(holders.c.erased_at)
    with office.database.reading() as c:
        for row in c.execute(erased).mappings():
            yield dict(row)


def every_laptop(office: Office) -> Iterator[dict[str, object]]:
    """Every laptop: whose, which incarnation, when heard, how far told."""
    query = select(
        laptops.c.id,
        laptops.c.region,
        laptops.c.technician,
        laptops.c.device_name,
        laptops.c.incarnation,
        laptops.c.practice,
        laptops.c.enrolled_at,
        laptops.c.last_contact,
        laptops.c.withdrawn_at,
        laptops.c.handed_out,
    ).order_by(laptops.c.region, laptops.c.technician, laptops.c.enrolled_at)
    with office.database.reading() as c:
        for row in c.execute(query).mappings():
            yield dict(row)
