"""A laptop that stops at a moment of a secured contact, so that it can be killed there.

python -m tests.journeys.counting_laptop STORE SOURCE reserved|associated
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from fieldapp.clock import SystemClock
from fieldapp.store.counters import StoredCounters
from fieldapp.store.database import Database
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import Authentication, CounterSource, Hls
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.serial_port import open_port
from tests.hardware.optical.secured import KEYS, TITLE

KEY = bytes(range(32))


def way_in(counters: CounterSource) -> OpticalOptions:
    """HLS 5 with these counters."""
    hls = Hls(TITLE, SystemClock().random_bytes, counters, KEYS)
    return OpticalOptions(auth=Authentication.HLS5, hls=hls, framing=Framing.HDLC)


class Halting:
    """Says what was reserved, and then stays where it is if it is to."""

    def __init__(self, counters: CounterSource, *, stay: bool) -> None:
        self._counters = counters
        self._stay = stay
        self.first = -1

    async def reserve(self, scope: str, count: int, *, above: int = -1) -> int:
        self.first = await self._counters.reserve(scope, count, above=above)
        if self._stay:
            await stop(self.first)
        return self.first


async def stop(first: int) -> None:
    """Tell the counter and wait for the kill."""
    sys.stdout.write(f"{first}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


async def main(store: str, source: str, moment: str) -> None:
    """One contact, as far as `moment`."""
    db = await Database.open(Path(store), KEY)
    counters = Halting(StoredCounters(db, SystemClock()), stay=moment == "reserved")
    port = await open_port(source)
    async with open_optical(port, way_in(counters)):
        await stop(counters.first)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
