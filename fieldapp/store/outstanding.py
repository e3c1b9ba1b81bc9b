"""What of this laptop's work the office does not have, or has not placed: counts and ages.

In comes an open transaction; out come figures and names for the screen, the office and a rescue
file. Rule: it only looks.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from fieldapp.domain.facts import EvidenceAdded
from fieldapp.store import outbox
from fieldapp.store.tables import attachments, operations


def kept(c: Connection) -> tuple[int, int]:
    """How many operations are kept here, and their octets."""
    parts = (operations.c.header, operations.c.signature, operations.c.payload)
    size = sum((func.length(part) for part in parts), literal(0))
    row = c.execute(select(func.count(), func.coalesce(func.sum(size), 0))).one()
    return int(row[0]), int(row[1])


def set_aside(c: Connection, limit: int) -> tuple[str, ...]:
    """The operations of which the office said that a person has to look, the oldest first."""
    query = select(operations.c.id).where(operations.c.state == outbox.QUARANTINED)
    return tuple(c.execute(query.order_by(operations.c.position).limit(limit)).scalars())


def oldest_waiting(c: Connection, besides: Collection[str] = ()) -> datetime | None:
    """When the oldest operation was made that waits, or whose visit has a file that waits.

    Args:
        c: an open transaction.
        besides: operations that are on their way already.
    """
    waits = operations.c.state.in_(outbox.TO_SEND) & operations.c.id.not_in(list(besides))
    named = select(attachments.c.visit).where(attachments.c.delivered_at.is_(None))
    of_a_file = (operations.c.kind == EvidenceAdded.__struct_config__.tag) & (
        operations.c.visit.in_(named)
    )
    return c.execute(
        select(operations.c.made_at)
        .where(waits | of_a_file)
        .order_by(operations.c.made_at)
        .limit(1)
    ).scalar_one_or_none()
