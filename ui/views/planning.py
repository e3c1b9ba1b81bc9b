"""Planning: the dispatcher's page: pool, board, publishing, and what visits left behind.

In come States of the planning presenter; out go intents. Rule: a change is a draft until it is
published, publishing asks first, and everything that dragging can do has a button too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol, runtime_checkable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QWidget

from ui.presenters.planning import PlanningPresenter
from ui.presenters.planning_left import Section
from ui.presenters.planning_state import Notice, PlanningState
from ui.views import planning_words, sync_words, theme
from ui.views.page import Context, Page
from ui.views.planning_bars import DayBar, Rule, Tools
from ui.views.planning_board import Board
from ui.views.planning_detail import Detail
from ui.views.planning_files import FilesPanel
from ui.views.planning_left import Counts, Lists
from ui.views.planning_pool import Pool
from ui.views.planning_publish import Preview
from ui.views.planning_sign_in import SignIn
from ui.views.widgets import Banner, Card, Scroll, column, line

_TONES = {
    Notice.PUBLISHED: "done",
    Notice.SUGGESTED: "accent",
    Notice.PROVEN: "done",
    Notice.FOLLOWED: "done",
    Notice.DROPPED: "accent",
    Notice.DECIDED: "done",
    Notice.SEEN: "accent",
    Notice.TAKEN: "done",
    Notice.LEFT_OUT: "accent",
}
_COUNTED = frozenset({Notice.SUGGESTED})
_OF_WHAT_FOLLOWS = frozenset(
    {Notice.PROVEN, Notice.FOLLOWED, Notice.DROPPED, Notice.SETTLED, Notice.ERASED}
)
_OF_THE_INBOX = frozenset(
    {
        Notice.DECIDED,
        Notice.SEEN,
        Notice.TAKEN,
        Notice.LEFT_OUT,
        Notice.NOT_READY,
        Notice.CHANGED,
    }
)


@runtime_checkable
class Planner(Protocol):
    """Where the page gets its presenter."""

    def planning_presenter(self) -> PlanningPresenter:
        """The planner's page, not signed in yet."""
        ...


def make(context: Context) -> Page:
    """The page, for `ui.views.pages`.

    Raises:
        TypeError: whoever opened the window has no planner.
    """
    if not isinstance(context.desk, Planner):
        raise TypeError("no planner at this desk")
    return PlanningPage(context, context.desk.planning_presenter())


class PlanningPage(Page):
    """Pool at the left, board in the middle, the chosen visit below."""

    code = "planning"

    def __init__(self, context: Context, presenter: PlanningPresenter) -> None:
        """Build it for a presenter that this page opens and closes."""
        super().__init__(context)
        self.presenter = presenter
        self.sign_in = SignIn(self.words)
        self.pool = Pool(self.words)
        self.board = Board(self.words, presenter.fits)
        self.detail = Detail(self.words, presenter.fits)
        self.preview = Preview(self.words)
        self.counts, self.lists = Counts(self.words), Lists(self.words)
        self.files = FilesPanel(context)
        self.banner = Banner()
        self._tools = Tools(self)
        self._day = DayBar(self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.sign_in)
        self._stack.addWidget(self._day_room())
        self.setLayout(column(self._stack))
        self._connect()
        self.destroyed.connect(presenter.subscribe(self.draw))
        redraw = presenter.files.subscribe(lambda _state: self.draw(presenter.state))
        self.destroyed.connect(redraw)
        self.redraw()

    def headline(self) -> tuple[str, str]:
        """The page's name, and the day in one line."""
        return self.words("planning.title"), planning_words.summary(
            self.words, self.presenter.state
        )

    def tools(self) -> QWidget:
        """Undo, redo, suggest and publish."""
        return self._tools

    def redraw(self) -> None:
        """Say everything anew."""
        self.pool.retell(self.presenter.state)
        self.lists.retell()
        self.draw(self.presenter.state)

    async def open(self) -> None:
        """Look again, and keep up from now on."""
        await self.presenter.refresh()
        self.presenter.keep_up()

    def leave(self) -> None:
        """Nobody looks: ask no more."""
        self.presenter.rest()
        self.presenter.files.close()

    def primary(self) -> QPushButton | None:
        """Signing in, or asking what publishing changes; never publishing itself."""
        state = self.presenter.state
        if not state.signed_in:
            return self.sign_in.button
        asking = state.preview is not None or state.section is not None
        asking = asking or bool(self.presenter.files.state.visit)
        return None if asking else self._tools.publish

    def back(self) -> bool:
        """Leave the question, the list, or the visit that is looked at."""
        state, files = self.presenter.state, self.presenter.files
        if state.preview is not None:
            self.presenter.keep_draft()
        elif files.state.visit:
            (files.let_go if files.state.chosen else files.close)()
        elif state.section is not None:
            if self.lists.back():
                return True
            if state.opened is not None:
                self.presenter.close_row()
            else:
                self.presenter.list_left(None)
        elif state.selected:
            self.presenter.select("")
        else:
            return False
        return True

    def _day_room(self) -> QWidget:
        """Pool beside board, preview, or what visits left behind."""
        self._right = QStackedWidget()
        for part in (self._board_card(), self.preview, self.lists, self.files):
            self._right.addWidget(part)
        right = column(self.banner, space=theme.SPACE[2])
        right.addWidget(self._right, 1)
        room = QWidget()
        row = QHBoxLayout(room)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE[3])
        row.addLayout(column(self.pool, self.counts, space=theme.SPACE[2]))
        row.addLayout(right, 1)
        return room

    def _board_card(self) -> Card:
        card = Card(margin=0)
        card.body.setSpacing(0)
        head = line(self._day, space=0)
        head.addWidget(self.board.hours, 1)
        self.board.hours.setFixedHeight(self._day.height())
        scroll = Scroll(0)
        scroll.body.addWidget(self.board)
        scroll.body.addStretch(1)
        card.body.addLayout(head)
        for part, grows in ((Rule(), 0), (scroll, 1), (Rule(), 0), (self.detail, 0)):
            card.body.addWidget(part, grows)
        return card

    def _connect(self) -> None:
        page = self.presenter
        self.sign_in.wished.connect(self._sign_in)
        self.pool.picked.connect(self._pick)
        self.pool.filtered.connect(page.filter)
        self.pool.dragged.connect(self.board.drag_to)
        self.pool.dropped.connect(self.board.drop)
        self.pool.let_go.connect(self.board.let_go)
        self.board.picked.connect(page.select)
        self.board.dropped.connect(page.assign)
        self.detail.assigned.connect(page.assign)
        self.detail.shifted.connect(page.shift)
        self.detail.pooled.connect(page.unassign)
        self.detail.closed.connect(lambda: page.select(""))
        self.detail.settling.connect(self._settle_visit)
        self._connect_files(page)
        self._connect_left(page)
        self.preview.confirmed.connect(lambda: self._spawn(page.publish(), "publish"))
        self.preview.kept.connect(page.keep_draft)
        self.banner.dismissed.connect(lambda: page.select(page.state.selected))
        self.banner.pressed.connect(lambda: page.list_left(Section.INBOX))
        for keys, act in (
            (QKeySequence.StandardKey.Undo, page.undo),
            (QKeySequence.StandardKey.Redo, page.redo),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _connect_files(self, page: PlanningPresenter) -> None:
        """The files of the chosen visit."""
        for wishing in (self.detail, self.lists):
            wishing.files_wished.connect(self._show_files)
        self.files.chosen.connect(lambda key: self._spawn(page.files.look(key), "file"))
        self.files.again.connect(
            lambda: self._show_files(page.files.state.visit, page.files.state.number)
        )
        self.files.closed.connect(page.files.close)

    def _connect_left(self, page: PlanningPresenter) -> None:
        """The lists of what visits left behind."""
        self.counts.opened.connect(self._list)
        self.lists.chosen.connect(page.list_left)
        self.lists.looked.connect(lambda row: self._spawn(page.open_row(row), "look"))
        self.lists.closed.connect(lambda: page.list_left(None))
        self.lists.wished.connect(lambda wish: self._spawn(page.settle(wish), "settle"))

    def ask_publish(self) -> None:
        """Show what would change."""
        self._spawn(self.presenter.ask_publish(), "preview")

    def go_by_days(self, days: int) -> None:
        """Show an earlier or later day."""
        on = self.presenter.state.on + timedelta(days=days)
        self._spawn(self.presenter.show(on), "planning day")

    def sign_out(self) -> None:
        """Leave the office."""
        self._spawn(self.presenter.sign_out(), "sign out")

    def _sign_in(self, server: str, token: str) -> None:
        self.sign_in.forget()
        self._spawn(self.presenter.sign_in(server, token), "sign in")

    def _spawn(self, work: object, name: str) -> None:
        self.context.spawn(work, name)  # type: ignore[arg-type]  # coroutines of the presenter

    def _pick(self, visit: str) -> None:
        self.presenter.files.close()
        self.presenter.select(visit)

    def _list(self, section: Section) -> None:
        self.presenter.files.close()
        self.presenter.list_left(section)

    def _show_files(self, visit: str, number: str) -> None:
        self._spawn(self.presenter.files.open(visit, number), "files")

    def _settle_visit(self, visit: str) -> None:
        left = self.presenter.state.left.of(visit)
        section = next((one for one in Section if left.count(one)), Section.CHECKS)
        self.presenter.list_left(section, visit)

    def draw(self, state: PlanningState) -> None:
        """Draw a State."""
        self._stack.setCurrentIndex(1 if state.signed_in else 0)
        self._tools.show_state(state)
        if not state.signed_in:
            self.sign_in.show_state(state)
        else:
            self._draw_day(state)
        self.headline_changed.emit()

    def _draw_day(self, state: PlanningState) -> None:
        self._day.show_state(state)
        self.pool.show_state(state)
        self.board.show_state(state)
        self.detail.show_state(state)
        if state.preview is not None:
            self.preview.ask(state.preview, busy=state.busy)
        self.counts.show_state(state)
        self.lists.show_state(state)
        files = self.presenter.files.state
        self.files.show_state(files)
        listing = 0 if state.section is None else 2
        listing = 3 if files.visit else listing
        self._right.setCurrentIndex(listing if state.preview is None else 1)
        self._draw_banner(state)

    def _draw_banner(self, state: PlanningState) -> None:
        words = self.words
        self.banner.name_close(words("planning.close"))
        self.banner.count("")
        if state.online is False:
            self.banner.say(words("planning.offline"), words("planning.offline_more"))
        elif state.problem is not None:
            self.banner.say(state.problem.what, state.problem.do, tone="blocking")
        elif state.notice is not Notice.NONE:
            self._draw_notice(state)
        elif state.left.inbox and state.section is not Section.INBOX:
            count = len(state.left.inbox)
            what = words(f"inbox.waiting_{'one' if count == 1 else 'many'}", count=count)
            more = words("inbox.waiting_more")
            self.banner.say(what, more, action=words("planning.look"))
        else:
            self.banner.hide()

    def _draw_notice(self, state: PlanningState) -> None:
        words, about = self.words, state.notice_about
        room = "follow" if state.notice in _OF_WHAT_FOLLOWS else "planning"
        room = "inbox" if state.notice in _OF_THE_INBOX else room
        key = f"{room}.notice_{state.notice}"
        day = words.day(state.notice_on) if state.notice_on else ""
        what = words(key, about=about, day=day) if state.notice not in _COUNTED else ""
        if state.notice in _COUNTED:
            what = words(f"{key}_{'one' if about == '1' else 'many'}", about=about)
        tone = _TONES.get(state.notice, "attention")
        reason = sync_words.reason_of(words, about)
        self.banner.say(what, words(f"{key}_more", reason=reason), tone=tone)
