"""Letting recordings go when their time is over: at the start, and while the program runs.

In come the store and the clock; nothing comes out but files that are gone. Rule: trusted time
decides where it is known, else the device's, and then a clock that was set back lengthens
nothing; a store that fails now is asked again later.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from fieldapp.clock import Clock
from fieldapp.errors import StoreError
from fieldapp.store.database import Database, shelf_of
from fieldapp.store.device import trusted_time
from fieldapp.store.transaction import Transaction

EVERY_S = 300.0


def sweep(c: Transaction, clock: Clock) -> int:
    """Let go of what is due; answers how many files."""
    return shelf_of(c).remove_due(trusted_time(c, clock) or clock.now())


async def keep_tidy(db: Database, clock: Clock, every_s: float = EVERY_S) -> None:
    """Sweep now and every few minutes, until cancelled."""
    while True:
        with suppress(StoreError):
            await db.read(lambda c: sweep(c, clock))
        await asyncio.sleep(every_s)
