"""One row of what visits left behind: what it is, and how it is settled.

In comes a row of the planner's lists; out go wishes. Rule: nothing here can be taken back, so
the first tap asks, in the row itself, and the second one, beside it, does it.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from ui.presenters.planning_left import Check, FollowUp
from ui.presenters.planning_wishes import DropFollowUp, PlanFollowUp, Prove, Wish
from ui.views import planning_left_words, theme
from ui.views.language import Words
from ui.views.widgets import (
    ElidedLabel,
    Label,
    Pill,
    QuietButton,
    Row,
    SecondaryButton,
    Small,
    column,
    line,
)
from ui.views.widgets.buttons import Button

_DAY_PX = 96
_WEEK = 7


class Asks(StrEnum):
    """What a row can ask."""

    PROVE = "prove"
    PLAN = "plan"
    DROP = "drop"


class LeftRow(Row):
    """A check or a follow-up."""

    wished = Signal(object)

    def __init__(self, words: Words, row: Check | FollowUp, first: date) -> None:
        """Show `row`; `first` is the first day that it can be planned for."""
        self._title = planning_left_words.title(words, row)
        second = planning_left_words.second_line(words, row)
        pill = planning_left_words.pill(words, row)
        super().__init__(", ".join(filter(None, (self._title, second, pill[0]))))
        self.row = row
        self.asking: Asks | None = None
        self.day = first
        self._first, self._words = first, words
        self._pill = Pill(*pill)
        self._buttons = [self._button(asks) for asks in _ways(row)]
        self._question: QWidget | None = None
        told = (ElidedLabel(self._title, "strong"), ElidedLabel(second, "small"))
        self.body.addLayout(column(*told, space=2), 1)
        self.body.addWidget(self._pill)
        for button in self._buttons:
            self.body.addWidget(button)
        self.setMinimumHeight(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._rest()

    def first(self) -> QWidget:
        """Where the focus goes."""
        return self._buttons[-1]

    def ask(self, asks: Asks, day: date | None = None) -> None:
        """Put the question in place of the buttons."""
        self.let_go()
        self.asking, self.day = asks, max(day or self.day, self._first)
        self._question = _Question(self, self._words, asks)
        self.body.addWidget(self._question)
        self._rest()
        self._question.sure.setFocus()

    def ask_again(self, before: object) -> None:
        """Put the question back that stood in the row that this one takes the place of."""
        if isinstance(before, LeftRow) and before.asking is not None:
            self.ask(before.asking, before.day)

    def let_go(self) -> None:
        """Not now: the buttons come back."""
        if self._question is None:
            return
        self._question.hide()
        self._question.deleteLater()
        self._question, self.asking = None, None
        self._rest()
        self.first().setFocus()

    def go_by(self, days: int) -> date:
        """Another day to plan it for, never before the first."""
        self.day = max(self.day + timedelta(days=days), self._first)
        return self.day

    def do_it(self) -> None:
        """The second tap."""
        wish = self._wish()
        self.let_go()
        self.setEnabled(False)
        self.wished.emit(wish)

    def _wish(self) -> Wish:
        if isinstance(self.row, Check):
            return Prove(self.row.id, self.row.what)
        if self.asking is Asks.PLAN:
            return PlanFollowUp(self.row.id, self.day)
        return DropFollowUp(self.row.id)

    def _rest(self) -> None:
        free = self._question is None
        self._pill.setVisible(free and bool(self._pill.accessibleName()))
        for button in self._buttons:
            button.setVisible(free)

    def _button(self, asks: Asks) -> Button:
        kind = QuietButton if asks is Asks.DROP else SecondaryButton
        icon = {Asks.PROVE: "check", Asks.PLAN: "calendar"}.get(asks, "")
        made = kind(self._words(f"follow.{asks}"), lambda: self.ask(asks), icon=icon)
        name = self._words("follow.about", what=made.text(), about=self._title)
        made.setAccessibleName(f"{name}, {self.row.number}")
        return made


class _Question(QWidget):
    """What is going to be done, the way on and the way back."""

    def __init__(self, row: LeftRow, words: Words, asks: Asks) -> None:
        super().__init__()
        self._row, self._words = row, words
        self.sure = SecondaryButton(words(f"follow.{asks}_sure"), row.do_it, icon="check")
        parts = line(space=theme.SPACE[1])
        if asks is Asks.PLAN:
            self._add_days(parts)
        else:
            parts.addWidget(Small(words(f"follow.{asks}_means")))
        parts.addWidget(QuietButton(words("follow.not_now"), row.let_go))
        parts.addWidget(self.sure)
        self.setLayout(parts)

    def _add_days(self, parts: QHBoxLayout) -> None:
        words = self._words
        before = QuietButton("", lambda: self._go(-1), icon="chevron-left")
        after = QuietButton("", lambda: self._go(1), icon="chevron-right")
        week = QuietButton(words("follow.week_later"), lambda: self._go(_WEEK))
        self._day = Label("", "strong")
        self._day.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._day.setMinimumWidth(_DAY_PX)
        for button, key in ((before, "day_before"), (after, "day_after")):
            button.setFixedWidth(theme.TARGET)
            button.setAccessibleName(words(f"follow.{key}"))
            button.setToolTip(words(f"follow.{key}"))
        for part in (before, self._day, after, week):
            parts.addWidget(part)
        self._go(0)

    def _go(self, days: int) -> None:
        day = self._row.go_by(days)
        self._day.say(self._words.day(day))
        name = self._words("follow.plan_on", day=self._words.long_day(day))
        self.sure.setAccessibleName(name)


def _ways(row: Check | FollowUp) -> tuple[Asks, ...]:
    return (Asks.PROVE,) if isinstance(row, Check) else (Asks.DROP, Asks.PLAN)
