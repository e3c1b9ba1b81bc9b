"""Invocation counters, reserved before they are used: a kill skips some, none comes twice.

In come a key's scope and how many are needed; out comes the first of them. Once the caller's
transaction is committed they are used up, sent or not. Source: IEC 62056-5-3 (5.3.2.3), an
AES-GCM nonce is system title and counter, so a counter used twice under one key breaks it.
"""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.errors import CounterExhausted
from fieldapp.store.tables import counters

LIMIT = 1 << 32
"""The counter on the wire has 32 bits."""


def reserve(c: Connection, scope: str, count: int, *, above: int = -1) -> int:
    """Take `count` counters and answer the first.

    Args:
        c: a writing connection.
        scope: names one key under one system title.
        count: how many, at least 1.
        above: the highest that the meter has seen (0-0:43.1.0), where it could be read.

    Raises:
        CounterExhausted: there are not that many left under this key.
    """
    query = select(counters.c.next).where(counters.c.scope == scope)
    start = max(c.execute(query).scalar_one_or_none() or 0, above + 1)
    if start + count > LIMIT:
        raise CounterExhausted(scope)
    new = insert(counters).values(scope=scope, next=start + count)
    c.execute(new.on_conflict_do_update(index_elements=["scope"], set_={"next": start + count}))
    return start
