"""The program with a window, and an eye in it: says what is on the screen, and presses nothing.

Started with the words of `fieldapp`. Each line on standard input is a look; the answer is one
JSON line: the page, the visit's state, the primary button, and everything that can be touched
with its name and its place on the screen.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from PySide6.QtCore import QObject, QPoint, QSocketNotifier
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

import ui.command
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_signature import SignaturePad

SEEN = (QAbstractButton, QLineEdit, SignaturePad)


class Eye(QObject):
    """Looks when it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self._notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._asked)

    def _asked(self) -> None:
        if not os.read(0, 4096):
            self._notifier.setEnabled(False)
            return
        sys.stdout.write(json.dumps({"kind": "seen", **look()}) + "\n")
        sys.stdout.flush()


def look() -> dict[str, Any]:
    windows = [
        w for top in QApplication.topLevelWidgets() for w in top.findChildren(MainWindow)
    ]
    page = windows[0].page if windows else None
    work = page.work if isinstance(page, VisitView) else None
    primary = page.primary() if page is not None else None
    return {
        "page": page.code if page is not None else "",
        "state": str(work.page.state) if work is not None else "",
        "action": str(work.page.primary.action) if work and work.page.primary else "",
        "busy": work.busy if work is not None else False,
        "primary": _place(primary) if primary is not None and primary.isVisible() else None,
        "things": [
            _place(thing)
            for kind in SEEN
            for window in windows
            for thing in window.findChildren(kind)
            if not thing.visibleRegion().isEmpty()
        ],
    }


def _place(thing: QWidget) -> dict[str, Any]:
    middle: QPoint = thing.mapToGlobal(thing.visibleRegion().boundingRect().center())
    return {
        "name": thing.accessibleName(),
        "kind": type(thing).__name__,
        "x": middle.x(),
        "y": middle.y(),
        "wide": thing.width(),
        "enabled": thing.isEnabled(),
        "checked": isinstance(thing, QAbstractButton) and thing.isChecked(),
    }


if __name__ == "__main__":
    kept = (QApplication(sys.argv[:1]), Eye())
    ui.command.main()
    del kept
