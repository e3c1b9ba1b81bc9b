"""The visits on this laptop and how far each one is.

Out come visits as the office planned them, each with the progress that its facts give: the
facts are those of the outbox, delivered or not. Rule: nothing is written here; visits come in
through the inbox, facts through the outbox.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, Row, Select, select

from fieldapp.domain.operation import decode_payload
from fieldapp.domain.progress import Progress, continued
from fieldapp.domain.work_order import Visit
from fieldapp.store.outbox import UNDELIVERED
from fieldapp.store.tables import operations, visits

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_Done = Row[str, str, bytes, str]  # visit, id, payload, state
_VISITS = msgspec.json.Decoder(Visit)


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """A visit with its progress.

    Attributes:
        withdrawn: the office took it back; it is here because of what was done on site.
        undelivered: operations of this visit that the office does not have.
    """

    visit: Visit
    progress: Progress
    withdrawn: bool
    undelivered: int


def local_day(moment: datetime) -> date:
    """The date in the Netherlands of an aware time."""
    return moment.astimezone(_AMSTERDAM).date()


def day(c: Connection, on: date) -> tuple[StoredVisit, ...]:
    """The visits of a local date, in route order."""
    query = _bodies().where(visits.c.day == on.isoformat())
    return _stored(c, query.order_by(visits.c.route_position, visits.c.id))


def visit(c: Connection, visit_id: str) -> StoredVisit | None:
    """One visit, or None when this laptop does not hold it."""
    found = _stored(c, _bodies().where(visits.c.id == visit_id))
    return found[0] if found else None


def held(c: Connection) -> tuple[StoredVisit, ...]:
    """Every visit on this laptop, by day and route order."""
    order = (visits.c.day, visits.c.route_position, visits.c.id)
    return _stored(c, _bodies().order_by(*order))


def versions(c: Connection) -> dict[str, int]:
    """Visit id to version of all that the office counts as this laptop's, for the digest."""
    query = select(visits.c.id, visits.c.version).where(
        visits.c.withdrawn.is_(False), visits.c.stale.is_(False)
    )
    return {row.id: row.version for row in c.execute(query)}


def _bodies() -> Select[Any]:
    return select(visits).where(visits.c.body.is_not(None))


def _stored(c: Connection, query: Select[Any]) -> tuple[StoredVisit, ...]:
    rows = c.execute(query).all()
    done = _done_at(c, [row.id for row in rows])
    return tuple(_join(row, done[row.id]) for row in rows)


def _done_at(c: Connection, ids: Sequence[str]) -> defaultdict[str, list[_Done]]:
    query = (
        select(operations.c.visit, operations.c.id, operations.c.payload, operations.c.state)
        .where(operations.c.visit.in_(ids))
        .order_by(operations.c.position)
    )
    found: defaultdict[str, list[_Done]] = defaultdict(list)
    for row in c.execute(query):
        found[row.visit].append(row)
    return found


def _join(row: Row[Any], done: list[_Done]) -> StoredVisit:
    planned = _VISITS.decode(row.body)
    told = ((o.id, decode_payload(o.payload).fact) for o in done)
    return StoredVisit(
        visit=planned,
        progress=continued(planned, told),
        withdrawn=row.withdrawn,
        undelivered=sum(o.state in UNDELIVERED for o in done),
    )
