"""The pool: what nobody has yet, by kind of work, to be picked or dragged onto the board.

In come States; out go the visit that was picked, the kind that is looked at, and drags.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from fieldapp.domain.work_order import WorkKind
from ui.presenters.planning_state import Block, PlanningState
from ui.views import planning_left_words, planning_words, theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.planning_block import Grip
from ui.views.widgets import (
    Card,
    ElidedLabel,
    Heading,
    Muted,
    Pill,
    Row,
    Scroll,
    Select,
    clear,
    column,
    inset,
    line,
)

WIDTH_PX = 280
_ICON = 16


class PoolRow(Row):
    """A visit in the pool."""

    def __init__(self, block: Block, words: Words, on_pick: Callable[[str], object]) -> None:
        given_up = planning_left_words.given_up_by(words, block)
        name = ", ".join(filter(None, (planning_words.block_name(words, block), given_up)))
        super().__init__(name, lambda: on_pick(block.id))
        self.block = block
        self.chosen = False
        self.grip = Grip(self, block.id)
        time = Pill(words.window(*block.window), "neutral", "clock")
        pills = line(time, space=theme.SPACE[0])
        if block.moved:
            pills.addWidget(Pill(words("planning.draft"), "accent"))
        if given_up:
            pills.addWidget(Pill(words.code("states", block.state), "attention"))
        pills.addStretch(1)
        words_of = column(
            ElidedLabel(planning_words.kind(words, block), "strong"),
            ElidedLabel(planning_words.where(words, block)),
            pills,
            space=theme.SPACE[0],
        )
        if given_up:
            who = line(IconLabel("users", "attention", _ICON), space=theme.SPACE[0])
            key = "follow.begun_by" if block.handed_over else "follow.from"
            said = words(key, name=block.refused_by)
            who.addWidget(ElidedLabel(said, "small", tone="attention"), 1)
            words_of.addLayout(who)
        self.body.setContentsMargins(
            theme.SPACE[3], theme.SPACE[2], theme.SPACE[2], theme.SPACE[2]
        )
        self.body.addLayout(words_of, 1)
        self.setMinimumHeight(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chosen one has a tinted ground and a bar."""
        if self.chosen:
            now = theme.current()
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(now.accent_soft))
            painter.fillRect(QRectF(0, 0, 4, self.height()), QColor(now.accent))
            painter.end()
        super().paintEvent(event)


class Pool(Card):
    """Give it States with `show_state`."""

    picked = Signal(str)
    filtered = Signal(object)
    dragged = Signal(str, QPoint)
    dropped = Signal(str, QPoint)
    let_go = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self._title = Heading("")
        self._count = Muted("")
        self._kinds = Select()
        self._kinds.activated.connect(lambda at: self.filtered.emit(self._kinds.itemData(at)))
        self._scroll = Scroll(0)
        self._scroll.body.setSpacing(0)
        self._rows: dict[str, PoolRow] = {}
        self._shown: tuple[Block, ...] | None = None
        head = column(space=theme.SPACE[1])
        title = line(self._title)
        title.addStretch(1)
        title.addWidget(self._count)
        head.addLayout(title)
        head.addWidget(self._kinds)
        head.setContentsMargins(theme.SPACE[3], theme.SPACE[3], theme.SPACE[3], theme.SPACE[2])
        self.body.setSpacing(0)
        self.body.addLayout(head)
        self.body.addWidget(self._scroll, 1)
        self.setFixedWidth(WIDTH_PX)

    def retell(self, state: PlanningState) -> None:
        """Say everything anew, in another language or theme."""
        words = self._words
        self._title.say(words("planning.pool"))
        self._kinds.setAccessibleName(words("planning.filter"))
        self._kinds.clear()
        self._kinds.addItem(words("planning.all_kinds"), None)
        for kind in WorkKind:
            said = words(f"planning.kind_{kind}", variant="").strip()
            self._kinds.addItem(said, kind)
        self._shown = None
        self.show_state(state)

    def show_state(self, state: PlanningState) -> None:
        """Draw another State; the rows stay as long as the visits do."""
        self._count.say(str(len(state.pool)))
        self._kinds.setCurrentIndex(
            0 if state.pool_kind is None else 1 + list(WorkKind).index(state.pool_kind)
        )
        if state.shown_pool != self._shown:
            self._shown = state.shown_pool
            self._fill(state)
        for visit, row in self._rows.items():
            row.chosen = visit == state.selected
            row.update()

    def _fill(self, state: PlanningState) -> None:
        clear(self._scroll.body)
        self._rows = {}
        for block in state.shown_pool:
            row = PoolRow(block, self._words, self.picked.emit)
            row.grip.dragged.connect(self.dragged)
            row.grip.dropped.connect(self.dropped)
            row.grip.let_go.connect(self.let_go)
            self._rows[block.id] = row
            self._scroll.body.addWidget(row)
        if not self._rows and state.visits:
            key = "planning.pool_filtered" if state.pool else "planning.pool_empty"
            empty = QWidget()
            text = Muted(self._words(key), wrap=True)
            empty.setLayout(inset(text, theme.SPACE[3], theme.SPACE[1], theme.SPACE[3], 0))
            self._scroll.body.addWidget(empty)
        self._scroll.body.addStretch(1)
