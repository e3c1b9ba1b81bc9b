"""The customer view's first sheet: what was done so far, read, chosen and agreed.

In comes a `Report`; out come large rows. Rule: no finding is shown here, whatever it is about.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from fieldapp.domain.report import ReadingLine, Report
from ui.views import theme
from ui.views.document_customer import (
    agreement_line,
    check_lines,
    choice_rows,
    deed_line,
    how_read,
    reading_cells,
)
from ui.views.language import Words
from ui.views.widgets import Card, Label, Muted, Scroll, clear, column, line, spacer

_TOP = Qt.AlignmentFlag.AlignTop


class ToldSheet(Scroll):
    """Blocks below each other; one that says nothing is not there."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[object, ...] = ()
        self.setAccessibleName("customer-told")

    def show_report(self, report: Report) -> None:
        """Show what there is by now; while it is the same it stays where it was scrolled to."""
        if self._shown == (report, self._words.lang):
            return
        self._shown = (report, self._words.lang)
        words = self._words
        self.setAccessibleName(words("customer.tab_told"))
        clear(self.body)
        done = [(words.time(deed.at), deed_line(words, deed)) for deed in report.deeds]
        nothing = [("", words("customer.nothing_yet"))]
        agreed = [("", agreement_line(words, one)) for one in report.agreed]
        checks = [("", text) for text in check_lines(words, report)]
        self.body.addWidget(_card(words("documents.done"), done or nothing))
        if report.readings:
            self.body.addWidget(readings_card(words, report.readings))
        for name, rows in (
            ("choice", choice_rows(words, report)),
            ("agreed", agreed),
            ("checks", checks),
        ):
            if rows:
                self.body.addWidget(_card(words(f"documents.{name}"), rows))
        self.body.addWidget(spacer(), 1)


def _card(heading: str, rows: Sequence[tuple[str, str]]) -> Card:
    made = Card(heading)
    grid = _grid()
    for at, (name, value) in enumerate(rows):
        if name:
            grid.addWidget(Label(name, "muted"), at, 0, _TOP)
        grid.addWidget(Label(value, "lead", wrap=True), at, 1)
    grid.setColumnStretch(1, 1)
    made.body.addLayout(grid)
    return made


def readings_card(words: Words, readings: Sequence[ReadingLine]) -> Card:
    """The readings, the old meters' at the left, the new ones' at the right."""
    made = Card(words("documents.readings"))
    sides = line(space=theme.SPACE[5])
    for new in (False, True):
        lines = [one for one in readings if (one.moment == "start") is new]
        if lines:
            sides.addWidget(reading_rows(words, lines), 1)
        else:
            sides.addStretch(1)
    made.body.addLayout(sides)
    return made


def reading_rows(words: Words, readings: Sequence[ReadingLine]) -> QWidget:
    """One reading a row, below the meter that it is of."""
    made = QFrame()
    rows = column(space=theme.SPACE[1])
    before = ""
    for one in readings:
        head = words(f"documents.group_{one.moment}", meter=one.meter)
        if head != before:
            rows.addWidget(Label(head, "strong", wrap=True))
            rows.addWidget(Muted(how_read(words, one), wrap=True))
        before = head
        name, digits, _counts = reading_cells(words, one)
        row = line(Label(name, "lead"), Label(digits, "title"), space=theme.SPACE[3])
        row.setStretch(0, 1)
        rows.addLayout(row)
    rows.addStretch(1)
    made.setLayout(rows)
    return made


def _grid() -> QGridLayout:
    made = QGridLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setHorizontalSpacing(theme.SPACE[3])
    made.setVerticalSpacing(theme.SPACE[1])
    return made
