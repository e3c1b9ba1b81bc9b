"""Rows of a name and a value, and the cards made of them: registers, devices, identity.

In come pairs of words; out come rows that line up, numbers in figures of one width at the
right. Rule: rows are made anew only when their number changes, so that a telegram a second
does not flicker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from ui.views import theme
from ui.views.widgets import Card, ElidedLabel, Label, clear, column, line


@dataclass(frozen=True, slots=True)
class FactLine:
    """A name, the quiet word beside it, and a value in a tone."""

    name: str
    value: str
    beside: str = ""
    tone: str = ""


class _FactRow(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._name = Label("")
        self._beside = ElidedLabel("", "muted")
        self._value = Label("", "number")
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = line(self._name, space=theme.SPACE[1])
        row.addWidget(self._beside, 1)
        row.addWidget(self._value)
        self.setLayout(row)

    def show_line(self, fact: FactLine) -> None:
        self._name.say(fact.name)
        self._beside.say(fact.beside)
        self._value.say(fact.value, fact.tone)
        self.setAccessibleName(f"{fact.name} {fact.beside} {fact.value}".replace("  ", " "))


class FactList(QWidget):
    """Rows below each other."""

    def __init__(self, space: int = theme.SPACE[1]) -> None:
        super().__init__()
        self._rows: list[_FactRow] = []
        self._column = column(space=space)
        self.setLayout(self._column)

    def show_lines(self, lines: Sequence[FactLine]) -> None:
        """Show these."""
        if len(lines) != len(self._rows):
            clear(self._column)
            self._rows = [_FactRow() for _ in lines]
            for row in self._rows:
                self._column.addWidget(row)
        for row, fact in zip(self._rows, lines, strict=True):
            row.show_line(fact)
        self.setVisible(bool(lines))


class FactCard(Card):
    """A card of such rows."""

    def __init__(self, heading: str = "") -> None:
        super().__init__(heading)
        self.facts = FactList()
        self.body.addWidget(self.facts)

    def show_lines(self, heading: str, lines: Sequence[FactLine]) -> None:
        """Show these under that heading; without any the card goes."""
        self.say(heading)
        self.facts.show_lines(lines)
        self.setVisible(bool(lines))
