"""The strip below the board: the chosen visit and what can be done with it.

In come States and verdicts; out go wishes. What the visit left behind stands below its plan,
where it left anything. Rule: everything that dragging can do can be done
here with buttons, and each technician's place is named with how well it fits.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QMenu

from fieldapp.domain.day_plan import Fit, Verdict
from ui.presenters.planning_state import Block, PlanningState
from ui.views import icons, planning_left_words, planning_words, theme
from ui.views.language import Words
from ui.views.widgets import ElidedLabel, QuietButton, SecondaryButton, column, dress, line

_NEVER = frozenset({"finished", "refused_before"})
_HEIGHT, _LINE = theme.TARGET + 32, 22
Judge = Callable[[str, str], Verdict]


class Detail(QFrame):
    """Give it States with `show_state`."""

    assigned = Signal(str, str)
    shifted = Signal(str, int)
    pooled = Signal(str)
    settling = Signal(str)
    files_wished = Signal(str, str)
    closed = Signal()

    def __init__(self, words: Words, judge: Judge) -> None:
        super().__init__()
        self._words = words
        self._judge = judge
        self._state: PlanningState | None = None
        self._title = ElidedLabel("", "strong")
        self._line = ElidedLabel("", "muted")
        self._left = ElidedLabel("", tone="attention")
        self.assign = SecondaryButton("", self._offer, icon="users")
        self._earlier = SecondaryButton("", lambda: self._shift(-1), icon="chevron-left")
        self._later = SecondaryButton("", lambda: self._shift(1), icon="chevron-right")
        self._pool = SecondaryButton("", lambda: self.pooled.emit(self._visit))
        self.settle = QuietButton("", lambda: self.settling.emit(self._visit))
        self.files = QuietButton("", self._ask_files, icon="camera")
        self._close = QuietButton("", self.closed.emit, icon="x")
        self.menu = QMenu(self)
        row = line(space=theme.SPACE[1])
        row.addLayout(column(self._title, self._line, space=2), 1)
        self._buttons = (
            self.files,
            self.settle,
            self._earlier,
            self._later,
            self._pool,
            self.assign,
            self._close,
        )
        for button in self._buttons:
            row.addWidget(button)
        whole = column(row, self._left, space=2)
        whole.setContentsMargins(20, theme.SPACE[2], theme.SPACE[2], theme.SPACE[2])
        self.setLayout(whole)
        dress(self, "row")
        self.setProperty("last", "true")

    @property
    def _visit(self) -> str:
        return self._state.selected if self._state is not None else ""

    def show_state(self, state: PlanningState) -> None:
        """Draw another State."""
        self._state = state
        block = state.block(state.selected)
        for button in self._buttons:
            button.setVisible(block is not None)
        said = "" if block is None else planning_left_words.of_visit(self._words, state, block)
        self._left.say(said, "attention")
        self._left.setVisible(bool(said))
        self.setFixedHeight(_HEIGHT + (_LINE if said else 0))
        if block is None:
            self._title.say("")
            self._title.hide()
            self._line.say(self._hint(state))
            return
        self._title.show()
        kind = planning_words.kind(self._words, block)
        where = planning_words.where(self._words, block)
        self._title.say(f"{block.number} · {kind} · {where}")
        self._line.say(planning_words.detail(self._words, state, block))
        self._name_buttons(state, block)

    def _name_buttons(self, state: PlanningState, block: Block) -> None:
        words, placed = self._words, state.lane_of(block.id) is not None
        self.assign.say(words("planning.assign"))
        self.assign.setAccessibleName(words("planning.assign_name", number=block.number))
        self._pool.say(words("planning.to_pool"))
        for button, key in ((self._earlier, "earlier"), (self._later, "later")):
            button.setAccessibleName(words(f"planning.{key}"))
            button.setToolTip(words(f"planning.{key}"))
            button.setVisible(placed and block.movable)
        self._pool.setVisible(placed and block.movable)
        self.settle.say(words("follow.settle"))
        self.settle.setAccessibleName(words("follow.settle_name", number=block.number))
        self.settle.setVisible(bool(state.left.of(block.id)))
        self.files.say(words("evidence.way"))
        self.files.setAccessibleName(words("evidence.way_name", number=block.number))
        self.files.setVisible(block.operations > 0)
        self.assign.setVisible(block.movable)
        self._close.setAccessibleName(words("planning.close_detail"))
        self._close.setToolTip(words("planning.close_detail"))

    def _hint(self, state: PlanningState) -> str:
        if state.at is None:
            return self._words("planning.hint_loading")
        if not state.lanes:
            return self._words("planning.hint_no_technicians")
        return self._words("planning.hint" if state.visits else "planning.hint_empty_day")

    def _ask_files(self) -> None:
        block = self._state.block(self._visit) if self._state is not None else None
        if block is not None:
            self.files_wished.emit(block.id, block.number)

    def _shift(self, steps: int) -> None:
        self.shifted.emit(self._visit, steps)

    def _offer(self) -> None:
        """Every technician with how well the visit fits there, the best first."""
        if self._state is None:
            return
        self.menu.clear()
        here = self._state.lane_of(self._visit)
        offers = [
            (lane, self._judge(self._visit, lane.technician))
            for lane in self._state.lanes
            if lane is not here
        ]
        order = list(Fit)
        for lane, verdict in sorted(
            offers, key=lambda one: (order.index(one[1].fit), one[1].extra_travel, one[0].name)
        ):
            said = planning_words.verdict(self._words, verdict)
            tone, icon = (
                planning_words.FIT_TONES[verdict.fit],
                planning_words.FIT_ICONS[verdict.fit],
            )
            action = self.menu.addAction(icons.icon(icon, tone), f"{lane.name} — {said}")
            action.setEnabled(verdict.reason not in _NEVER)
            action.setData(lane.technician)
            action.triggered.connect(
                lambda _on, who=lane.technician: self.assigned.emit(self._visit, who)
            )
        height = self.menu.sizeHint().height()
        self.menu.popup(self.assign.mapToGlobal(QPoint(0, -height - theme.SPACE[0])))
