"""The window at its busiest, measured: live P1, one optical session after another, and sync.

Takes a data folder, seconds and the two ports; tells `busy` with the figures. The visit in hand
stands at a practice meter. Rule: everything runs through the pages' presenters, in the program
as it is; only the counting is added.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qasync import QEventLoop

from fieldapp.clock import SystemClock
from fieldapp.domain.work_order import WorkKind
from fieldapp.work.tools import Tools
from hardware.serial_port import open_port
from ui.app.session import Session
from ui.presenters.frame import FramePresenter
from ui.presenters.optical import OpticalPresenter
from ui.proof.camera import shoot
from ui.proof.memory import resident_mb
from ui.proof.steps import MeasuredApp
from ui.proof.telling import end_within, name_tasks_after, tell
from ui.views import theme
from ui.views.curtain import Curtain
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage
from ui.views.visit_photo_box import PhotoBox
from ui.wiring import Laptop, Outside

_WARM_SHARE = 0.2
_PHOTO_EVERY_S = 0.5


@dataclass
class Scenery:
    """The practice ports, and nothing that moves."""

    outside: Outside

    async def play(self, laptop: Laptop, frame: FramePresenter) -> None:
        """The cables stay where they are."""
        del laptop, frame


@dataclass
class Done:
    """What was done meanwhile."""

    sessions: int = 0
    failed: int = 0
    syncs: int = 0
    sent: int = 0
    photos: int = 0
    trouble: str = ""


async def run(app: MeasuredApp, folder: Path, seconds: float) -> None:
    """Open the window, keep it busy, tell the figures, close it."""
    outside = Outside(SystemClock(), Tools(open_port))
    words = Words(strict=True)
    theme.wear("light")
    curtain = Curtain(words)
    curtain.put_back((), maximised=False)
    program = Session(folder, curtain, words, Scenery(outside))
    main = asyncio.create_task(program.main(), name="program")
    try:
        await first_page(program.ready, main)
        window = program.content
        if not isinstance(window, MainWindow) or not isinstance(window.context.desk, Laptop):
            raise TypeError("no laptop in the folder")
        await _busy(app, window, window.context.desk, seconds, Done())
    finally:
        program.end()
        await main
        curtain.close_for_good()


async def first_page(is_there: asyncio.Event, main: asyncio.Task[None]) -> None:
    """Wait for it; a program that ends before it is there is not waited for.

    Raises:
        RuntimeError: it ended.
    """
    ready = asyncio.create_task(is_there.wait(), name="first page")
    await asyncio.wait({ready, main}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        raise RuntimeError("the program ended before its first page") from main.exception()


async def _busy(
    app: MeasuredApp, window: MainWindow, laptop: Laptop, seconds: float, done: Done
) -> None:
    visit = await _stand_at_the_meter(laptop)
    await window.show_page("meter")
    page = window.page
    if not isinstance(page, MeterPage):
        raise TypeError("no page for meters")
    page.live.start()
    once = (asyncio.Event(), asyncio.Event())
    work = [
        asyncio.create_task(_sessions(page.optical, done, once[0])),
        asyncio.create_task(_photos_and_syncs(window, laptop, visit, done, once[1])),
    ]
    await asyncio.sleep(seconds * _WARM_SHARE)
    await _came_round(once, work)
    gc.collect()
    before = resident_mb()
    app.start()
    heard = page.live.state.health.telegrams
    await asyncio.sleep(seconds / 2)
    halfway = resident_mb()
    await asyncio.sleep(seconds / 2)
    steps = app.stop()
    await _ended(work)
    page.optical.stop()
    page.live.stop()
    gc.collect()
    after = resident_mb()
    telegrams = page.live.state.health.telegrams - heard
    tell(
        "busy",
        **steps.figures(),
        telegrams=telegrams,
        **vars(done),
        memory_mb=round(before, 1),
        memory_grown_mb=round(after - before, 1),
        memory_late_mb=round(after - halfway, 1),
    )


async def _came_round(once: Sequence[asyncio.Event], work: list[asyncio.Task[None]]) -> None:
    """Wait until all that is measured was done once, also on a slow machine, or failed."""
    for event in once:
        there = asyncio.create_task(event.wait())
        await asyncio.wait({there, *work}, return_when=asyncio.FIRST_COMPLETED)
        there.cancel()


async def _ended(work: list[asyncio.Task[None]]) -> None:
    """End it; what failed in it fails here."""
    for task in work:
        task.cancel()
    for ended in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _stand_at_the_meter(laptop: Laptop) -> str:
    """Accept, travel to and begin the day's first fault, whose purpose allows all of this."""
    day = laptop.day_presenter()
    await day.open()
    day.close()
    visit = next(row.id for row in day.state.visits if row.kind is WorkKind.FAULT)
    page = laptop.visit_presenter(visit)
    await page.open()
    for intent in (page.accept, page.travel, page.arrive):
        await intent()
    await page.answer_lmra(dict.fromkeys(page.state.lmra, "yes"))
    await page.start()
    page.close()
    return visit


async def _sessions(optical: OpticalPresenter, done: Done, once: asyncio.Event) -> None:
    while True:
        optical.read_state()
        await optical.ended()
        done.sessions += 1
        once.set()
        if optical.state.problem is not None:
            done.failed += 1
            done.trouble = optical.state.problem.detail
        await asyncio.sleep(0)


async def _photos_and_syncs(
    window: MainWindow, laptop: Laptop, visit: str, done: Done, once: asyncio.Event
) -> None:
    """Photos as the visit's page takes them, from a file through the worker; then a sync."""
    box = PhotoBox(window.context)
    box.show()
    file = laptop.folder / "camera.jpg"
    while True:
        await laptop.tasks.worker.run(shoot, str(file), done.photos)
        box.take(str(file))
        photo = await box.picture()
        if photo is None:
            raise ValueError("no photo")
        await laptop.visits.add_photo(visit, "", "front", photo)
        done.photos += 1
        report = await laptop.engine.sync_once()
        done.syncs += report.error is None
        done.sent += report.sent
        once.set()
        await asyncio.sleep(_PHOTO_EVERY_S)


def main() -> None:
    """Run until the time is over."""
    seconds = float(sys.argv[2])
    end_within(seconds)
    app = MeasuredApp(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    with QEventLoop(app) as loop:
        asyncio.set_event_loop(loop)
        name_tasks_after(loop, seconds)
        loop.run_until_complete(run(app, Path(sys.argv[1]), seconds))


if __name__ == "__main__":
    main()
