"""The foot of the work: back, skip, something else, and the one button that goes on.

In come words; out go presses. Rule: the primary button is always there and says what it will
do; where it can't yet, what lacks stands beside it, and pressing it leads there.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame

from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Label, PrimaryButton, QuietButton, SecondaryButton, column, line


class WorkBar(QFrame):
    """One line at the foot of the middle."""

    back = Signal()
    skip = Signal()
    more = Signal()
    go = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._back = SecondaryButton("", self.back.emit, icon="arrow-left")
        self._skip = QuietButton("", self.skip.emit)
        self._more = QuietButton("", self.more.emit)
        self.lacks = Label("", "muted")
        self.lacks.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.primary = PrimaryButton("", self.go.emit)
        row = line(self._back, self._skip, self._more, space=theme.SPACE[1])
        row.addStretch(1)
        row.addWidget(self.primary)
        self.setLayout(column(self.lacks, row, space=theme.SPACE[0]))
        self.redraw()

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self._back.say(self._words("visit.back"))
        self._skip.say(self._words("visit.skip"))
        self._more.say(self._words("visit.more"))

    def show_ways(self, *, skip: bool, more: bool, busy: bool) -> None:
        """Which of the quieter buttons are there, and whether something runs."""
        self._skip.setVisible(skip)
        self._more.setVisible(more)
        for button in (self._back, self._skip, self._more, self.primary):
            button.setEnabled(not busy)

    def show_primary(self, text: str, lacks: str, *, urgent: bool) -> None:
        """What the button will do, and what lacks before it can."""
        self.primary.setVisible(bool(text))
        self.primary.say(text)
        self.primary.setAccessibleDescription(lacks)
        self.lacks.say(lacks, "attention" if urgent and lacks else "")
