"""What leaves the laptop once the office has it: delivered visits, their facts and files.

In come trusted time and how long to keep; the visit's data, operations and files go, its id and
version stay for the digest. Rule: nothing goes that the office does not hold whole, and nothing
goes by the device's own clock (security.md "data kept too long", trade.md "Time").
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update

from fieldapp.store import attachments, drafts, orders
from fieldapp.store.database import shelf_of
from fieldapp.store.orders import StoredVisit
from fieldapp.store.tables import attachments as files
from fieldapp.store.tables import operations, visits


def purge(c: Connection, now_trusted: datetime | None, keep_hours: float) -> tuple[str, ...]:
    """Let visits go that were delivered whole `keep_hours` ago or earlier; answers their ids.

    A visit is delivered when it is final or withdrawn, the office holds every operation, and
    every file was read back there. Where trusted time is unknown nothing goes.
    """
    old = due(c, now_trusted, keep_hours)
    for visit_id in old:
        _remove(c, visit_id)
    return old


def due(c: Connection, now_trusted: datetime | None, keep_hours: float) -> tuple[str, ...]:
    """The ids of the visits that `purge` would let go now."""
    if now_trusted is None:
        return ()
    limit = now_trusted - timedelta(hours=keep_hours)
    return tuple(s.visit.id for s in orders.held(c) if _is_over(s) and _left_by(c, s, limit))


def _is_over(stored: StoredVisit) -> bool:
    ended = stored.progress.state.final or stored.withdrawn
    return ended and stored.undelivered == 0


def _left_by(c: Connection, stored: StoredVisit, limit: datetime) -> bool:
    """Whether everything of the visit was at the office by `limit`."""
    mine = (operations.c.visit == stored.visit.id, files.c.visit == stored.visit.id)
    facts = c.execute(
        select(
            func.max(operations.c.received_at),
            func.count() - func.count(operations.c.received_at),
        ).where(mine[0])
    ).one()
    sent = c.execute(
        select(
            func.max(files.c.delivered_at), func.count() - func.count(files.c.delivered_at)
        ).where(mine[1])
    ).one()
    times = [at for at in (facts[0], sent[0]) if at is not None]
    return facts[1] == sent[1] == 0 and bool(times) and max(times) <= limit


def _remove(c: Connection, visit_id: str) -> None:
    attachments.remove(c, visit_id)
    shelf_of(c).remove_visit(visit_id)
    drafts.remove(c, visit_id)
    c.execute(delete(operations).where(operations.c.visit == visit_id))
    mine = visits.c.id == visit_id
    c.execute(delete(visits).where(mine, visits.c.withdrawn))
    c.execute(update(visits).where(mine).values(body=None))
