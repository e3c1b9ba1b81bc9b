"""Dag afsluiten: the visits and what waits, what is in the van, and the office's receipt.

In come States of the day's end; out go the technician's count, a note, and the closing. Rule:
nothing keeps the day from being closed; the button says what will be left open.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QPushButton

from fieldapp.domain.status import VisitState
from ui.messages import Message
from ui.presenters.day_close import DayCloseState
from ui.presenters.day_rows import VisitRow
from ui.views import theme
from ui.views.dayclose_receipt import ReceiptCard
from ui.views.dayclose_van import VanCard
from ui.views.language import Words
from ui.views.page import Context, Page
from ui.views.widgets import (
    Card,
    Field,
    IconLabel,
    Label,
    Muted,
    PrimaryButton,
    Row,
    Scroll,
    SecondaryButton,
    Small,
    TextField,
    clear,
    column,
    line,
)

_SHOWN = 5


class VisitsCard(Card):
    """How many visits are in which state, those that are not through, and what waits."""

    def __init__(self, words: Words, opened: Callable[[str], None]) -> None:
        super().__init__(" ")
        self._words, self._opened = words, opened
        self._shown: tuple[object, ...] = ()
        self._states = column(space=theme.SPACE[0])
        self._undone = column(space=0)
        self._waits = Small("", wrap=True)
        self.body.addLayout(self._states)
        self.body.addLayout(self._undone)
        self.body.addSpacing(theme.SPACE[2])
        self.body.addWidget(self._waits)
        self.body.addStretch(1)

    def show_state(self, state: DayCloseState) -> None:
        """Show the day; what did not change keeps its focus."""
        words = self._words
        self.say(words("dayclose.visits"))
        waiting = {"operations": state.undelivered, "files": state.files_waiting}
        key = "waits" if any(waiting.values()) else "waits_none"
        made = words("dayclose.made", operations=state.operations, files=state.files)
        self._waits.say(f"{made} {words(f'dayclose.{key}', **waiting)}")
        now = (words.lang, tuple(state.states.items()), state.undone)
        if now == self._shown:
            return
        self._shown = now
        clear(self._states)
        clear(self._undone)
        for name in VisitState:
            if number := state.states.get(name, 0):
                text = f"{number} {words.code('states', name)}"
                self._states.addWidget(Label(text, "lead"))
        if not state.visits:
            self._states.addWidget(Muted(words("dayclose.visits_none"), wrap=True))
        for row in state.undone[:_SHOWN]:
            self._undone.addWidget(self._row(row))
        if len(state.undone) > _SHOWN:
            more = words("dayclose.undone_more", count=len(state.undone) - _SHOWN)
            self._undone.addWidget(Small(more))

    def _row(self, row: VisitRow) -> Row:
        words = self._words
        what = words("dayclose.undone", number=row.number)
        means = f"{words.window(*row.window)} · {row.street}, {row.place}"
        made = Row(f"{what}, {means}", lambda: self._opened(row.id))
        made.body.addWidget(IconLabel("triangle-alert", "attention"))
        made.body.addLayout(column(Label(what), Small(means, wrap=True), space=2), 1)
        return made


class DayClosePage(Page):
    """The end of the technician's day."""

    code = "dayclose"

    def __init__(self, context: Context) -> None:
        """Empty; `open` loads."""
        super().__init__(context)
        self._day = context.desk.day_close_presenter()
        self._unsubscribe: Callable[[], None] | None = None
        self._told: Message | None = None
        self.visits = VisitsCard(self.words, lambda visit: context.go("visit", visit))
        self.van = VanCard(self.words)
        self.receipt = ReceiptCard(self.words)
        self.note = TextField("")
        self._note = Field("", self.note)
        self.button = PrimaryButton("", self._close, icon="check")
        self.sync = SecondaryButton("", self._sync, icon="refresh-cw")
        self._build()
        self.van.changed.connect(self._count)
        self.note.textEdited.connect(self._write)
        self.redraw()

    @property
    def state(self) -> DayCloseState:
        """What is shown."""
        return self._day.state

    def _build(self) -> None:
        columns = line(space=theme.SPACE[3])
        for card in (self.visits, self.van, self.receipt):
            scroll = Scroll()
            scroll.body.addWidget(card, 1)
            columns.addWidget(scroll, 1)
        foot = line(self._note, space=theme.SPACE[3])
        foot.setStretch(0, 1)
        hands = line(self.sync, self.button, space=theme.SPACE[2])
        foot.addLayout(hands)
        whole = column(space=theme.SPACE[3])
        whole.addLayout(columns, 1)
        whole.addLayout(foot)
        self.setLayout(whole)

    def headline(self) -> tuple[str, str]:
        """Dag afsluiten, and which day."""
        return self.words("dayclose.title"), self.words.long_day(self.state.day)

    def primary(self) -> QPushButton | None:
        """What Enter presses."""
        return self.button

    def back(self) -> bool:
        """Esc goes to the day."""
        self.context.go("today", "")
        return True

    async def open(self) -> None:
        """Load, and keep up while it is looked at."""
        if self._unsubscribe is None:
            self._unsubscribe = self._day.subscribe(self._follow)
        await self._day.open()
        self.redraw()

    def leave(self) -> None:
        """Nobody looks."""
        self._day.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def redraw(self) -> None:
        """Draw the State."""
        words, state = self.words, self.state
        for card in (self.visits, self.van, self.receipt):
            card.show_state(state)
        self._note.say(words("dayclose.note"), words("dayclose.note_hint"))
        if not self.note.hasFocus():
            self.note.setText(state.note)
        self.button.say(_deed(words, state))
        self.button.setEnabled(not state.busy)
        self.sync.say(words("dayclose.syncing" if state.running else "dayclose.sync"))
        self.sync.setEnabled(not state.running)
        waits = state.closing is not None and not state.closing.confirmed
        self.sync.setVisible(waits)
        self.headline_changed.emit()

    def _follow(self, state: DayCloseState) -> None:
        """A new State: draw it, and say once what went wrong."""
        self.redraw()
        if state.problem is not None and state.problem != self._told:
            self.context.say(state.problem)
        self._told = state.problem

    def _close(self) -> None:
        self.context.spawn(self._end(), "close the day")

    async def _end(self) -> None:
        """Close it, and try at once to get the receipt."""
        if await self._day.close_day():
            await self._day.sync()

    def _sync(self) -> None:
        self.context.spawn(self._day.sync(), "receipt")

    def _count(self, item: str, number: int) -> None:
        self._day.set_counted(item, number)
        self.context.spawn(self._day.keep(), "count")

    def _write(self, text: str) -> None:
        self._day.set_note(text)
        self.context.spawn(self._day.keep(), "note")


def _deed(words: Words, state: DayCloseState) -> str:
    """What the button does: how often, and what it leaves open."""
    again = "again" if state.closing is not None else "close"
    undone = len(state.undone)
    if not undone:
        return words(f"dayclose.{again}")
    return words(f"dayclose.{again}_undone" + ("_one" if undone == 1 else ""), count=undone)


def make(context: Context) -> Page:
    """The page of the day's end."""
    return DayClosePage(context)
