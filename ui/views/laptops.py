"""Laptops: the dispatcher's page of what has not arrived yet, and when each was last heard of.

In come States of the laptops' presenter; out go its intents and the way to what has to be
reviewed. Rule: a picture that is not of now says of when it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from ui.presenters.laptops import LaptopRow, LaptopsPresenter, LaptopsState
from ui.views import laptops_words as told
from ui.views import theme
from ui.views.page import Context, Page
from ui.views.sync_column import Calm, ListColumn
from ui.views.widgets import (
    Banner,
    Card,
    Heading,
    Label,
    Muted,
    Pill,
    PrimaryButton,
    SecondaryButton,
    Small,
    Tabs,
    clear,
    column,
    line,
)

ALL, EXPECTED = "all", "waited_for"
_TICK_MS = 15_000
_EDGE = 20


@runtime_checkable
class Headquarters(Protocol):
    """Where the page gets its presenter."""

    def laptops_presenter(self) -> LaptopsPresenter:
        """The office's side of synchronising."""
        ...


def make(context: Context) -> Page:
    """The page, for `ui.views.pages`.

    Raises:
        TypeError: whoever opened the window has none.
    """
    if not isinstance(context.desk, Headquarters):
        raise TypeError("no laptops at this desk")
    return LaptopsPage(context, context.desk.laptops_presenter())


class LaptopsPage(Page):
    """The laptops at the left, the chosen one at the right."""

    code = "laptops"

    def __init__(self, context: Context, presenter: LaptopsPresenter) -> None:
        """Build it for a presenter that this page opens and closes."""
        super().__init__(context)
        self.presenter = presenter
        self.banner = Banner()
        self.banner.can_close(can=False)
        self.list = ListColumn("circle-check", "done")
        self.tabs = Tabs([(ALL, ""), (EXPECTED, "")])
        self.detail = Detail(context)
        self.again = SecondaryButton("", self._ask, icon="refresh-cw")
        self.signed_out = SignedOut(lambda: context.go("planning", ""))
        self._stack = QStackedWidget()
        self._unsubscribe: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.redraw)
        self._build()
        self.redraw()

    def _build(self) -> None:
        tabs = line(self.tabs)
        tabs.addStretch(1)
        tabs.setContentsMargins(_EDGE - theme.SPACE[1], 0, _EDGE, theme.SPACE[0])
        self.list.body.insertLayout(1, tabs)
        room = QWidget()
        both = line(self.list, self.detail, space=theme.SPACE[3])
        both.setStretch(0, 3)
        both.setStretch(1, 2)
        room.setLayout(both)
        self._stack.addWidget(room)
        self._stack.addWidget(self.signed_out)
        whole = column(self.banner, space=theme.SPACE[2])
        whole.addWidget(self._stack, 1)
        self.setLayout(whole)
        self.list.chosen.connect(self.presenter.select)
        self.tabs.chosen.connect(lambda code: self.presenter.show_only(only=code == EXPECTED))
        self.detail.review.clicked.connect(lambda _on: self.context.go("planning", ""))

    def headline(self) -> tuple[str, str]:
        """The page's name, and all laptops in one line."""
        return self.words("laptops.title"), told.summary(self.words, self.presenter.state)

    def tools(self) -> QWidget:
        """Ask again."""
        return self.again

    def right_column(self) -> QWidget | None:
        """In a narrow window the list has the room, until one is looked at."""
        return self.detail

    def primary(self) -> QPushButton | None:
        """The way to signing in, where nobody is."""
        return self.signed_out.way if self._stack.currentIndex() else None

    def back(self) -> bool:
        """Look at no laptop."""
        if not self.presenter.state.selected:
            return False
        self.presenter.select("")
        return True

    async def open(self) -> None:
        """Ask, and keep up while it is looked at."""
        if self._unsubscribe is None:
            self._unsubscribe = self.presenter.subscribe(lambda _state: self.redraw())
        await self.presenter.open()
        self._timer.start()

    def leave(self) -> None:
        """Nobody looks: ask no more."""
        self._timer.stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.context.spawn(self.presenter.rest(), "laptops")

    def redraw(self) -> None:
        """Draw the State."""
        words, state, now = self.words, self.presenter.state, self.presenter.now()
        self.again.say(words("laptops.again"))
        self.again.setEnabled(not state.busy)
        self._stack.setCurrentIndex(1 if state.signed_in is False else 0)
        self.signed_out.say(words)
        self.tabs.say([(code, words(f"laptops.{code}")) for code in (ALL, EXPECTED)])
        self.tabs.choose(EXPECTED if state.only else ALL)
        lines = [told.line(words, row, now) for row in state.shown]
        self.list.show_lines(words("laptops.list"), lines)
        empty = "none_waited_for" if state.rows else "empty"
        if state.told_at is None:
            empty = "asking" if state.problem is None else "untold"
        self.list.calm.say(words(f"laptops.{empty}"), words(f"laptops.{empty}_text"))
        self.detail.show_row(state.row, now)
        self._draw_banner(state)
        self.headline_changed.emit()

    def _draw_banner(self, state: LaptopsState) -> None:
        words = self.words
        self.banner.count("")
        if state.problem is None:
            self.banner.hide()
            return
        of = ""
        if state.told_at is not None:
            of = words("laptops.offline_text", moment=words.moment(state.told_at))
        if state.online is False:
            self.banner.say(words("laptops.offline"), of or state.problem.do)
        else:
            self.banner.say(state.problem.what, f"{state.problem.do} {of}".strip())

    def _ask(self) -> None:
        self.context.spawn(self.presenter.refresh(), "laptops")


class Detail(Card):
    """Everything about the chosen laptop."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self._name, self._who = Heading(""), Small("")
        self._pill = Pill()
        self._none = Muted("", wrap=True)
        self._facts = column(space=theme.SPACE[1])
        self.review = SecondaryButton("", None, icon="eye")
        head = line(column(self._name, self._who, space=2))
        head.addStretch(1)
        head.addWidget(self._pill)
        self.body.addLayout(head)
        self.body.addWidget(self._none)
        self.body.addLayout(self._facts)
        self.body.addSpacing(theme.SPACE[1])
        self.body.addWidget(self.review)
        self.body.addStretch(1)

    def show_row(self, row: LaptopRow | None, now: datetime) -> None:
        """Show this one, or that none is chosen."""
        words = self._words
        clear(self._facts)
        for part in (self._name, self._who, self._pill):
            part.setVisible(row is not None)
        self._none.setVisible(row is None)
        self._none.say(words("laptops.detail_none"))
        looked_at = row is not None and bool(row.set_aside or row.conflicts)
        self.review.setVisible(looked_at)
        self.review.say(words("laptops.to_inbox"))
        if row is None:
            return
        self._name.say(told.title(row))
        self._who.say(told.DOT.join(filter(None, (row.technician, row.device_name))))
        self._pill.say(*told.pill(words, row))
        for text in told.detail(words, row, now):
            self._facts.addWidget(Label(text, wrap=True))


class SignedOut(QWidget):
    """Nobody is signed in at the office: why nothing is shown, and the way there."""

    def __init__(self, go: Callable[[], object]) -> None:
        super().__init__()
        self._calm = Calm("user", "neutral")
        self.way = PrimaryButton("", go)
        row = line()
        row.addStretch(1)
        row.addWidget(self.way)
        row.addStretch(1)
        whole = column(space=theme.SPACE[2])
        whole.addWidget(self._calm, 2)
        whole.addLayout(row)
        whole.addStretch(1)
        self.setLayout(whole)

    def say(self, words: Callable[[str], str]) -> None:
        """Show it in these words."""
        self._calm.say(words("laptops.signed_out"), words("laptops.signed_out_text"))
        self.way.say(words("laptops.to_planning"))
