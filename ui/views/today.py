"""Vandaag: the next visit large, the others as rows, the route and what is missing beside it.

In come States of the day's presenter; out go its three intents and the visits that are to be
opened. Rule: one thing to do next, stated once; everything else is quiet until it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from ui.messages import Message
from ui.presenters.day import DayState, Picture
from ui.presenters.day_rows import VisitRow
from ui.views import theme
from ui.views import today_words as told
from ui.views.models.rows import RowLine
from ui.views.page import Context, Page
from ui.views.rows_view import Columns, RowsView
from ui.views.today_card import NextVisit
from ui.views.today_scene import Scene
from ui.views.today_side import ChangesCard, MissingCard, RouteCard
from ui.views.widgets import Card, Scroll, Small, column, inset, line

_TICK_MS = 30_000
_SIDE_SHARE, _MAIN_SHARE = 33, 67
_GAP = 20
_HIGH = 860
_ALL = 100
_COLUMNS = Columns(lead=100, detail=150, state=150)
_GOES = {"not_enrolled": "setup", "finished": "dayclose"}
"""Where a scene's button leads; the others lead to the sync."""


class _Section(QWidget):
    """A quiet heading and a list; gone while the list is empty."""

    def __init__(self) -> None:
        super().__init__()
        self._heading = Small("")
        self.list = RowsView("", _COLUMNS, whole=True)
        card = Card(margin=2)
        card.body.addWidget(self.list)
        head = inset(self._heading, theme.SPACE[0], 0, 0, 0)
        self.setLayout(column(head, card, space=theme.SPACE[0]))

    def show_lines(self, heading: str, lines: Sequence[RowLine]) -> None:
        """Show these rows."""
        self._heading.say(heading)
        self.list.setAccessibleName(heading)
        self.list.show_lines(lines)
        self.setVisible(bool(lines))


class TodayPage(Page):
    """The technician's day."""

    code = "today"

    def __init__(self, context: Context) -> None:
        """Empty; `open` brings the day."""
        super().__init__(context)
        self._day = context.desk.day_presenter()
        self._unsubscribe: Callable[[], None] | None = None
        self._told: Message | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self.changes = ChangesCard(self.words)
        self.card = NextVisit(self.words)
        self.scene = Scene()
        self.later = _Section()
        self.earlier = _Section()
        self.route = RouteCard(self.words)
        self.missing = MissingCard(self.words)
        self._build()
        self._connect()
        self.redraw()

    @property
    def state(self) -> DayState:
        """What is shown."""
        return self._day.state

    def _build(self) -> None:
        main = Scroll(theme.SPACE[2])
        for part in (self.changes, self.card, self.scene, self.later, self.earlier):
            main.body.addWidget(part, _ALL if part is self.scene else 0)
        main.body.addStretch(1)
        self._side = QWidget()
        beside = column(space=theme.SPACE[3])
        beside.addWidget(self.route, _ALL)
        beside.addWidget(self.missing)
        beside.addStretch(1)
        self._side.setLayout(beside)
        self._side.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._columns = line(space=_GAP)
        self._columns.addWidget(main, _MAIN_SHARE)
        self._columns.addWidget(self._side, _SIDE_SHARE)
        self.setLayout(self._columns)

    def _connect(self) -> None:
        self.changes.seen.connect(lambda: self._start(self._day.acknowledge(), "seen"))
        self.card.pressed.connect(lambda visit: self._start(self._go(visit), "day intent"))
        self.scene.pressed.connect(self._leave_scene)
        for chosen in (
            self.card.opened,
            self.later.list.chosen,
            self.earlier.list.chosen,
            self.missing.chosen,
            self.route.picture.chosen,
        ):
            chosen.connect(self._open_visit)

    def headline(self) -> tuple[str, str]:
        """Vandaag, and how far it is."""
        return self.words("today.title"), told.summary(self.words, self.state)

    def right_column(self) -> QWidget | None:
        """The route and what is missing."""
        return self._side

    def primary(self) -> QPushButton | None:
        """What Enter presses: the next visit's button, or that of the picture in its place."""
        return self.scene.button if self.card.isHidden() else self.card.button

    async def open(self) -> None:
        """Show today, whenever that is, and keep up while it is looked at."""
        if self._unsubscribe is None:
            self._unsubscribe = self._day.subscribe(self._follow)
        await self._day.open()
        await self._day.follow()
        self._timer.start()
        self.redraw()

    def leave(self) -> None:
        """Nobody looks: the ages stand still, and the store is asked no more."""
        self._timer.stop()
        self._day.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def tick(self) -> None:
        """Half a minute later: ages, and perhaps another day."""
        self._start(self._day.follow(), "follow the day")
        self.redraw()

    def redraw(self) -> None:
        """Draw the State."""
        state = self.state
        row = state.row(state.next)
        self.changes.show_day(state)
        self.card.setVisible(row is not None)
        if row is not None:
            self.card.show_visit(row, self._day.now())
        self._show_scene(row)
        words = self.words
        self.later.show_lines(words("today.later"), told.rows_after(words, state))
        self.earlier.show_lines(words("today.earlier"), told.rows_before(words, state))
        self._show_side(state)
        self.headline_changed.emit()

    def _show_side(self, state: DayState) -> None:
        """Route and gaps; a day without visits leaves their room to the picture."""
        is_day = state.picture is Picture.DAY
        self._columns.setStretch(1, _SIDE_SHARE if is_day else 0)
        self._columns.setSpacing(_GAP if is_day else 0)
        for part in (self.route, self.missing):
            part.setVisible(is_day)
            part.show_day(state)

    def _show_scene(self, row: VisitRow | None) -> None:
        """What stands there while there is no next visit."""
        self.scene.setVisible(row is None)
        if row is not None:
            return
        words, state = self.words, self.state
        scene = "finished" if state.picture is Picture.DAY else str(state.picture)
        waiting = sum(one.undelivered for one in state.visits)
        waits = "_waiting" if scene == "finished" and waiting else ""
        text = words(f"today.{scene}_text{waits}", day=words.long_day(state.on), count=waiting)
        button = words(f"today.{scene}_button")
        self.scene.show_scene(scene, words(f"today.{scene}_title"), text, button)
        contact = state.last_contact
        self.scene.foot(words("today.contact", moment=words.moment(contact)) if contact else "")

    def _follow(self, state: DayState) -> None:
        """A new State: draw it, and say once what went wrong."""
        self.redraw()
        if state.problem is not None and state.problem != self._told:
            self.context.say(state.problem)
        self._told = state.problem

    def _start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        self.context.spawn(work, name)

    async def _go(self, visit_id: str) -> None:
        if await self._day.go(visit_id):
            self._open_visit(visit_id)

    def _open_visit(self, visit_id: str) -> None:
        self.context.go("visit", visit_id)

    def _leave_scene(self) -> None:
        self.context.go(_GOES.get(self.scene.scene, "sync"), "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A high window lets the rows breathe."""
        super().resizeEvent(event)
        for section in (self.later, self.earlier):
            section.list.breathe(roomy=self.height() >= _HIGH)


def make(context: Context) -> Page:
    """The page of the day."""
    return TodayPage(context)
