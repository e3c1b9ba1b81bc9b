"""What was told about a visit: the facts that counted, opened again.

In come a visit and the laptop that told, or none for all of them; out come facts in the order
of the chains. Rule: of several laptops the one that told first comes first, as at a visit that
was handed over; nothing is judged here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from fieldapp.domain.facts import AnyFact
from fieldapp.domain.operation import decode_payload
from sync.server import holders
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables import operations
from sync.server.vault import Unreadable, unseal

Told = tuple[str, AnyFact]
"""An operation's id and its fact."""


def told(
    office: Office, c: Connection, laptop: Laptop, visit: str, *which: ColumnElement[bool]
) -> tuple[Told, ...]:
    """What a laptop told about a visit and what counted, in the order of its chains.

    What nobody can read any more is left out, so that an erasure never stops what comes after.
    """
    found: list[Told] = []
    for row in _rows(c, laptop.region, visit, operations.c.laptop == laptop.id, *which):
        with suppress(holders.Erased, Unreadable):
            found.append(_opened(office, c, laptop.region, row))
    return tuple(found)


def told_of(
    office: Office, c: Connection, region: str, visit: str, *which: ColumnElement[bool]
) -> tuple[Told, ...]:
    """What all laptops, or `which`, told about a visit and what counted.

    Raises:
        holders.Erased: nobody can read it any more.
    """
    rows = _rows(c, region, visit, *which)
    return tuple(_opened(office, c, region, row) for row in rows)


def _rows(c: Connection, region: str, visit: str, *which: ColumnElement[bool]) -> list[Any]:
    """Their rows, those of the laptop that told first before the others'."""
    rows = c.execute(
        select(
            operations.c.id,
            operations.c.laptop,
            operations.c.received_at,
            operations.c.holder,
            operations.c.header_sha256,
            operations.c.sealed,
        )
        .where(operations.c.region == region, operations.c.visit == visit, operations.c.counts)
        .where(*which)
        .order_by(operations.c.incarnation, operations.c.sequence)
    ).all()
    first = {row.laptop: row.received_at for row in reversed(rows)}
    return sorted(rows, key=lambda r: (first[r.laptop], r.laptop))


def _opened(office: Office, c: Connection, region: str, row: Any) -> Told:
    key = holders.key(office, c, region, row.holder)
    payload = unseal(key, row.sealed, f"operation:{row.header_sha256}")
    return row.id, decode_payload(payload).fact
