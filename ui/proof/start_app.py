"""The program as its command starts it, watched: tells `frame` and `day`, and ends.

Takes the words that `fieldapp` takes. `frame` is told when the window was painted for the first
time, `day` when the next visit of a day that has visits was. Rule: nothing is left out and
nothing is loaded earlier than the command would.
"""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module

from PySide6.QtCore import QObject

from ui.proof.paints import PaintApp


def _meaning(painted: QObject) -> str:
    if _is(painted, "ui.views.curtain", "Curtain"):
        return "frame"
    if not _is(painted, "ui.views.today_card", "NextVisit"):
        return ""
    page: QObject | None = painted
    while page is not None and not _is(page, "ui.views.today", "TodayPage"):
        page = page.parent()
    state = getattr(page, "state", None)
    return "day" if state is not None and state.visits else ""


def _is(painted: QObject | None, room: str, kind: str) -> bool:
    """Whether this is of a class that may not be loaded yet."""
    known = sys.modules.get(room)
    return known is not None and isinstance(painted, getattr(known, kind))


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the command, watched."""
    command = import_module("ui.command")
    app = PaintApp(sys.argv[:1], _meaning, ("frame", "day"), _end)
    command.main()
    del app


if __name__ == "__main__":
    main()
