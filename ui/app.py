"""The window's program: from an empty process to a window on the screen, and back to nothing.

In comes a data folder and, for practice, a scenery; out comes the exit status. Rule: the
platform plugin is tried in a child first, because Qt aborts where it does not load; whatever
was opened is closed in the opposite order, also after a signal or a fault.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from fieldapp import settings
from fieldapp.errors import KeyUnavailable, StoreError
from fieldapp.settings import Settings
from ui.doorstep import Doorstep
from ui.messages import LANGUAGES
from ui.presenters.frame import FramePresenter
from ui.presenters.setup import SetupPresenter
from ui.scenery import Scenery
from ui.tasks import Tasks
from ui.views import theme
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.setup import SetupWindow
from ui.wiring import Laptop, is_laptop

NO_SCREEN = 3
"""The exit status where there is no screen to open a window on."""

_PROBE = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
_PROBE_S = 30.0
_FIRST_SIZE = (1366, 768)

Practice = Callable[[], AbstractAsyncContextManager[Scenery]]

_log = logging.getLogger(__name__)


class Probe:
    """A child that tries the platform plugin, while this process goes on loading."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        if sys.platform == "linux":
            quiet = subprocess.DEVNULL
            self._child = subprocess.Popen(
                [sys.executable, "-c", _PROBE], stdin=quiet, stdout=quiet, stderr=quiet
            )

    def has_screen(self) -> bool:
        """Whether a window can be opened; waits for the child."""
        if self._child is None:
            return True
        try:
            return self._child.wait(_PROBE_S) == 0
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            return False


def run(folder: Path, probe: Probe, practice: Practice | None = None) -> int:
    """Open the window on `folder` and stay until it is closed; returns the exit status.

    Args:
        folder: the laptop's data folder.
        probe: started by the caller as early as possible.
        practice: sets up a street for as long as the window is open; its errors pass.
    """
    if not probe.has_screen():
        return NO_SCREEN
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("fieldapp")
    qt.setQuitOnLastWindowClosed(False)
    with QEventLoop(qt) as loop:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_stay(folder, practice))
    return 0


async def _stay(folder: Path, practice: Practice | None) -> None:
    if practice is None:
        await App(folder).main()
        return
    async with practice() as scenery:
        await App(folder, scenery).main()


class App:
    """One run of the program with a window."""

    def __init__(self, folder: Path, scenery: Scenery | None = None) -> None:
        self._folder = folder
        self._scenery = scenery
        self._end = asyncio.Event()
        self.window: MainWindow | SetupWindow | None = None
        self.ready = asyncio.Event()

    def end(self) -> None:
        """Close everything and let `main` return."""
        self._end.set()

    async def main(self) -> None:
        """From the first look into the folder to the last thing closed."""
        kept = settings.load(self._folder)
        words = Words(kept.language or system_language())
        theme.wear(kept.theme)
        outside = self._scenery.outside if self._scenery else None
        door = Doorstep(self._folder, outside)
        with _Signals(self.end), _Faults() as faults:
            try:
                if await self._opened(door, words) and door.laptop is not None:
                    await self._work(door.laptop, words, faults)
            finally:
                await door.close()

    async def _opened(self, door: Doorstep, words: Words) -> bool:
        """Whether a laptop is open; asks at the door as long as it is not."""
        trouble: StoreError | None = None
        try:
            if is_laptop(self._folder) and await door.open():
                return True
        except KeyUnavailable as error:
            trouble = None if door.is_locked() else error
        except StoreError as error:
            trouble = error
        return await self._asked(door, words, trouble)

    async def _asked(self, door: Doorstep, words: Words, trouble: StoreError | None) -> bool:
        """Show the first questions until they are answered or the window is closed."""
        presenter = SetupPresenter(door, lambda: words.lang)
        tasks = Tasks(_log_fault)
        window = SetupWindow(presenter, words, tasks.spawn)
        answered: list[bool] = []
        window.done.connect(lambda: answered.append(True))
        window.done.connect(self._end.set)
        window.closing.connect(self._end.set)
        await presenter.open()
        if trouble is not None:
            presenter.fail(trouble)
        self._show(window, Settings())
        await self._end.wait()
        await tasks.close()
        window.closed_for_good()
        if answered:
            self._end.clear()
            await self._remember_language(door, words)
        return bool(answered)

    async def _remember_language(self, door: Doorstep, words: Words) -> None:
        if door.laptop is not None:
            await door.laptop.frame_presenter().set(language=words.lang)

    async def _work(self, laptop: Laptop, words: Words, faults: _Faults) -> None:
        """The day: until the window is closed."""
        laptop.lang = words.lang
        frame = laptop.frame_presenter()
        laptop.on_crash = faults.told = lambda fault: frame.crashed(fault, place_of(fault))
        window = MainWindow(laptop, frame, words, laptop.tasks.spawn)
        window.closing.connect(self._end.set)
        window.synchronise.connect(laptop.background.wake)
        self._show(window, laptop.settings)
        await window.start(laptop.settings.page)
        if frame.state.technician:
            laptop.tasks.spawn(laptop.background.run(), "sync by itself")
        if self._scenery is not None:
            laptop.tasks.spawn(self._scenery.play(laptop, frame), "practice street")
        self.ready.set()
        await self._end.wait()
        await self._leave(window, frame)

    async def _leave(self, window: MainWindow, frame: FramePresenter) -> None:
        await frame.set(window=window.place(), maximised=window.isMaximized())
        window.closed_for_good()

    def _show(self, window: MainWindow | SetupWindow, kept: Settings) -> None:
        self.window = window
        put_back(window, kept)


class _Signals:
    """Ends the program as the cross does, where the system lets it."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __enter__(self) -> None:
        self._each(lambda loop, number: loop.add_signal_handler(number, self._end))

    def __exit__(self, *args: object) -> None:
        self._each(lambda loop, number: loop.remove_signal_handler(number))

    def _each(self, do: Callable[[asyncio.AbstractEventLoop, int], object]) -> None:
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGINT):
                do(asyncio.get_running_loop(), number)


class _Faults:
    """Hears of every fault that no task or page caught: in Qt's slots and in the loop."""

    def __init__(self) -> None:
        self.told: Callable[[BaseException], None] = _log_fault
        self._before = sys.excepthook

    def __enter__(self) -> _Faults:
        sys.excepthook = self._in_a_slot
        asyncio.get_running_loop().set_exception_handler(self._in_the_loop)
        return self

    def __exit__(self, *args: object) -> None:
        sys.excepthook = self._before
        asyncio.get_running_loop().set_exception_handler(None)

    def _in_a_slot(
        self, kind: type[BaseException], fault: BaseException, trace: TracebackType | None
    ) -> None:
        del kind, trace
        _log_fault(fault)
        self.told(fault)

    def _in_the_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        del loop
        fault = context.get("exception")
        if isinstance(fault, BaseException):
            _log_fault(fault)
            self.told(fault)


def put_back(window: QWidget, kept: Settings) -> None:
    """Show the window where it was, if that is still on a screen."""
    wanted = QRect(*kept.window) if len(kept.window) == 4 else QRect()
    screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    if any(screen.intersects(wanted) for screen in screens):
        window.setGeometry(wanted)
    else:
        window.resize(*_FIRST_SIZE)
    small = bool(screens) and screens[0].width() <= _FIRST_SIZE[0]
    if kept.maximised or (small and not kept.window):
        window.showMaximized()
    else:
        window.show()


def place_of(fault: BaseException) -> str:
    """Where in the program a fault was met: `file:line` of its innermost frame, no data."""
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def system_language() -> str:
    """The system's language where this program speaks it, else the first."""
    from PySide6.QtCore import QLocale  # noqa: PLC0415 - only at the very first start

    code = QLocale.system().name().partition("_")[0]
    return code if code in LANGUAGES else LANGUAGES[0]


def _log_fault(fault: BaseException) -> None:
    """Its kind and place, never its data."""
    _log.error("fault: %s at %s", type(fault).__name__, place_of(fault))
