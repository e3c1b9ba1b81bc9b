"""The board: technicians down, time across, visits as blocks, and the line of now.

In come States; out go the visit that was picked, and where one was dropped. Rule: the board
draws and measures; whether something fits is asked of whoever made it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from fieldapp.domain.day_plan import Verdict
from ui.presenters.planning_state import Block, Lane, PlanningState
from ui.views import planning_words, theme
from ui.views.language import Words
from ui.views.planning_block import LEAST_PX, USUAL_PX, BlockButton, Ghost, LaneHead
from ui.views.planning_scale import HEAD_PX, Hours, Scale, span

_LOCAL = ZoneInfo("Europe/Amsterdam")
_GAP_PX = 10
_STEP_PX = theme.TARGET + 4
Judge = Callable[[str, str, datetime], Verdict]


@dataclass
class _Row:
    """A technician's strip: its head, where it stands, and its blocks' sub-rows."""

    lane: Lane
    head: LaneHead
    top: int = 0
    height: int = 0
    steps: dict[str, int] = field(default_factory=dict)


class Board(QWidget):
    """Give it States with `show_state`."""

    picked = Signal(str)
    dropped = Signal(str, str, object)

    def __init__(self, words: Words, judge: Judge) -> None:
        super().__init__()
        self.hours = Hours(words)
        self._words = words
        self._judge = judge
        self._state: PlanningState | None = None
        self._rows: list[_Row] = []
        self._blocks: dict[str, BlockButton] = {}
        self.ghost = Ghost(self)

    def show_state(self, state: PlanningState) -> None:
        """Draw another State; blocks that stay keep their widget and the focus."""
        self._state = state
        known = {row.lane.technician: row.head for row in self._rows}
        self._rows = [_Row(lane, self._head(known, lane)) for lane in state.lanes]
        for head in known.values():
            head.deleteLater()
        wanted = {block.id: block for lane in state.lanes for block in lane.blocks}
        for visit in [v for v in self._blocks if v not in wanted]:
            self._blocks.pop(visit).deleteLater()
        for visit, block in wanted.items():
            if visit not in self._blocks:
                self._add(block)
            self._blocks[visit].say(block, chosen=visit == state.selected)
        self._place()

    def drag_to(self, visit: str, at: QPoint) -> None:
        """A visit is held over the board at a global position: show whether it fits there."""
        here = self._target(at)
        block = self._state.block(visit) if self._state else None
        if here is None or block is None:
            self.ghost.hide()
            return
        row, moment = here
        verdict = self._judge(visit, row.lane.technician, moment)
        said = planning_words.verdict(self._words, verdict)
        self.ghost.say(block.place or block.number, said, verdict)
        left = self.mapFromGlobal(at).x() - theme.SPACE[4]
        right = max(HEAD_PX, self.width() - self.ghost.width())
        self.ghost.move(min(max(HEAD_PX, left), right), row.top + _GAP_PX)

    def drop(self, visit: str, at: QPoint) -> None:
        """A visit was let go at a global position."""
        self.ghost.hide()
        if (here := self._target(at)) is not None:
            self.dropped.emit(visit, here[0].lane.technician, here[1])

    def let_go(self) -> None:
        """The drag ended nowhere."""
        self.ghost.hide()

    @property
    def scale(self) -> Scale | None:
        """The scale as it stands now."""
        return self.hours.scale

    @property
    def heads(self) -> list[LaneHead]:
        """The technicians, from top to bottom."""
        return [row.head for row in self._rows]

    def _head(self, known: dict[str, LaneHead], lane: Lane) -> LaneHead:
        head = known.pop(lane.technician, None)
        if head is None:
            head = LaneHead(lane, self._words)
            head.setParent(self)
            head.show()
        head.say(lane)
        return head

    def _add(self, block: Block) -> None:
        button = BlockButton(block, self._words)
        button.setParent(self)
        button.clicked.connect(lambda _checked, visit=block.id: self.picked.emit(visit))
        button.grip.dragged.connect(self.drag_to)
        button.grip.dropped.connect(self.drop)
        button.grip.let_go.connect(self.let_go)
        button.show()
        self._blocks[block.id] = button

    def _target(self, at: QPoint) -> tuple[_Row, datetime] | None:
        here = self.mapFromGlobal(at)
        scale = self.scale
        if scale is None or not HEAD_PX <= here.x() <= self.width():
            return None
        row = next((r for r in self._rows if r.top <= here.y() < r.top + r.height), None)
        return (row, scale.moment(here.x())) if row is not None else None

    def _place(self) -> None:
        """Give every head and block its place."""
        if self._state is None:
            return
        noon = datetime.combine(self._state.on, time(12), _LOCAL)
        scale = Scale(*span(self._state.lanes, noon), self.width())
        self.hours.scale = scale
        self.hours.update()
        top = 0
        for row in self._rows:
            row.top = top
            self._place_row(row, scale)
            top += row.height
        self.setMinimumHeight(top)
        self._tab_order()
        self.ghost.raise_()
        self.update()

    def _place_row(self, row: _Row, scale: Scale) -> None:
        ends: list[float] = []
        lefts = [scale.x(block.start) for block in row.lane.blocks]
        rooms = [after - left for left, after in pairwise([*lefts, float(self.width())])]
        for block, left, room in zip(row.lane.blocks, lefts, rooms, strict=True):
            work = (block.end - block.start) / (scale.last - scale.first)
            work_px = work * (scale.x(scale.last) - scale.x(scale.first))
            wide = max(work_px - 2, LEAST_PX, min(room - 4, USUAL_PX))
            x = min(left, self.width() - wide)
            step = next((n for n, end in enumerate(ends) if end <= x), len(ends))
            ends[step : step + 1] = [x + wide + 2]
            row.steps[block.id] = step
            button = self._blocks[block.id]
            button.work_px = work_px - 12
            y = row.top + _GAP_PX + step * _STEP_PX
            button.setGeometry(int(x), y, int(wide), theme.TARGET)
        row.height = 2 * _GAP_PX + theme.TARGET + max(0, len(ends) - 1) * _STEP_PX
        row.head.setGeometry(0, row.top, HEAD_PX, row.height)

    def _tab_order(self) -> None:
        """Row by row, in the order of the day."""
        buttons = [self._blocks[b.id] for row in self._rows for b in row.lane.blocks]
        for one, two in pairwise(buttons):
            QWidget.setTabOrder(one, two)

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(800, max(self.minimumHeight(), 200))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure anew."""
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """Hours, rows, ways, the window of the chosen visit, and now."""
        scale, state = self.scale, self._state
        if scale is None or state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._grid(painter, scale)
        for row in self._rows:
            self._ways(painter, scale, row)
            self._window(painter, scale, row, state.selected)
        self._now(painter, scale, state.at)
        painter.end()

    def _grid(self, painter: QPainter, scale: Scale) -> None:
        now = theme.current()
        line = QColor(now.line)
        bottom = self._rows[-1].top + self._rows[-1].height if self._rows else 0
        if now.line_px > 1:
            line.setAlphaF(0.25)  # hours guide the eye, they are nothing to be read
        for hour in list(scale.hours())[:-1]:
            painter.fillRect(QRectF(scale.x(hour), 0, 1, bottom), line)
        for row in self._rows:
            edge = QRectF(0, row.top + row.height - now.line_px, self.width(), now.line_px)
            painter.fillRect(edge, QColor(now.line))

    def _ways(self, painter: QPainter, scale: Scale, row: _Row) -> None:
        """Thin bars between blocks of one sub-row, as long as the way takes."""
        per_minute = scale.per_hour / 60
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().muted))
        painter.setOpacity(0.45)
        for block in row.lane.blocks:
            wide = block.travel_min * per_minute
            right = float(self._blocks[block.id].x())
            y = row.top + _GAP_PX + row.steps[block.id] * _STEP_PX + theme.TARGET / 2 - 2
            if wide >= 1:
                painter.drawRoundedRect(QRectF(right - wide, y, wide - 1, 4), 2, 2)
        painter.setOpacity(1)

    def _window(self, painter: QPainter, scale: Scale, row: _Row, selected: str) -> None:
        """The promised window of the chosen visit, as a bar above its row."""
        chosen = next((b for b in row.lane.blocks if b.id == selected), None)
        if chosen is None:
            return
        left, right = scale.x(chosen.window[0]), scale.x(chosen.window[1])
        now = theme.current()
        soft = QColor(now.accent)
        soft.setAlphaF(0.08)
        painter.fillRect(QRectF(left, row.top, right - left, row.height), soft)
        painter.fillRect(QRectF(left, row.top, right - left, 3), QColor(now.accent))
        painter.fillRect(QRectF(0, row.top, 4, row.height), QColor(now.accent))

    def _now(self, painter: QPainter, scale: Scale, at: datetime | None) -> None:
        if at is None or not scale.first <= at <= scale.last or not self._rows:
            return
        bottom = self._rows[-1].top + self._rows[-1].height
        ink = QColor(theme.current().blocking)
        painter.fillRect(QRectF(scale.x(at) - 1, 0, 2, bottom), ink)
