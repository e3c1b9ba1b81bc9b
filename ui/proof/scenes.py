"""The scenes: which page, in whose window, and what has happened on it.

In comes the stage; out comes a window that shows the scene, and how to end it. Rule: a scene
does what a person would do, through pages and presenters, and waits for the State that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from hardware.simulators.hosting import host
from hardware.simulators.p1 import P1Meter, serve
from hardware.simulators.p1_wire import Wire
from ui.doorstep import Doorstep
from ui.presenters.planning import PlanningPresenter
from ui.presenters.setup import SetupPresenter
from ui.proof import scenes_bench
from ui.proof.scene import Played, Quiet, Scene, ends, page_of, until
from ui.proof.stage import Stage
from ui.views.diagnose import DiagnosePage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage
from ui.views.planning import PlanningPage
from ui.views.setup import SetupWindow

_TELEGRAMS = 8


async def today(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The technician's day, one visit behind, one in hand."""
    return ends(await page_of(here.technician, words, "today"))


async def visit(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The visit in hand."""
    return ends(await page_of(here.technician, words, "visit", here.visit))


async def meter(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The customer port, a few telegrams in."""
    window = await page_of(here.technician, words, "meter")
    page = window.page
    assert isinstance(page, MeterPage)
    page.live.start()
    await until(quiet, lambda: len(page.live.history) >= _TELEGRAMS)

    async def stop() -> None:
        page.live.stop()
        await page.live.ended()

    return ends(window, stop)


async def sync(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """What waits and what was received."""
    return ends(await page_of(here.technician, words, "sync"))


async def settings(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The settings."""
    return ends(await page_of(here.technician, words, "settings"))


async def diagnose(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The workshop's ports."""
    return ends(await page_of(here.workshop, words, "diagnose"))


async def find(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A port of the workshop with a cable that does not invert, found out."""
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


async def planning(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board with a draft on it, a visit looked at."""
    window, presenter = await _board(here, words, quiet)
    pool = presenter.state.pool
    presenter.assign(pool[0].id, presenter.state.lanes[2].technician)
    presenter.select(presenter.state.pool[0].id)
    return ends(window, _clear(presenter))


async def publish(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What publishing changes for whom."""
    window, presenter = await _board(here, words, quiet)
    presenter.suggest()
    await presenter.ask_publish()
    return ends(window, _clear(presenter))


async def _board(
    here: Stage, words: Words, quiet: Quiet
) -> tuple[MainWindow, PlanningPresenter]:
    window = await page_of(here.dispatcher, words, "planning")
    page = window.page
    assert isinstance(page, PlanningPage)
    await until(quiet, lambda: page.presenter.state.at is not None)
    return window, page.presenter


def _clear(presenter: PlanningPresenter) -> Callable[[], Awaitable[None]]:
    async def clear() -> None:
        presenter.keep_draft()
        while presenter.state.can_undo:
            presenter.undo()
        await presenter.close()

    return clear


async def setup(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The first start of a free laptop."""
    folder = here.workshop.folder.with_name("free")
    doorstep = Doorstep(folder)
    tasks = here.workshop.tasks
    presenter = SetupPresenter(doorstep, lambda: words.lang)
    window = SetupWindow(presenter, words, tasks.spawn)

    async def end() -> None:
        window.closed_for_good()
        window.deleteLater()
        await doorstep.close()

    return Played(window, end)


SCENES = (
    Scene("today", today),
    Scene("visit", visit),
    Scene("meter", meter),
    *scenes_bench.SCENES,
    Scene("sync", sync),
    Scene("planning", planning),
    Scene("publish", publish),
    Scene("diagnose", diagnose),
    Scene("find", find),
    Scene("settings", settings),
    Scene("setup", setup),
)
