"""One row of what has to be reviewed: what it is, what it holds, and what can be decided.

In comes a row of the planner's inbox; out go `looked` (somebody wants to see what it holds) and
wishes. Rule: a customer's values stand here only once they were asked for; a field can be
decided again, and what can't be taken back is asked about first, with the way back where the
finger is.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from fieldapp.domain import asserted
from ui.presenters.planning_inbox import Aside, Dispute, Opened
from ui.presenters.planning_wishes import Decide, LeaveOut, MarkSeen, Take, Wish
from ui.views import planning_inbox_words as told
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import (
    ElidedLabel,
    Label,
    Pill,
    QuietButton,
    SecondaryButton,
    TextField,
    clear,
    column,
    dress,
    line,
)
from ui.views.widgets.buttons import Button

_EDGE = 20
_MOST = 500


class Asks(StrEnum):
    """What a row can ask for before it goes on."""

    MERGE = "merge"
    DROP = "drop"
    TAKE = "take"


class InboxRow(QFrame):
    """A conflict, or an operation that was set aside."""

    wished = Signal(object)
    looked = Signal(object)
    files_wished = Signal(str, str)

    def __init__(self, words: Words, row: Dispute | Aside) -> None:
        super().__init__()
        self.row = row
        self.asking: Asks | None = None
        self.opened: Opened | None = None
        self._words = words
        self._buttons_shown: list[Button] = []
        self.field = TextField("")
        self.field.setMaxLength(_MOST)
        self._hands = line(space=theme.SPACE[1])
        self._values = column(space=2)
        body = column(self._head(), self._values, self.field, space=theme.SPACE[1])
        body.setContentsMargins(_EDGE, theme.SPACE[1], _EDGE, theme.SPACE[1])
        self.setLayout(body)
        dress(self, "row")
        self._draw()

    def _head(self) -> QHBoxLayout:
        """What it is, where it stands, and the buttons."""
        words, row = self._words, self.row
        title, second = told.title(words, row), told.second_line(words, row)
        pill = told.pill(words, row)
        self.setAccessibleName(", ".join((title, second, pill[0])))
        head = line(space=theme.SPACE[3])
        says = (ElidedLabel(title, "strong"), ElidedLabel(second, "small"))
        head.addLayout(column(*says, space=2), 1)
        head.addWidget(Pill(*pill))
        head.addLayout(self._hands)
        return head

    def show_opened(self, opened: Opened | None) -> None:
        """Show what it holds, where `opened` is of this row; else hide it."""
        mine = opened if opened is not None and opened.key == self.row.key else None
        if mine == self.opened:
            return
        self.opened = mine
        if mine is None:
            self.asking = None
        self._draw()
        if mine is not None:
            self.first().setFocus()

    def ask(self, asks: Asks) -> None:
        """Ask for what it has to become, for the reason, or whether it is sure."""
        self.asking = asks
        self._draw()
        (self.first() if asks is Asks.TAKE else self.field).setFocus()

    def ask_again(self, before: object) -> None:
        """Put the question back that stood in the row that this one takes the place of."""
        if isinstance(before, InboxRow) and before.asking is not None:
            self.show_opened(before.opened)
            self.field.setText(before.field.text())
            self.ask(before.asking)

    def let_go(self) -> None:
        """Not now: the buttons come back."""
        self.asking = None
        self.field.clear()
        self._draw()
        self.first().setFocus()

    def first(self) -> QWidget:
        """Where the focus goes."""
        return self._buttons_shown[-1]

    def _draw(self) -> None:
        for layout in (self._hands, self._values):
            clear(layout)
        if self.opened is not None:
            for text in told.values(self._words, self.row, self.opened):
                self._values.addWidget(Label(text, wrap=True))
        asking = self.asking
        if asking is Asks.TAKE:
            self._values.addWidget(Label(self._words("inbox.take_means"), "strong", wrap=True))
        self.field.setVisible(asking in {Asks.MERGE, Asks.DROP})
        if asking is not None and self.field.isVisibleTo(self):
            self.field.setAccessibleName(self._words(f"inbox.{asking}_label"))
            self.field.setPlaceholderText(self._words(f"inbox.{asking}_label"))
        self._buttons_shown = self._buttons()
        for button in self._buttons_shown:
            self._hands.addWidget(button)

    def _buttons(self) -> list[Button]:
        row = self.row
        if self.asking is not None:
            sure = self._button(f"sure_{self.asking}", self._sure, icon="check")
            not_now = self._button("not_now", self.let_go, quiet=True)
            return [sure, not_now] if self.asking is Asks.TAKE else [not_now, sure]
        if isinstance(row, Dispute) and not row.field:
            return [self._wish("seen", MarkSeen(row.id, row.basis()), icon="check")]
        if self.opened is None:
            return [self._button("look", lambda: self.looked.emit(row), icon="eye")]
        if isinstance(row, Aside):
            drop = self._button("drop", lambda: self.ask(Asks.DROP), quiet=True)
            take = self._button("take", lambda: self.ask(Asks.TAKE))
            return [*self._to_files(), drop, take]
        basis = row.basis(self.opened.now)
        return [
            *self._to_files(),
            *self._merging(row),
            self._wish("keep_office", Decide(row.id, "office", basis)),
            self._wish("keep_field", Decide(row.id, "field", basis)),
        ]

    def _to_files(self) -> list[Button]:
        """The way to the visit's photos and signature, where the office knows the visit."""
        visit, number = self.row.visit, self.row.number
        if number == visit:
            return []
        show = partial(self.files_wished.emit, visit, number)
        return [self._button("files", show, icon="camera", quiet=True)]

    def _merging(self, row: Dispute) -> list[Button]:
        """Something else altogether; there is nothing between remote reading on and off."""
        if row.field == asserted.CHOICE:
            return []
        return [self._button("keep_merge", lambda: self.ask(Asks.MERGE), quiet=True)]

    def _wish(self, key: str, wish: Wish, *, icon: str = "") -> Button:
        return self._button(key, lambda: self._go(wish), icon=icon)

    def _button(
        self, key: str, act: Callable[[], object], *, icon: str = "", quiet: bool = False
    ) -> Button:
        kind = QuietButton if quiet else SecondaryButton
        made = kind(self._words(f"inbox.{key}"), act, icon=icon)
        about = told.title(self._words, self.row)
        name = self._words("inbox.about", what=made.text(), about=about)
        made.setAccessibleName(f"{name}, {self.row.number}")
        return made

    def _sure(self) -> None:
        row, text = self.row, self.field.text().strip()
        if isinstance(row, Dispute):
            now = self.opened.now if self.opened is not None else None
            self._go(Decide(row.id, "merge", row.basis(now), text))
        elif self.asking is Asks.TAKE:
            self._go(Take(row.id))
        elif text:
            self._go(LeaveOut(row.id, text))
        else:
            self.field.wrong(is_wrong=True)
            self.field.setFocus()

    def _go(self, wish: Wish) -> None:
        self.setEnabled(False)
        self.wished.emit(wish)
