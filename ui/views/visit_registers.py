"""Registers as rows: what was there before, what is now, and what to think of it.

In come the rows of the page; out come numbers as on the display and a verdict in words. Rule:
the register's number leads, its tariff stands beside it, for low and normal changed places
between meter versions; implausible is said, never hidden and never refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from fieldapp.domain.work_order import Origin
from ui.presenters.visit_page import RegisterRow
from ui.views import theme
from ui.views.language import Words
from ui.views.visit_words import obis_number, register_name, unit_of
from ui.views.widgets import (
    Label,
    Muted,
    NumberField,
    Pill,
    QuietButton,
    Small,
    dress,
    line,
)

_ROW_PX, _FIELD_ROW_PX = 54, 66
_FIELD_PX = 164
_DIGITS = 14
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NAME, _BEFORE, _NOW, _DAY, _VERDICT = range(5)


class RegisterTable(QWidget):
    """One row a register; with `by_hand` the new value is a field to type in."""

    def __init__(self, words: Words, *, by_hand: bool = False) -> None:
        super().__init__()
        self._words = words
        self._by_hand = by_hand
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE[3])
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(_NAME, 1)
        self.setLayout(self._grid)
        self.fields: dict[str, NumberField] = {}

    def show_rows(self, rows: Sequence[RegisterRow]) -> None:
        """Show these; fields that are there stay as they are."""
        if self.fields:
            return
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        self._head(rows)
        for place, row in enumerate(rows):
            self._rule(2 * place + 1)
            self._row(2 * place + 2, row)

    def _head(self, rows: Sequence[RegisterRow]) -> None:
        names = {_NAME: "register", _BEFORE: "before", _NOW: "now"}
        if not self._by_hand:
            names |= {_DAY: "per_day", _VERDICT: "verdict"}
        days = {r.register.previous.taken_on for r in rows if r.register.previous}
        for at, name in names.items():
            text = self._words(f"visit.head_{name}")
            if at == _BEFORE and len(days) == 1:
                text = f"{text} ({self._words.day(days.pop())})"
            if at == _NOW and self._by_hand:
                text = f"{text} ({unit_of(rows[0].register.unit)})"
            side = _LEFT if at in {_NAME, _VERDICT} else _RIGHT
            self._grid.addWidget(Small(text), 0, at, side)

    def _rule(self, at: int) -> None:
        rule = QFrame()
        dress(rule, "rule")
        self._grid.addWidget(rule, at, 0, 1, self._grid.columnCount())

    def _row(self, at: int, row: RegisterRow) -> None:
        self._grid.setRowMinimumHeight(at, _FIELD_ROW_PX if self._by_hand else _ROW_PX)
        self._grid.addWidget(self._name(row), at, _NAME, _LEFT)
        previous = row.register.previous
        before = self._words.number(previous.value) if previous else self._words("visit.none")
        shown = Muted(before)
        if previous is not None and previous.origin is not Origin.MEASURED:
            shown.say(f"{before} *")
            shown.setToolTip(self._words(f"visit.origin_{previous.origin}"))
        self._grid.addWidget(shown, at, _BEFORE, _RIGHT)
        if self._by_hand:
            self._grid.addWidget(self._field(row), at, _NOW, _RIGHT)
            return
        self._grid.addWidget(self._now(row), at, _NOW, _RIGHT)
        none = self._words("visit.none")
        day = none if row.per_day is None else self._words.number(row.per_day)
        self._grid.addWidget(Label(day), at, _DAY, _RIGHT)
        self._grid.addWidget(self._verdict(row), at, _VERDICT, _LEFT)

    def _name(self, row: RegisterRow) -> QWidget:
        made = QWidget()
        number = Label(obis_number(row.register.obis), "strong")
        made.setLayout(line(number, Label(register_name(self._words, row.register))))
        return made

    def _now(self, row: RegisterRow) -> QWidget:
        taken = row.taken
        if taken is None:
            return Muted(self._words("visit.none"))
        number = Label(self._words.number(taken.value), "title")
        made = QWidget()
        unit = Small(unit_of(row.register.unit))
        parts = line(space=theme.SPACE[0])
        base = Qt.AlignmentFlag.AlignBaseline
        parts.addWidget(number, 0, base)
        parts.addWidget(unit, 0, base)
        made.setLayout(parts)
        return made

    def _field(self, row: RegisterRow) -> QWidget:
        label = self._words(
            "visit.field_register",
            obis=obis_number(row.register.obis),
            name=register_name(self._words, row.register),
        )
        field = NumberField(label, digits=_DIGITS)
        field.setFixedWidth(_FIELD_PX)
        self.fields[row.register.obis] = field
        return field

    def _verdict(self, row: RegisterRow) -> QWidget:
        if row.taken is None:
            return Pill(self._words("visit.verdict_open"), "neutral")
        if row.taken.doubt:
            doubt = self._words(f"visit.doubtful.{row.taken.doubt}")
            return Pill(doubt, "attention", "triangle-alert")
        if row.register.previous is None:
            return Pill(self._words("visit.verdict_first"), "done", "check")
        return Pill(self._words("visit.verdict_fits"), "done", "check")


class Doubts(QFrame):
    """What stands out among the readings, and what to do about it."""

    def __init__(self, words: Words, row: RegisterRow, note: QuietButton) -> None:
        super().__init__()
        number = obis_number(row.register.obis)
        doubt = row.taken.doubt if row.taken else ""
        what = words(
            "visit.doubt_what", obis=number, doubt=words.code("doubts", doubt) if doubt else ""
        )
        parts = line(space=theme.SPACE[2], margin=theme.SPACE[2])
        told = Label(f"{what} {words(f'visit.doubt.{doubt}')}", wrap=True)
        parts.addWidget(told, 1)
        parts.addWidget(note)
        self.setLayout(parts)
        dress(self, "banner", "attention")


def doubtful(rows: Sequence[RegisterRow]) -> list[RegisterRow]:
    """The rows whose reading is flagged."""
    return [row for row in rows if row.taken is not None and row.taken.doubt]
