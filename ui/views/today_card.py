"""The next visit, large: when, where, who, what to know, and one button.

In comes a row of the day; out come `pressed` (the button) and `opened` (the card itself), both
with the visit's id. Rule: one thing to do next, and its button says what it does.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from ui.presenters.day_rows import Deed, VisitRow
from ui.views import theme
from ui.views import today_words as told
from ui.views.language import Words
from ui.views.widgets import (
    Card,
    ElidedLabel,
    IconLabel,
    Label,
    Pill,
    PrimaryButton,
    clear,
    column,
    line,
)

_ICONS = {Deed.TRAVEL: "navigation", Deed.ARRIVE: "map-pin", Deed.GO_ON: "arrow-right"}
_BUTTON_WIDTH = 168


class NextVisit(Card):
    """The card of one visit."""

    pressed = Signal(str)
    opened = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__(tone="accent", margin=theme.SPACE[3])
        self._words = words
        self._row: VisitRow | None = None
        self._shown: tuple[told.Chip, ...] = ()
        self._noted: tuple[tuple[str, str, str], ...] = ()
        self._when = Label("", "muted")
        self._kind = Pill()
        self._where = ElidedLabel("", "hero")
        self._who = ElidedLabel("", "lead")
        self._notes = column(space=theme.SPACE[0])
        self._chips = line(space=theme.SPACE[1])
        self.button = PrimaryButton("", self._press)
        self.button.setMinimumWidth(_BUTTON_WIDTH)
        self._build()

    def _build(self) -> None:
        head = line(self._when)
        head.addStretch(1)
        head.addWidget(self._kind)
        left = column(self._who, self._notes, self._chips, space=theme.SPACE[2])
        left.addStretch(1)
        foot = line(space=theme.SPACE[4])
        foot.addLayout(left, 1)
        foot.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        for part in (head, foot):
            self.body.addLayout(part)
        self.body.insertWidget(1, self._where)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_visit(self, row: VisitRow, now: datetime) -> None:
        """Show this visit as it stands at `now`."""
        words, self._row = self._words, row
        where = told.where(row)
        late = told.is_late(row, now)
        self._when.say(told.when(words, row, now), "attention" if late else "")
        self._kind.say(told.kind(words, row), "accent")
        self._where.say(where)
        self._who.say(told.who(words, row))
        self._show_notes(row)
        self._show_chips(told.chips(words, row))
        self.button.say(words(f"today.deed_{row.deed}"), _ICONS.get(row.deed, ""))
        self.setAccessibleName(words("today.next_spoken", where=where))

    def _show_notes(self, row: VisitRow) -> None:
        notes = (
            (row.safety_note, "triangle-alert", "attention"),
            (row.access_note, "door-open", "attention"),
            (row.complaint, "wrench", "neutral"),
        )
        if notes == self._noted:
            return
        self._noted = notes
        clear(self._notes)
        for text, icon, tone in notes:
            if text:
                self._notes.addWidget(_note(text, icon, tone))

    def _show_chips(self, chips: tuple[told.Chip, ...]) -> None:
        if chips == self._shown:
            return
        self._shown = chips
        clear(self._chips)
        for chip in chips:
            self._chips.addWidget(Pill(chip.text, chip.tone, chip.icon))
        self._chips.addStretch(1)

    def _press(self) -> None:
        if self._row is not None:
            self.pressed.emit(self._row.id)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch on the card opens its visit."""
        if self._row is not None and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self._row.id)


def _note(text: str, icon: str, tone: str) -> QWidget:
    """A sentence of the office, whole, with its icon."""
    words = Label(text, tone=tone if tone != "neutral" else "", wrap=True)
    row = line(space=theme.SPACE[1])
    row.addWidget(IconLabel(icon, tone), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(words, 1)
    holder = QWidget()
    holder.setLayout(row)
    holder.setAccessibleName(text)
    return holder
