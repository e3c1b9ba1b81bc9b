"""Scenes of the customer port and of the line itself.

In comes the stage; out come windows whose cables are in a practice meter. Rule: what was heard
stands still for the picture.
"""

from __future__ import annotations

import asyncio
from functools import partial

from hardware.simulators.hosting import host
from hardware.simulators.p1 import P1Meter, serve
from hardware.simulators.p1_wire import Wire
from ui.proof.scene import Played, Quiet, ends, page_of, until
from ui.proof.stage import IN_HAND, Stage
from ui.proof.stage_bench import ON_THE_BENCH
from ui.views.diagnose import DiagnosePage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage

_TELEGRAMS = 8


async def p1(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The customer port, a few telegrams in."""
    here.street.plug(IN_HAND)
    window = await page_of(here.technician, words, "meter")
    page = meter_of(window)

    def heard() -> bool:
        page.live.start()  # once more where the last telegram was still of another meter
        return len(page.live.history) >= _TELEGRAMS

    await until(quiet, heard)

    async def stop() -> None:
        page.live.stop()
        await page.live.ended()

    return ends(window, stop)


async def diagnose(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The workshop's ports, none looked at yet."""
    return ends(await page_of(here.workshop, words, "diagnose"))


async def diagnose_p1(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What is on the customer port, and its telegrams as they come."""
    return await _found(here, words, quiet, here.street.p1)


async def diagnose_inverted(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A port with a cable that does not invert, found out."""
    window = await page_of(here.workshop, words, "diagnose")
    page = window.page
    assert isinstance(page, DiagnosePage)
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    clock, wire = here.workshop.clock.now, Wire.of(115200, {"inverted"})
    meter = partial(serve, source=P1Meter(), interval_s=0.2, clock=clock, wire=wire)
    hosting = asyncio.create_task(host(meter, listen="127.0.0.1:0", on_ready=ready.set_result))
    await page.diagnosis.add(await ready)
    page.diagnosis.find()
    await until(quiet, lambda: not page.diagnosis.state.busy)

    async def stop() -> None:
        hosting.cancel()
        await asyncio.wait({hosting})

    return ends(window, stop)


async def diagnose_optical(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What answers on the optical port, and a message layer by layer."""
    return await _found(here, words, quiet, here.street.optical)


async def _found(here: Stage, words: Words, quiet: Quiet, source: str) -> Played:
    here.street.plug(ON_THE_BENCH)
    window = await page_of(here.workshop, words, "diagnose")
    page = window.page
    assert isinstance(page, DiagnosePage)
    page.diagnosis.select(source)
    page.diagnosis.find()
    await until(quiet, lambda: not page.diagnosis.state.busy)
    await quiet()
    page.trace.table.selectRow(max(0, len(page.diagnosis.state.rows) - 2))
    return ends(window)


def meter_of(window: MainWindow) -> MeterPage:
    """The page that the window shows."""
    page = window.page
    assert isinstance(page, MeterPage)
    return page
