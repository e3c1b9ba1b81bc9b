"""Days that technicians closed: taken in, and answered with what the office holds of them.

In come closings, which belong to no visit; out come receipts. Rule: a closing is always taken;
where the technician's count is not what should be in the van, parts are put right and a person
looks. A receipt is counted anew whenever it is asked for, from what the office really has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from fieldapp.domain.day_close import (
    PARTS,
    PLACED,
    REMOVED,
    DayClosed,
    DayReceipt,
    DayVisit,
    differences,
    subject,
)
from fieldapp.domain.operation import decode_payload
from fieldapp.domain.status import VisitState
from fieldapp.domain.stock import Part
from sync.server import holders, stock
from sync.server.dayfile import LOCAL
from sync.server.laptops import Laptop, find
from sync.server.office import Office
from sync.server.tables import files, operations, visits
from sync.server.tables_stock import stock_moves, stock_parts, vans
from sync.server.vault import unseal
from sync.wire import Outcome

MOST = 10
"""Receipts in one answer; a laptop that asks for more gets the first ones."""

SHORT = "stock_differs"
KIND = "day_closed"
_MOST_PARTS = 9999
_PARTS = frozenset(part.value for part in Part)


def take(office: Office, c: Connection, laptop: Laptop, closed: DayClosed) -> str:
    """Let the technician's count hold for parts; answers why a person has to look, or empty."""
    short = closed.short
    counted = {item: closed.counted.get(item, 0) for item in sorted(_PARTS & short.keys())}
    if counted and laptop.technician in stock.hold(c, laptop.region, {laptop.technician}):
        for part, number in counted.items():
            this = (
                stock_parts.c.region == laptop.region,
                stock_parts.c.technician == laptop.technician,
                stock_parts.c.part == part,
            )
            c.execute(
                update(stock_parts).where(*this).values(count=min(max(0, number), _MOST_PARTS))
            )
        stock.renew(office, c, laptop.region, {laptop.technician})
    return SHORT if short else ""


def receipts(
    office: Office, c: Connection, laptop: Laptop, closings: Iterable[str]
) -> tuple[DayReceipt, ...]:
    """What the office holds of the days that these operations of a laptop closed."""
    asked = list(closings)[:MOST]
    if not asked:
        return ()
    query = select(operations).where(
        *_mine(laptop),
        operations.c.id.in_(asked),
        operations.c.kind == KIND,
        operations.c.counts,
    )
    rows = c.execute(query.order_by(operations.c.device_time)).all()
    return tuple(_receipt(office, c, laptop, row) for row in rows)


def unconfirmed(
    office: Office, c: Connection, region: str, days: Iterable[date]
) -> dict[str, tuple[date, ...]]:
    """By laptop, the days that it closed and of which the office holds something else.

    Of a day that was closed again the last closing counts.
    """
    query = select(operations).where(
        operations.c.region == region,
        operations.c.visit.in_([subject(day) for day in days]),
        operations.c.kind == KIND,
        operations.c.counts,
    )
    order = (operations.c.incarnation, operations.c.sequence)
    last = {(row.laptop, row.visit): row for row in c.execute(query.order_by(*order))}
    found: dict[str, list[date]] = {}
    for (name, _), row in sorted(last.items()):
        laptop = find(c, name)
        assert laptop is not None
        closed = _opened(office, c, laptop, row)
        if differences(closed, _receipt(office, c, laptop, row)):
            found.setdefault(name, []).append(closed.day)
    return {name: tuple(differing) for name, differing in found.items()}


def _receipt(office: Office, c: Connection, laptop: Laptop, row: Row[Any]) -> DayReceipt:
    closed = _opened(office, c, laptop, row)
    before = (*_mine(laptop), *_of_day(closed.day), _before(row))
    held = c.execute(select(func.count(operations.c.id.distinct())).where(*before))
    return DayReceipt(
        day=closed.day,
        closing=row.id,
        made_at=office.clock.now(),
        visits=_visits(c, laptop, [visit.id for visit in closed.visits]),
        operations=held.scalar_one(),
        moves=_moves(c, laptop, before),
    )


def _opened(office: Office, c: Connection, laptop: Laptop, row: Row[Any]) -> DayClosed:
    """The closing in a row; it is sealed for the laptop, so no holder's erasure takes it."""
    key = holders.key(office, c, laptop.region, row.holder)
    fact = decode_payload(unseal(key, row.sealed, f"operation:{row.header_sha256}")).fact
    assert isinstance(fact, DayClosed)
    return fact


def _mine(laptop: Laptop) -> tuple[ColumnElement[bool], ...]:
    return (operations.c.region == laptop.region, operations.c.laptop == laptop.id)


def _of_day(day: date) -> tuple[ColumnElement[bool], ...]:
    """Received, and made on this local date by the laptop's clock."""
    start = datetime.combine(day, time(), LOCAL)
    end = datetime.combine(day + timedelta(days=1), time(), LOCAL)
    made = operations.c.device_time
    received = operations.c.outcome != Outcome.REJECTED.value
    on = operations.c.made_on.in_((start.astimezone(UTC).date(), day))
    return (received, on, made >= start.astimezone(UTC), made < end.astimezone(UTC))


def _before(row: Row[Any]) -> ColumnElement[bool]:
    """Made before this operation, by the order of the laptop's chains."""
    same = operations.c.incarnation == row.incarnation
    return or_(
        operations.c.incarnation < row.incarnation,
        and_(same, operations.c.sequence < row.sequence),
    )


def _visits(c: Connection, laptop: Laptop, ids: list[str]) -> tuple[DayVisit, ...]:
    there = select(visits.c.id, visits.c.state).where(
        visits.c.region == laptop.region, visits.c.id.in_(ids)
    )
    complete = (
        select(files.c.visit, func.count())
        .where(
            files.c.region == laptop.region,
            files.c.laptop == laptop.id,
            files.c.visit.in_(ids),
            files.c.complete_at.is_not(None),
            files.c.original.is_(None),
        )
        .group_by(files.c.visit)
    )
    counted = {row[0]: row[1] for row in c.execute(complete)}
    states = {row.id: VisitState(row.state) for row in c.execute(there)}
    return tuple(
        DayVisit(id=visit, state=states[visit], files=counted.get(visit, 0))
        for visit in ids
        if visit in states
    )


def _moves(
    c: Connection, laptop: Laptop, before: tuple[ColumnElement[bool], ...]
) -> dict[str, int] | None:
    """What those operations moved; None where no stock is kept for this van."""
    van = (vans.c.region == laptop.region, vans.c.technician == laptop.technician)
    if c.execute(select(vans.c.version).where(*van)).first() is None:
        return None
    told = select(operations.c.id).where(*before)
    query = select(stock_moves.c.what, stock_moves.c.way).where(
        stock_moves.c.region == laptop.region, stock_moves.c.id.in_(told)
    )
    found = Counter({PLACED: 0, REMOVED: 0, PARTS: 0})
    for what, way in c.execute(query):
        found[PARTS if what in _PARTS else way] += 1
    return {kind: found[kind] for kind in (PLACED, REMOVED, PARTS)}
