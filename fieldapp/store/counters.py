"""Invocation counters, reserved before they are used: a kill skips some, none comes twice.

In come a key's scope and how many are needed; out comes the first of them. Once the caller's
transaction is committed they are used up, sent or not. `StoredCounters` hands them out to a
driver. Source: IEC 62056-5-3 (5.3.2.3), an AES-GCM nonce is system title and counter, so a
counter used twice under one key breaks it. Rule: a store that was put back gives none.
"""

from __future__ import annotations

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from fieldapp.clock import Clock
from fieldapp.domain.counters import first_of_run
from fieldapp.errors import RestoredLaptop
from fieldapp.store import seat
from fieldapp.store.database import Database
from fieldapp.store.tables import counters

_TOUCHED = frozenset({"counters"})


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
    own = c.execute(query).scalar_one_or_none() or 0
    start = first_of_run(scope, own, count, above)
    new = insert(counters).values(scope=scope, next=start + count)
    c.execute(new.on_conflict_do_update(index_elements=["scope"], set_={"next": start + count}))
    return start


class StoredCounters:
    """The counters of a laptop's encrypted store, for the driver of the optical port."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Reserve in `db`."""
        self._db = db
        self._clock = clock

    async def reserve(self, scope: str, count: int, *, above: int = -1) -> int:
        """The first of `count` counters, on the disk before this answers.

        Raises:
            CounterExhausted: there are not that many left under this key.
            RestoredLaptop: the store was put back; the office gives a new system title.
            StoreError: it can't be kept, so none was given.
        """
        token = self._clock.new_id()

        def take(c: Connection) -> int:
            if seat.is_restored(c):
                raise RestoredLaptop
            seat.announce(c, token)
            return reserve(c, scope, count, above=above)

        first = await self._db.write(take, touched=_TOUCHED)
        await self._db.write(seat.settle, touched=_TOUCHED)
        return first
