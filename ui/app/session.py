"""One session: from the first look into the data folder to the last thing closed.

In come the folder, the drawn window and, for practice, a scenery; nothing goes out. Rule:
whatever was opened is closed in the opposite order, also after a signal or a fault.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path

from fieldapp.errors import KeyUnavailable, StoreError, WorkerGone
from fieldapp.store.thumbnails import LARGEST
from fieldapp.work.tidying import keep_tidy
from ui.app.faults import Faults, Signals, log_fault, place_of
from ui.doorstep import Doorstep
from ui.presenters.frame import FramePresenter
from ui.presenters.setup import SetupPresenter
from ui.scenery import Scenery
from ui.tasks import Tasks
from ui.views.curtain import Curtain
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.pages import modules_of
from ui.views.setup import SetupWindow
from ui.wiring import Laptop, is_laptop
from ui.worker.beside import Beside

_AT_REST_S = 3.0
"""After the first page: a start is for the day's list alone."""

_BETWEEN_S = 0.02


class Session:
    """One run of the program with a window.

    Attributes:
        ready: set once the first page is there.
        content: what stands in the window now: the first questions, or the day.
    """

    def __init__(
        self, folder: Path, curtain: Curtain, words: Words, scenery: Scenery | None = None
    ) -> None:
        self._folder = folder
        self._curtain = curtain
        self._words = words
        self._scenery = scenery
        self._end = asyncio.Event()
        self.ready = asyncio.Event()
        self.content: MainWindow | SetupWindow | None = None
        curtain.closing.connect(self._end.set)

    def end(self) -> None:
        """Close everything and let `main` return."""
        self._end.set()

    async def main(self) -> None:
        """Until the window is closed."""
        door = Doorstep(self._folder, self._scenery.outside if self._scenery else None)
        with Signals(self.end), Faults() as faults:
            try:
                if await self._opened(door) and door.laptop is not None:
                    await self._work(door.laptop, faults)
            finally:
                await door.close()

    async def _opened(self, door: Doorstep) -> bool:
        """Whether a laptop is open; asks at the door as long as it is not."""
        trouble: StoreError | None = None
        try:
            if is_laptop(self._folder) and await door.open():
                return True
        except KeyUnavailable as error:
            trouble = None if door.is_locked() else error
        except StoreError as error:
            trouble = error
        return await self._asked(door, trouble)

    async def _asked(self, door: Doorstep, trouble: StoreError | None) -> bool:
        """Show the first questions until they are answered or the window is closed."""
        presenter = SetupPresenter(door, lambda: self._words.lang)
        tasks = Tasks(log_fault)
        answered: list[bool] = []
        content = SetupWindow(presenter, self._words, tasks.spawn)
        content.done.connect(lambda: answered.append(True))
        content.done.connect(self._end.set)
        await presenter.open()
        if trouble is not None:
            presenter.fail(trouble)
        self._show(content)
        self.ready.set()
        _leave_alone()
        await self._end.wait()
        await tasks.close()
        content.closed_for_good()
        if answered:
            self._end.clear()
            self.ready.clear()
        return bool(answered)

    async def _work(self, laptop: Laptop, faults: Faults) -> None:
        """The day: until the window is closed."""
        laptop.lang = self._words.lang
        laptop.tasks.worker = worker = Beside()
        laptop.engine.files.draw = partial(_thumbnail, worker)
        laptop.system_says_metered = _metered
        frame = laptop.frame_presenter()
        laptop.on_crash = faults.told = lambda fault: frame.crashed(fault, place_of(fault))
        content = MainWindow(laptop, frame, self._words, laptop.tasks.spawn)
        content.synchronise.connect(laptop.background.wake)
        content.covered.connect(self._curtain.fill_screen)
        self._curtain.may_close = content.may_close
        self._show(content)
        await frame.set(language=self._words.lang)
        await content.start(laptop.settings.page)
        if frame.state.technician:
            _keep_in_touch(laptop)
        laptop.tasks.spawn(keep_tidy(laptop.db, laptop.clock), "what is due to go")
        if self._scenery is not None:
            laptop.tasks.spawn(self._scenery.play(laptop, frame), "practice street")
        self.ready.set()
        _leave_alone()
        laptop.tasks.spawn(_warm_up(laptop, worker, content.codes), "warm up")
        await self._end.wait()
        await self._leave(content, frame)

    async def _leave(self, content: MainWindow, frame: FramePresenter) -> None:
        at = self._curtain
        await frame.set(window=at.place(), maximised=at.isMaximized())
        content.closed_for_good()

    def _show(self, content: MainWindow | SetupWindow) -> None:
        self.content = content
        self._curtain.show_content(content)


def _keep_in_touch(laptop: Laptop) -> None:
    """From now on sync by itself, listen to the office and heed the network."""
    laptop.tasks.spawn(laptop.background.run(), "sync by itself")
    laptop.tasks.spawn(laptop.listening.run(), "listen to the office")
    laptop.tasks.spawn(_heed_network(laptop), "heed the network")


async def _thumbnail(worker: Beside, photo: bytes) -> bytes:
    from ui.views.visit_pictures import tiny  # noqa: PLC0415 - long after the day

    return await worker.run(tiny, photo, LARGEST)


def _metered() -> bool:
    from ui.views.network import metered  # noqa: PLC0415 - only where something is to wait

    return metered()


async def _warm_up(laptop: Laptop, worker: Beside, codes: tuple[str, ...]) -> None:
    """Once the day's list is there and at rest: the other pages' rooms, and the worker."""
    await asyncio.sleep(_AT_REST_S)
    for module in (*modules_of(codes), "ui.meter_rooms"):
        import_module(module)
        await asyncio.sleep(_BETWEEN_S)
    with suppress(WorkerGone):  # it is started again when it is needed
        await worker.warm("ui.views.visit_barcodes")  # and photos with it
    from ui.views.network import when_free  # noqa: PLC0415 - see above

    when_free(laptop.background.wake)


async def _heed_network(laptop: Laptop) -> None:
    """Once the day's list is at rest: what the system says of the network, until the end."""
    await asyncio.sleep(_AT_REST_S)
    from ui.views.network import NetworkWatch  # noqa: PLC0415 - loads the network, after the day

    watch = NetworkWatch(laptop.network_back)
    try:
        await asyncio.Event().wait()
    finally:
        watch.close()


def _leave_alone() -> None:
    """The collector never walks again what the start made: that took 70 ms a time."""
    gc.freeze()
    gc.enable()
