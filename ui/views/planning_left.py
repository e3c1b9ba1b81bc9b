"""What visits left behind: three counts below the pool, and the lists that they open.

In come States; out go which list is looked at, and wishes. Rule: a question that is open stays
open while the office is asked again, and a list shows so many rows at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from ui.presenters.planning_inbox import Aside, Dispute
from ui.presenters.planning_left import Check, FollowUp, Left, Section
from ui.presenters.planning_state import PlanningState
from ui.views import planning_left_words, theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.planning_bars import Rule
from ui.views.planning_inbox_rows import InboxRow
from ui.views.planning_left_rows import LeftRow
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    Pill,
    QuietButton,
    Row,
    Scroll,
    Small,
    Tabs,
    clear,
    column,
    inset,
    line,
    spacer,
)

PAGE = 20
"""How many rows a list shows at a time."""

_COUNT_PX = theme.TARGET + theme.SPACE[3]
_TONES = {
    Section.CHECKS: "attention",
    Section.FOLLOW_UPS: "blocking",
    Section.INBOX: "attention",
}
_ICONS = {Section.CHECKS: "list-checks", Section.FOLLOW_UPS: "history", Section.INBOX: "inbox"}
Rows = tuple[Check | FollowUp | Dispute | Aside, ...]


class Counts(Card):
    """How much was left, always in view; give it States with `show_state`."""

    opened = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self.rows = [_Count(section, self.opened.emit) for section in Section]
        self.body.setSpacing(0)
        for row in self.rows:
            self.body.addWidget(row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_state(self, state: PlanningState) -> None:
        """Draw another State."""
        for row in self.rows:
            row.say(self._words, state.left)


class _Count(Row):
    def __init__(self, section: Section, opened: Callable[[Section], object]) -> None:
        super().__init__("", lambda: opened(section))
        self.section = section
        self._name, self._pressing = Label("", "strong"), Small("")
        self._count = Pill("")
        self.body.setContentsMargins(theme.SPACE[3], 0, theme.SPACE[2], 0)
        self.setFixedHeight(_COUNT_PX)
        self.body.setSpacing(theme.SPACE[2])
        self.body.addWidget(IconLabel(_ICONS[section], "muted"))
        told = column(spacer(), self._name, self._pressing, spacer(), space=0)
        self.body.addLayout(told, 1)
        self.body.addWidget(self._count)
        self.setProperty("last", "true" if section is Section.INBOX else "false")

    def say(self, words: Words, left: Left) -> None:
        """Show how many there are, and how many of these can't wait."""
        section, tone = self.section, _TONES[self.section]
        count, pressing = left.count(section), left.pressing(section)
        key = f"follow.{section}_pressing_{'one' if pressing == 1 else 'many'}"
        said = words(key, count=pressing) if pressing else ""
        self._name.say(words(f"follow.{section}"))
        self._pressing.say(said, tone)
        self._pressing.setVisible(bool(pressing))
        calm = "accent" if count else "neutral"
        self._count.say(str(count), tone if pressing else calm)
        name = planning_left_words.count_of(words, section, count)
        self.setAccessibleName(f"{name}, {said}" if pressing else name)


class Lists(Card):
    """The lists; give it States with `show_state`."""

    chosen = Signal(object, str)
    wished = Signal(object)
    looked = Signal(object)
    files_wished = Signal(str, str)
    closed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self._state: PlanningState | None = None
        self._shown: tuple[Rows, str] | None = None
        self._page = 0
        self._rows: list[LeftRow | InboxRow] = []
        self.tabs = Tabs([(section.value, "") for section in Section])
        self.tabs.chosen.connect(lambda code: self._choose(Section(code)))
        self._only = Muted("")
        self._all = QuietButton("", lambda: self._choose(self._section, ""))
        self._close = QuietButton("", self.closed.emit, icon="x")
        self._scroll = Scroll(0)
        self._pages = _Pages(words, self._turn)
        head = line(self.tabs, space=theme.SPACE[2])
        head.addStretch(1)
        for part in (self._only, self._all, self._close):
            head.addWidget(part)
        head.setContentsMargins(theme.SPACE[3], theme.SPACE[2], theme.SPACE[2], theme.SPACE[1])
        self.body.setSpacing(0)
        self.body.addLayout(head)
        self.body.addWidget(Rule())
        self.body.addWidget(self._scroll, 1)
        self.body.addWidget(self._pages)

    @property
    def _section(self) -> Section:
        return Section(self.tabs.code)

    def retell(self) -> None:
        """Say everything anew at the next State."""
        self._shown = None

    def back(self) -> bool:
        """Let a question go that is open."""
        for row in self._rows:
            if row.asking is not None:
                row.let_go()
                return True
        return False

    def show_state(self, state: PlanningState) -> None:
        """Draw another State."""
        if state.section is None:
            self._page, self._shown = 0, None
            return
        words, before = self._words, self._state
        left = state.left.of(state.section_visit)
        if before is None or before.section is not state.section:
            self._page = 0
        self._state = state
        self.tabs.say(
            [(s, planning_left_words.count_of(words, s, left.count(s))) for s in Section]
        )
        self.tabs.choose(state.section)
        for part in (self._only, self._all):
            part.setVisible(bool(state.section_visit))
        self._only.say(words("follow.only", number=_number(state)))
        self._all.say(words("follow.all"))
        self._close.setAccessibleName(words("follow.close"))
        self._close.setToolTip(words("follow.close"))
        self._show_rows(state, _rows_of(state, state.section))

    def _show_rows(self, state: PlanningState, rows: Rows) -> None:
        """Build them where they changed; else let them be touched again."""
        if self._shown != (rows, state.section_visit):
            self._shown = (rows, state.section_visit)
            self._fill(state, rows)
        elif not state.busy:
            for row in self._rows:
                row.setEnabled(True)
        for row in self._rows:
            if isinstance(row, InboxRow):
                row.show_opened(state.opened)

    def _choose(self, section: Section, visit: str | None = None) -> None:
        same = self._state.section_visit if self._state is not None else ""
        self.chosen.emit(section, same if visit is None else visit)

    def _turn(self, by: int) -> None:
        if self._state is None or self._shown is None:
            return
        self._page += by
        self._fill(self._state, self._shown[0])

    def _fill(self, state: PlanningState, rows: Rows) -> None:
        # one that is disabled has its answer under way
        asking = (row for row in self._rows if row.asking is not None and row.isEnabled())
        asked = next(asking, None)
        place = next((n for n, row in enumerate(self._rows) if _focused(row)), None)
        clear(self._scroll.body)
        last = max(0, (len(rows) - 1) // PAGE)
        self._page = min(max(self._page, 0), last)
        today = state.left.today or state.on
        shown = rows[self._page * PAGE : (self._page + 1) * PAGE]
        self._rows = [self._row(row, today, max(state.on, today)) for row in shown]
        for row in self._rows:
            row.wished.connect(self.wished)
            self._scroll.body.addWidget(row)
        if not rows:
            self._scroll.body.addWidget(self._nothing(state))
        self._scroll.body.addStretch(1)
        self._pages.show_page(self._page, last + 1, len(rows))
        self._look_there_again(asked, place)

    def _row(
        self, row: Check | FollowUp | Dispute | Aside, today: date, day: date
    ) -> LeftRow | InboxRow:
        if isinstance(row, Dispute | Aside):
            shown = InboxRow(self._words, row)
            shown.looked.connect(self.looked)
            shown.files_wished.connect(self.files_wished)
            return shown
        made = LeftRow(self._words, row, today)
        made.day = day
        return made

    def _look_there_again(self, asked: LeftRow | InboxRow | None, place: int | None) -> None:
        """Put the question and the focus back where they were."""
        if place is not None:
            near = self._rows[min(place, len(self._rows) - 1)].first() if self._rows else None
            (near or self._close).setFocus()
        for row in self._rows:
            if asked is not None and row.row.key == asked.row.key:
                row.ask_again(asked)

    def _nothing(self, state: PlanningState) -> QWidget:
        which = "of_visit" if state.section_visit else "none"
        empty = QWidget()
        text = Muted(self._words(f"follow.{state.section}_{which}"), wrap=True)
        empty.setLayout(inset(text, 20, theme.SPACE[2], 20, 0))
        return empty


class _Pages(QWidget):
    """Which part of a long list is shown, and the ways to the others."""

    def __init__(self, words: Words, turn: Callable[[int], object]) -> None:
        super().__init__()
        self._words = words
        self._before = QuietButton("", lambda: turn(-1), icon="chevron-left")
        self._after = QuietButton("", lambda: turn(1), icon="chevron-right")
        self._where = Muted("")
        row = line(space=theme.SPACE[1])
        row.addStretch(1)
        for part in (self._before, self._where, self._after):
            row.addWidget(part)
        row.addStretch(1)
        self.setLayout(row)

    def show_page(self, page: int, pages: int, rows: int) -> None:
        """Say where the list stands; a list of one page says nothing."""
        self.setVisible(pages > 1)
        first, last = page * PAGE + 1, min((page + 1) * PAGE, rows)
        self._where.say(self._words("follow.rows", first=first, last=last, count=rows))
        for button, key, able in (
            (self._before, "earlier_rows", page > 0),
            (self._after, "later_rows", page + 1 < pages),
        ):
            button.setAccessibleName(self._words(f"follow.{key}"))
            button.setToolTip(self._words(f"follow.{key}"))
            button.setEnabled(able)


def _rows_of(state: PlanningState, section: Section) -> Rows:
    """A list's rows; in the inbox the one that was decided last stays in sight."""
    rows = state.left.of(state.section_visit).rows(section)
    if section is Section.INBOX and state.decided is not None:
        return (state.decided, *rows)
    return rows


def _focused(row: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and row.isAncestorOf(focused)


def _number(state: PlanningState) -> str:
    left = state.left.of(state.section_visit)
    block = state.block(state.section_visit)
    rows: Rows = (*left.checks, *left.follow_ups, *left.inbox)
    return block.number if block is not None else next((row.number for row in rows), "")
