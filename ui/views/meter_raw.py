"""A telegram as it stood on the wire, each line with what it means.

In come octets; out come rows, and of the one that is looked at all that is known. Rule: every
line is shown, also one that is not understood; the last line says what checksum was received
and what the octets really give.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.telegram_lines import Line, LineKind, lines_of
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactLine, FactList
from ui.views.p1_words import dated, name_of, reason_of, value_of
from ui.views.table import Table, TableColumn, TableRow
from ui.views.widgets import Card, Label, Muted, line

_COLUMNS = (TableColumn(44, quiet=True), TableColumn(mono=True), TableColumn())
_TONES = {
    LineKind.DAMAGED: "attention",
    LineKind.NOISE: "attention",
}
_ASIDE = 340


class TelegramView(QWidget):
    """The lines, and the line that is looked at."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._raw = b""
        self._lines: tuple[Line, ...] = ()
        self.table = Table(_COLUMNS, chooses=True)
        self.aside = LineCard(words)
        self.aside.setFixedWidth(_ASIDE)
        left = Card(margin=theme.SPACE[2])
        left.body.addWidget(self.table)
        both = line(space=theme.SPACE[3])
        both.addWidget(left, 1)
        both.addWidget(self.aside)
        self.setLayout(both)
        self.table.looked_at.connect(self._look)

    def show_telegram(self, raw: bytes) -> None:
        """Show these octets; the line that is looked at stays chosen by its place."""
        words = self._words
        if raw != self._raw:
            self._raw, self._lines = raw, lines_of(raw)
        heads = ["", words("p1.head_wire"), words("p1.head_meaning")]
        rows = [self._row(at, one) for at, one in enumerate(self._lines)]
        self.table.show_table(words("p1.section_telegram"), heads, rows)
        at = self.table.currentIndex().row()
        self.aside.show_line(self._lines[at] if 0 <= at < len(self._lines) else None)

    def _row(self, at: int, one: Line) -> TableRow:
        tone = _TONES.get(one.kind, "") if one.kind is not LineKind.CHECKSUM else ""
        tone = "attention" if not one.holds else tone
        cells = (str(at + 1), one.text, meaning(self._words, one))
        return TableRow(cells, key=str(at), tone=tone)

    def _look(self, key: str) -> None:
        self.aside.show_line(self._lines[int(key)])


class LineCard(Card):
    """One line: its code, its name, its value, its time; or why there is none of these."""

    def __init__(self, words: Words) -> None:
        super().__init__(margin=theme.SPACE[3])
        self._words = words
        self._what = Label("", "lead", wrap=True)
        self._facts = FactList()
        self._why = Muted("", wrap=True)
        for part in (self._what, self._facts, self._why):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def show_line(self, one: Line | None) -> None:
        """Show this one; None asks to choose."""
        words = self._words
        self.say(words("p1.line_heading"))
        self._what.say(words("p1.line_choose") if one is None else meaning(words, one))
        self._facts.show_lines([] if one is None else facts_of(words, one))
        self._why.say("" if one is None else explanation(words, one))


def meaning(words: Words, one: Line) -> str:
    """What a line says, in one line."""
    if one.readings:
        values = ", ".join(value_of(words, reading) for reading in one.readings)
        return f"{name_of(words, one.readings[0].name)}: {values}"
    if one.kind is LineKind.BLANK:
        return ""
    if one.kind is LineKind.CHECKSUM:
        return words(f"p1.checksum_{one.reason}")
    return words(f"p1.line_{one.kind}")


def facts_of(words: Words, one: Line) -> list[FactLine]:
    """Code, value, unit and time; of the last line both checksums."""
    if one.kind is LineKind.CHECKSUM:
        none = words("meter.no_value")
        return [
            FactLine(words("p1.checksum_received"), one.received or none),
            FactLine(words("p1.checksum_computed"), one.computed),
        ]
    facts = [FactLine(words("p1.head_code"), one.code)] if one.code else []
    for reading in one.readings:
        facts.append(FactLine(words("p1.head_value"), value_of(words, reading)))
        if reading.unit:
            facts.append(FactLine(words("p1.head_unit"), reading.unit))
        if reading.time is not None:
            told = f"{dated(words, reading.time)}:{reading.time.second:02}"
            facts.append(FactLine(words("p1.head_time"), told))
    return facts


def explanation(words: Words, one: Line) -> str:
    """Why a line reads as it does."""
    if one.kind is LineKind.CHECKSUM:
        return words(f"p1.checksum_{one.reason}_why")
    if one.kind is LineKind.DAMAGED:
        return words("p1.line_damaged_why", reason=reason_of(words, one.reason))
    if one.kind in {LineKind.UNKNOWN, LineKind.NOISE, LineKind.HEADER}:
        return words(f"p1.line_{one.kind}_why")
    return ""
