"""Answers to choose one from, large enough for a glove.

In come codes with their words; out comes the code that was chosen. Rule: nothing is chosen
beforehand unless it was chosen before; arrows and space work as a finger does.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QWidget

from ui.views import theme
from ui.views.widgets import Choice

_ICONS = {
    "yes": ("check", "circle-check"),
    "no": ("x", "circle-x"),
    "na": ("minus", "circle-dot"),
}
"""Of an answer, open and chosen; where all that may be answered have one."""

Option = tuple[str, str]
"""A code and its words."""


class Answer(Choice):
    """One answer: 56 px high, outdoors at least 15 mm of glass."""

    def __init__(
        self, text: str, icons: tuple[str, str] = ("", ""), least_px: int = theme.PRIMARY
    ) -> None:
        super().__init__(text, icon=icons[0], chosen=icons[1])
        self._least_px = least_px

    def sizeHint(self) -> QSize:
        """As wide as its words, as high as a glove asks."""
        tokens = theme.current()
        outdoors = theme.primary_height(tokens) if tokens.name == "outdoor" else 0
        return QSize(super().sizeHint().width(), max(self._least_px, outdoors))


class Options(QWidget):
    """Answers in one or more columns; `chosen` tells the code when it changes."""

    chosen = Signal(str)

    def __init__(
        self,
        options: Sequence[Option],
        code: str = "",
        *,
        across: int = 1,
        least_px: int = theme.PRIMARY,
    ) -> None:
        super().__init__()
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE[1])
        grid.setContentsMargins(0, 0, 0, 0)
        self.setLayout(grid)
        self._group = QButtonGroup(self)
        self._least_px = least_px
        self._buttons: dict[str, Answer] = {}
        self._icons = _ICONS if {one for one, _words in options} <= set(_ICONS) else {}
        for place, (one, words) in enumerate(options):
            self._add(one, words, chosen=one == code)
            grid.addWidget(self._buttons[one], place // across, place % across)

    @property
    def code(self) -> str:
        """The chosen code; empty while none is."""
        return next((code for code, b in self._buttons.items() if b.isChecked()), "")

    def choose(self, code: str) -> None:
        """Choose as a finger would."""
        self._buttons[code].click()

    def button(self, code: str) -> Answer:
        """The button of a code."""
        return self._buttons[code]

    def first(self) -> QWidget | None:
        """The chosen button, else the first."""
        buttons = list(self._buttons.values())
        return next((b for b in buttons if b.isChecked()), buttons[0] if buttons else None)

    def _add(self, code: str, words: str, *, chosen: bool) -> None:
        made = Answer(words, self._icons.get(code, ("", "")), self._least_px)
        made.setChecked(chosen)
        made.clicked.connect(lambda: self.chosen.emit(code))
        self._buttons[code] = made
        self._group.addButton(made)
