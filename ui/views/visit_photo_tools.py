"""What can be done with a photo before it is saved, as a row of buttons.

Out come intents. Rule: what is left open says so, since a face that was framed and not wiped is
still there.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.views.language import Words
from ui.views.visit_pictures import How
from ui.views.widgets import QuietButton, SecondaryButton, line


class PhotoTools(QWidget):
    """Turn, crop, make unreadable; back and forth; ready."""

    asked = Signal(object)
    """A `How`."""

    undone = Signal()
    redone = Signal()
    ready = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.wipe = SecondaryButton(words("visit.photo_wipe"), self._ask(How.WIPE))
        self.crop = SecondaryButton(words("visit.photo_crop"), self._ask(How.CROP))
        self.turn = _icon(words("visit.photo_turn"), self._ask(How.TURN), "rotate-ccw")
        self.undo = _icon(words("visit.photo_undo"), self.undone.emit, "undo-2")
        self.redo = _icon(words("visit.photo_redo"), self.redone.emit, "redo-2")
        self.end = SecondaryButton(words("visit.photo_ready"), self.ready.emit, icon="check")
        row = line(self.wipe, self.crop, self.turn, self.undo, self.redo)
        row.addStretch(1)
        row.addWidget(self.end)
        self.setLayout(row)

    def show_state(self, *, idle: bool, undoes: bool, redoes: bool) -> None:
        """What can be pressed now."""
        for tool in (self.wipe, self.crop, self.turn, self.end):
            tool.setEnabled(idle)
        self.undo.setEnabled(idle and undoes)
        self.redo.setEnabled(idle and redoes)

    def _ask(self, how: How) -> Callable[[], None]:
        return lambda: self.asked.emit(how)


def _icon(name: str, on_click: Callable[[], object], icon: str) -> QuietButton:
    made = QuietButton("", on_click, icon=icon)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made
