"""The practice day behind the window: an office, a street, and cables that follow the work.

In comes a folder; out comes a scenery for the window. The cables go into the meter that hangs
at the visit under way, as a technician would put them, and the band over the page says where
they are. Rule: nothing is done to a visit here; the person at the window does it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from fieldapp import settings
from fieldapp.domain.progress import meter_now
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Commodity
from fieldapp.store import orders
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.tools import Tools
from hardware.serial_port import open_port
from ui.demo.day import Day, morning
from ui.demo.processes import Office
from ui.demo.world import Street, street
from ui.presenters.frame import FramePresenter
from ui.wiring import Laptop, Outside

_AT_THE_DOOR = frozenset(
    {VisitState.TRAVELLING, VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED}
)


class PracticeStreet:
    """See `ui.scenery.Scenery`."""

    def __init__(self, outside: Outside, here: Street) -> None:
        """Give the laptop `outside`, and move the cables of `here`."""
        self.outside = outside
        self._street = here

    async def play(self, laptop: Laptop, frame: FramePresenter) -> None:
        """Move the cables after every change of the visits, until cancelled."""
        changed = asyncio.Event()
        unsubscribe = laptop.db.subscribe(lambda _topics: changed.set())
        try:
            while True:
                changed.clear()
                number, meter = await laptop.db.read(_under_way)
                plugged = self._street.plug(meter)
                frame.plugged(number if plugged else "")
                await changed.wait()
        finally:
            unsubscribe()


@asynccontextmanager
async def practice_window(day: Day) -> AsyncIterator[PracticeStreet]:
    """An office with the day published, a laptop that has it, and the street; all ended after.

    Raises:
        DemoFailed: a process did not do its part.
        PortGone: no pseudo-terminals on this machine.
    """
    async with AsyncExitStack() as stack:
        office = Office(day.folder / "office")
        stack.push_async_callback(office.stop)
        await morning(day, office)
        here = await stack.enter_async_context(street(day.clock))
        ports = {"p1": here.p1, "optical": here.optical}
        kept = msgspec.structs.replace(settings.load(day.laptop), ports=ports)
        settings.save(day.laptop, kept)
        yield PracticeStreet(Outside(day.clock, Tools(open_port)), here)


def _under_way(c: Transaction) -> tuple[str, str]:
    """Number and hanging electricity meter of the visit under way; empty where none is."""
    for stored in orders.held(c):
        if stored.progress.state in _AT_THE_DOOR:
            return stored.visit.number, _hanging(stored)
    return "", ""


def _hanging(stored: StoredVisit) -> str:
    meter = meter_now(stored.visit, stored.progress, Commodity.ELECTRICITY)
    return meter.number if meter else ""
