"""What the office sends: its changes to this technician's visits.

In comes a page of changes with the cursor after it; both are stored in the caller's one
transaction. Rule: nothing here touches the outbox; a visit with facts of its own stays when the
office takes it back, marked as withdrawn, until those facts are delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, case, delete, exists, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from fieldapp.domain.meter_keys import SealedKeys
from fieldapp.domain.work_order import Visit
from fieldapp.store import device, drafts, meter_keys
from fieldapp.store.orders import local_day
from fieldapp.store.tables import attachments, operations, visits


@dataclass(frozen=True, slots=True)
class InboxChange:
    """One change: the visit as it is now, or None when it was withdrawn.

    Attributes:
        keys: of the visit's meters, sealed for this laptop; all that there are now.
    """

    visit_id: str
    version: int
    visit: Visit | None
    keys: tuple[SealedKeys, ...] = ()


def store_page(
    c: Connection,
    changes: Iterable[InboxChange],
    cursor: int,
    *,
    last: bool = False,
    named: Collection[str] = (),
) -> None:
    """Store a page and the cursor after it; a page from before the cursor changes nothing.

    Args:
        c: a writing connection.
        changes: in the office's order.
        cursor: the number of the last change of the page.
        last: the office has no more: what a re-baseline did not bring again is withdrawn.
        named: visits that came in a form that is not known here: they stay as they are.
    """
    if cursor >= device.cursor(c):
        for change in changes:
            _store(c, change)
        if named:
            c.execute(update(visits).where(visits.c.id.in_(named)).values(stale=False))
        device.store_cursor(c, cursor)
        if last:
            c.execute(update(visits).where(visits.c.stale).values(withdrawn=True, stale=False))
        _drop_withdrawn(c)
        meter_keys.let_go(c, None)


def rebaseline(c: Connection) -> None:
    """Load everything anew: the cursor goes to 0 and every visit waits to be named again."""
    c.execute(update(visits).where(visits.c.withdrawn.is_(False)).values(stale=True))
    device.store_cursor(c, 0)


def _store(c: Connection, change: InboxChange) -> None:
    if change.visit is None:
        mine = visits.c.id == change.visit_id
        c.execute(update(visits).where(mine).values(withdrawn=True, stale=False))
        return
    planned = change.visit
    row = {
        "version": change.version,
        "day": local_day(planned.window_start).isoformat(),
        "route_position": planned.route_position,
        "body": msgspec.json.encode(planned),
        "withdrawn": False,
        "stale": False,
    }
    new = insert(visits).values(id=change.visit_id, **row)
    c.execute(new.on_conflict_do_update(index_elements=["id"], set_=_over_older(row)))
    meter_keys.store(c, change.visit_id, change.keys)


def _over_older(row: dict[str, object]) -> dict[str, object]:
    """A visit that was purged after delivery stays so, whatever the office changes in it."""
    body = case((visits.c.body.is_(None), None), else_=row["body"])
    return {**row, "body": body}


def _drop_withdrawn(c: Connection) -> None:
    used = or_(
        exists(select(operations.c.id).where(operations.c.visit == visits.c.id)),
        exists(select(attachments.c.file).where(attachments.c.visit == visits.c.id)),
    )
    gone = c.execute(select(visits.c.id).where(visits.c.withdrawn, ~used)).scalars().all()
    for visit_id in gone:
        drafts.remove(c, visit_id)
    c.execute(delete(visits).where(visits.c.id.in_(gone)))
