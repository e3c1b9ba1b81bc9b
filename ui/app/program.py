"""From an empty process to a window on the screen, and the exit status at the end.

In comes a data folder and, for practice, a street; out comes the status. Rule: the platform
plugin is tried in a child first, because Qt aborts where it does not load; the window is drawn
before the rest of the program is even imported.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from fieldapp import settings
from ui.views import theme
from ui.views.curtain import Curtain
from ui.views.language import Words, system_language

if TYPE_CHECKING:
    from ui.scenery import Scenery

    Practice = Callable[[], AbstractAsyncContextManager[Scenery]]

NO_SCREEN = 3
"""The exit status where there is no screen to open a window on."""

_PROBE_S = 30


class Probe:
    """A child that tries the platform plugin, because Qt aborts where it does not load.

    The child is a copy of this process, so nothing is loaded twice (10 ms in place of 130).
    Rule: it is made before any thread is.
    """

    def __init__(self) -> None:
        self._child = 0
        if sys.platform == "linux" and QApplication.instance() is None:
            self._child = os.fork() or _try_the_plugin()

    def has_screen(self) -> bool:
        """Whether a window can be opened; waits for the child."""
        if not self._child:
            return True
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        return status == 0


def _try_the_plugin() -> NoReturn:
    """In the child: open what Qt would open, say nothing, and end."""
    if sys.platform == "linux":
        signal.alarm(_PROBE_S)
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    QGuiApplication([])
    os._exit(0)


def run(folder: Path, probe: Probe, practice: Practice | None = None) -> int:
    """Open the window on `folder` and stay until it is closed; returns the exit status.

    Args:
        folder: the laptop's data folder.
        probe: started by the caller as early as possible.
        practice: sets up a street for as long as the window is open; its errors pass.
    """
    if not probe.has_screen():
        return NO_SCREEN
    gc.disable()  # a start makes things to keep; the session lets the collector go on
    existing = QApplication.instance()
    qt = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    qt.setApplicationName("fieldapp")
    qt.setQuitOnLastWindowClosed(False)
    with QEventLoop(qt) as loop:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(stay(qt, folder, practice))
    return 0


async def stay(qt: QApplication, folder: Path, practice: Practice | None = None) -> None:
    """Draw the window at once, load the program behind it, and run it until it is closed."""
    kept = settings.load(folder)
    words = Words(kept.language or system_language())
    theme.wear(kept.theme)
    hints = qt.styleHints()
    followed = hints.colorSchemeChanged.connect(lambda _scheme: theme.wear(theme.chosen()))
    curtain = Curtain(words)
    curtain.put_back(kept.window, maximised=kept.maximised)
    qt.processEvents()
    from ui.app.session import Session  # noqa: PLC0415 - most of the program, after the window

    try:
        if practice is None:
            await Session(folder, curtain, words).main()
        else:
            async with practice() as scenery:
                await Session(folder, curtain, words, scenery).main()
    finally:
        hints.colorSchemeChanged.disconnect(followed)
        curtain.close_for_good()
