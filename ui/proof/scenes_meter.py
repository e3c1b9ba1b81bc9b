"""Scenes of meters: the customer port, the optical port, and the line itself.

In comes the stage; out come windows whose cables are in a practice meter. Rule: a session that
is to be seen under way has lost its meter meanwhile, so that it stands still for the picture.
"""

from __future__ import annotations

import asyncio
from functools import partial

from fieldapp.domain.preference import Preference, wanted_status
from hardware.simulators.hosting import host
from hardware.simulators.p1 import P1Meter, serve
from hardware.simulators.p1_wire import Wire
from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.proof.scene import Played, Quiet, Undo, ends, page_of, until
from ui.proof.stage import IN_HAND, Stage
from ui.views.diagnose import DiagnosePage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import OPTICAL, MeterPage
from ui.views.meter_optical import FRAMES
from ui.wiring import Laptop

_TELEGRAMS = 8
_BEGUN = 6
_ON_THE_BENCH = "E0044007382311627"


async def p1(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The customer port, a few telegrams in."""
    here.street.plug(IN_HAND)
    window = await page_of(here.technician, words, "meter")
    page = _meter(window)

    def heard() -> bool:
        page.live.start()  # once more where the last telegram was still of another meter
        return len(page.live.history) >= _TELEGRAMS

    await until(quiet, heard)

    async def stop() -> None:
        page.live.stop()
        await page.live.ended()

    return ends(window, stop)


async def optical_start(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The optical port before anything was read."""
    window, _page = await _optical(here.technician, words)
    return ends(window)


async def optical_under_way(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A session in its middle: steps done, the one that runs, and what is to come."""
    here.street.plug(IN_HAND)
    window, page = await _optical(here.technician, words)

    def lose(state: OpticalState) -> None:
        if len(state.done) >= _BEGUN:
            here.street.plug(_ON_THE_BENCH)

    forget = page.subscribe(lose)
    page.read_state()
    await until(quiet, lambda: len(page.state.done) >= _BEGUN)
    forget()
    return ends(window, _stop(page))


async def optical(here: Stage, words: Words, quiet: Quiet) -> Played:
    """All that the meter said."""
    here.street.plug(IN_HAND)
    window, page = await _optical(here.technician, words)
    page.read_state()
    await _ended(page, quiet)
    return ends(window)


async def optical_frames(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The frames of that session, one of them layer by layer."""
    here.street.plug(IN_HAND)
    window, page = await _optical(here.technician, words)
    page.read_state()
    await _ended(page, quiet)
    view = _meter(window).optical_view
    view.show_section(FRAMES)
    view.frames.redraw()
    view.frames.trace.table.selectRow(len(page.trace.state.rows) - 4)
    return ends(window)


async def optical_failed(here: Stage, words: Words, quiet: Quiet) -> Played:
    """Another meter answers than the visit's."""
    here.street.plug(_ON_THE_BENCH)
    window, page = await _optical(here.technician, words)
    page.read_state()
    await _ended(page, quiet)
    return ends(window)


async def preference(here: Stage, words: Words, quiet: Quiet) -> Played:
    """On the bench: the choice as it was, written the other way, and the proof."""
    here.street.plug(_ON_THE_BENCH)
    window, page = await _optical(here.workshop, words)
    page.read_preference()
    await _ended(page, quiet)
    on = page.state.value_now == wanted_status(Preference.ON)
    page.write_preference(Preference.OFF if on else Preference.ON)
    await _ended(page, quiet)
    return ends(window)


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
    here.street.plug(_ON_THE_BENCH)
    window = await page_of(here.workshop, words, "diagnose")
    page = window.page
    assert isinstance(page, DiagnosePage)
    page.diagnosis.select(source)
    page.diagnosis.find()
    await until(quiet, lambda: not page.diagnosis.state.busy)
    await quiet()
    page.trace.table.selectRow(max(0, len(page.diagnosis.state.rows) - 2))
    return ends(window)


async def _optical(laptop: Laptop, words: Words) -> tuple[MainWindow, OpticalPresenter]:
    window = await page_of(laptop, words, "meter")
    page = _meter(window)
    page.show_tab(OPTICAL)
    return window, page.optical


def _meter(window: MainWindow) -> MeterPage:
    page = window.page
    assert isinstance(page, MeterPage)
    return page


async def _ended(page: OpticalPresenter, quiet: Quiet) -> None:
    await until(quiet, lambda: not page.state.running)


def _stop(page: OpticalPresenter) -> Undo:
    async def stop() -> None:
        page.stop()
        await page.ended()

    return stop
