"""Letting recordings and meters' keys go in time: at the start, and while the program runs.

In come the store and the clock; nothing comes out but what is gone. Rule: trusted time decides
where it is known; else the device's for recordings, and then a clock that was set back
lengthens nothing, while keys stay and are not handed out; a store that fails now is asked again
later.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fieldapp.clock import Clock
from fieldapp.errors import StoreError
from fieldapp.store import meter_keys
from fieldapp.store.database import Database, shelf_of
from fieldapp.store.device import trusted_time
from fieldapp.store.transaction import Transaction

EVERY_S = 300.0


def sweep(c: Transaction, clock: Clock) -> int:
    """Let go of recordings that are due; answers how many files."""
    return shelf_of(c).remove_due(trusted_time(c, clock) or clock.now())


def _let_go_of_keys(c: Transaction, clock: Clock) -> int:
    return meter_keys.let_go(c, trusted_time(c, clock))


async def keep_tidy(db: Database, clock: Clock, every_s: float = EVERY_S) -> None:
    """Sweep now and every few minutes, until cancelled."""
    while True:
        with suppress(StoreError):
            await db.read(lambda c: sweep(c, clock))
            await db.write(lambda c: _let_go_of_keys(c, clock), touched=frozenset())
        await asyncio.sleep(every_s)
