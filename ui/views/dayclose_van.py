"""What is in the van: each thing with how many there should be, and how many there are.

In come the counts of the day's end; out come the technician's own numbers, one tap more or one
fewer. Rule: what is not as it should be is said at once, with how many; without stock the card
says that none is kept.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.day_close import MOST, DayCloseState
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    SecondaryButton,
    Small,
    clear,
    column,
    line,
)

_NUMBER_PX = 56


class ItemRow(QWidget):
    """One kind of thing."""

    changed = Signal(str, int)

    def __init__(self, item: str) -> None:
        super().__init__()
        self.item = item
        self._number = 0
        self._name = Label("", "strong")
        self._note = Small("", wrap=True)
        self.count = Label("", "title")
        self.count.setFixedWidth(_NUMBER_PX)
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.fewer = SecondaryButton("", lambda: self._step(-1), icon="minus")
        self.more = SecondaryButton("", lambda: self._step(1), icon="plus")
        for button in (self.fewer, self.more):
            button.setFixedWidth(_NUMBER_PX)
        row = line(space=theme.SPACE[1])
        row.addLayout(column(self._name, self._note, space=0), 1)
        for part in (self.fewer, self.count, self.more):
            row.addWidget(part)
        self.setLayout(row)

    def show_count(self, words: Words, wanted: int, number: int) -> None:
        """Show how many there should be and are."""
        self._number = number
        name = words(f"dayclose.item_{self.item}")
        off = number - wanted
        key = "as_expected" if not off else "more" if off > 0 else "fewer"
        self._name.say(name)
        self._note.say(words(f"dayclose.{key}", count=abs(off), wanted=wanted))
        self.count.say(str(number))
        self.count.setAccessibleName(f"{name}: {number}")
        self.fewer.setAccessibleName(words("dayclose.one_fewer", what=name))
        self.more.setAccessibleName(words("dayclose.one_more", what=name))
        self.fewer.setEnabled(number > 0)
        self.more.setEnabled(number < MOST)

    def _step(self, by: int) -> None:
        self.changed.emit(self.item, self._number + by)


class VanCard(Card):
    """All of them."""

    changed = Signal(str, int)

    def __init__(self, words: Words) -> None:
        super().__init__(" ")
        self._words = words
        self.rows: dict[str, ItemRow] = {}
        self._calm = Muted("", wrap=True)
        self._list = column(space=theme.SPACE[2])
        self.body.addWidget(self._calm)
        self.body.addLayout(self._list)
        self.body.addStretch(1)

    def show_state(self, state: DayCloseState) -> None:
        """Show the counts; rows that stay keep their focus."""
        self.say(self._words("dayclose.van"))
        key = "van_hint" if state.expected else "van_none"
        self._calm.say(self._words(f"dayclose.{key}"))
        if list(self.rows) != list(state.expected):
            clear(self._list)
            self.rows = {item: ItemRow(item) for item in state.expected}
            for row in self.rows.values():
                row.changed.connect(self.changed)
                self._list.addWidget(row)
        for item, row in self.rows.items():
            row.show_count(self._words, state.expected[item], state.counted[item])
