"""Synchronisatie: the line to the office, and three columns: waiting, received, needs you.

In come States of the sync's presenter; out go its intents and the visits that are to be opened.
Rule: the page tells what the store and the office said, each item with its size, age, state and
reason; nothing is ever shown as sent before the office has it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton, QWidget

from fieldapp.domain.day_close import is_day
from ui.presenters.sync import SyncState
from ui.views import sync_words as told
from ui.views import theme
from ui.views.page import Context, Page
from ui.views.rescue_way import RescueWay
from ui.views.sync_column import Column, ListColumn
from ui.views.sync_held import HeldCard, marked
from ui.views.sync_line import SyncLine
from ui.views.sync_needs import Needs
from ui.views.sync_received import Received
from ui.views.widgets import SecondaryButton, column, line

_TICK_MS = 15_000


class SyncPage(Page):
    """What goes to the office and comes from it."""

    code = "sync"

    def __init__(self, context: Context) -> None:
        """Empty; `open` loads."""
        super().__init__(context)
        self._sync = context.desk.sync_presenter()
        self._ends: list[Callable[[], None]] = []
        self._held = context.desk.held_presenter()
        self.line = SyncLine(self.words)
        self.held = HeldCard(self.words)
        self.waiting = ListColumn("send", "done")
        self.received = Received(self.words)
        self.needs = Needs(self.words)
        self._needs_you = Column("circle-check", "done", self.needs)
        self.day_close = SecondaryButton("", lambda: context.go("dayclose", ""), icon="moon")
        self.rescue = RescueWay(self.day_close, context)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.redraw)
        columns = line(self.waiting, self.received, self._needs_you, space=theme.SPACE[3])
        for place in range(columns.count()):
            columns.setStretch(place, 1)
        whole = column(self.line, self.held, space=theme.SPACE[3])
        whole.addLayout(columns, 1)
        self.setLayout(whole)
        self._connect()
        self.redraw()

    @property
    def state(self) -> SyncState:
        """What is shown."""
        return self._sync.state

    def _connect(self) -> None:
        self.line.asked.connect(lambda: self.context.spawn(self._sync.sync(), "sync"))
        self.line.stopped.connect(self._sync.stop)
        self.held.let_go.connect(lambda: self.context.spawn(self._send_held(), "send held"))
        self.needs.resent.connect(self._resend)
        self.needs.chosen.connect(self._open_visit)
        for one in (self.waiting, self.received):
            one.chosen.connect(lambda key: self._open_visit(told.visit_of(key)))

    def headline(self) -> tuple[str, str]:
        """Synchronisatie, and what waits."""
        return self.words("sync.title"), told.summary(self.words, self.state)

    def tools(self) -> QWidget:
        """The ways to the rescue export and to the day's end."""
        return self.rescue

    def right_column(self) -> QWidget | None:
        """In a narrow window the receipt makes room for what waits and what needs a person."""
        return self.received

    def primary(self) -> QPushButton | None:
        """What Enter presses; while a sync runs there is nothing to press."""
        return None if self.line.button.isHidden() else self.line.button

    async def open(self) -> None:
        """Load, and keep up with store and line while it is looked at."""
        if not self._ends:
            self._ends.append(self._sync.subscribe(lambda _state: self.redraw()))
            self._ends.append(self._held.subscribe(lambda _state: self.redraw()))
        await self._sync.open()
        await self._held.open()
        self._timer.start()
        self.redraw()

    def leave(self) -> None:
        """Nobody looks: the ages stand still; a sync under way goes on."""
        self._timer.stop()
        self._sync.close()
        self._held.close()
        while self._ends:
            self._ends.pop()()

    def redraw(self) -> None:
        """Draw the State."""
        words, state, now = self.words, self.state, self._sync.now()
        self.line.show_state(state, now)
        self.held.show_state(self._held.state)
        self.day_close.say(words("dayclose.open"))
        self.rescue.redraw()
        to_send = state.to_send
        size = words.size(sum(entry.size for entry in to_send)) if to_send else ""
        held = self._held.state.files
        lines = [
            marked(words, held, entry, told.waiting_line(words, state, entry, now))
            for entry in to_send
        ]
        self.waiting.show_lines(words("sync.waiting"), lines, size)
        self.received.show_state(state, now)
        self.needs.show_entries(state.needs_you, now)
        self._needs_you.show_count(words("sync.needs_you"), len(state.needs_you), "")
        for one, name in (
            (self.waiting, "waiting"),
            (self.received, "received"),
            (self._needs_you, "needs"),
        ):
            one.calm.say(words(f"sync.{name}_none"), words(f"sync.{name}_none_text"))
        self.headline_changed.emit()

    async def _send_held(self) -> None:
        if await self._held.let_go():
            await self._sync.sync()

    def _resend(self, operation_ids: tuple[str, ...]) -> None:
        self.context.spawn(self._sync.resend(*operation_ids), "resend")

    def _open_visit(self, visit_id: str) -> None:
        if is_day(visit_id):
            self.context.go("dayclose", "")
        else:
            self.context.go("visit", visit_id)


def make(context: Context) -> Page:
    """The page of the sync."""
    return SyncPage(context)
