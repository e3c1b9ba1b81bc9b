"""Letting recordings, keys and delivered visits go in time: at the start, and while it runs.

In come the store and the clock; nothing comes out but what is gone. Rule: trusted time decides
where it is known; else the device's for recordings, and then a clock that was set back
lengthens nothing, while keys stay and are not handed out, and no visit goes; a store that fails
now is asked again later.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fieldapp.clock import Clock
from fieldapp.errors import StoreError
from fieldapp.store import meter_keys, retention
from fieldapp.store.database import Database, shelf_of
from fieldapp.store.device import trusted_time
from fieldapp.store.transaction import Transaction

EVERY_S = 300.0
KEEP_HOURS = 24.0
"""How long a delivered visit stays (security.md, data kept too long)."""
_VISITS = frozenset({"visits", "outbox", "files"})


def sweep(c: Transaction, clock: Clock) -> int:
    """Let go of recordings that are due; answers how many files."""
    return shelf_of(c).remove_due(trusted_time(c, clock) or clock.now())


def _let_go_of_keys(c: Transaction, clock: Clock) -> int:
    return meter_keys.let_go(c, trusted_time(c, clock))


async def let_delivered_go(db: Database, clock: Clock) -> tuple[str, ...]:
    """Let visits go that the office has held whole for a day; answers their ids.

    Raises:
        StoreError: nothing went.
    """

    def change(c: Transaction) -> tuple[str, ...]:
        return retention.purge(c, trusted_time(c, clock), KEEP_HOURS)

    if not await db.read(lambda c: retention.due(c, trusted_time(c, clock), KEEP_HOURS)):
        return ()
    return await db.write(change, touched=_VISITS)


async def keep_tidy(db: Database, clock: Clock, every_s: float = EVERY_S) -> None:
    """Sweep now and every few minutes, until cancelled."""
    while True:
        with suppress(StoreError):
            await db.read(lambda c: sweep(c, clock))
            await db.write(lambda c: _let_go_of_keys(c, clock), touched=frozenset())
            await let_delivered_go(db, clock)
        await asyncio.sleep(every_s)
