"""The program as its command starts it, watched: tells `frame` and `day`, and ends.

Takes the words that `fieldapp` takes. `frame` is told when the window was painted for the first
time, `day` when the day's list was, with visits in it, and the loop is free to take a click.
Rule: nothing is left out and nothing is loaded earlier than the command would.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from ui.proof.telling import tell


class Watch(QObject):
    """Sees every event of the application until the day is there."""

    def __init__(self) -> None:
        super().__init__()
        self._framed = False
        self._done = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at paints only."""
        if event.type() is not QEvent.Type.Paint or self._done:
            return False
        if not self._framed and _is(watched, "ui.views.curtain", "Curtain"):
            self._framed = True
            QTimer.singleShot(0, lambda: tell("frame"))
        if self._framed and _is_day(watched):
            self._done = True
            QTimer.singleShot(0, _tell_day)
        return False


def _is_day(watched: QObject) -> bool:
    """Whether this is the next visit's card of a day that has visits."""
    if not _is(watched, "ui.views.today_card", "NextVisit"):
        return False
    page: QObject | None = watched
    while page is not None and not _is(page, "ui.views.today", "TodayPage"):
        page = page.parent()
    state = getattr(page, "state", None)
    return state is not None and bool(state.visits)


def _is(watched: QObject, room: str, kind: str) -> bool:
    """Whether this is of a class that may not be loaded yet."""
    known = sys.modules.get(room)
    return known is not None and isinstance(watched, getattr(known, kind))


def _tell_day() -> None:
    tell("day")
    QTimer.singleShot(0, lambda: os.kill(os.getpid(), signal.SIGTERM))


def main() -> None:
    """Run the command, watched."""
    command = import_module("ui.cli.main")
    app = QApplication(sys.argv[:1])
    watch = Watch()
    app.installEventFilter(watch)
    command.main()


if __name__ == "__main__":
    main()
