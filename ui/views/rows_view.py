"""A list of rows that is read, walked by keys and opened with one touch.

In come `RowLine`s; out comes `chosen` with the key of the row that was touched or entered.
Rule: rows are painted, not built, so that hundreds cost no more than those in view; every
colour and size comes from the theme that is on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui.views import icons, theme
from ui.views.models.rows import LINE, RowLine, RowsModel
from ui.views.widgets.touch import Finger

ROW = 48
_PILL = 26
_PILL_PAD = 10
_PILL_ICON = 14
_EDGE = 20
_GAP = theme.SPACE[3]


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths that a list keeps for its columns, px; 0 leaves one out."""

    lead: int = 0
    detail: int = 0
    state: int = 0


def height_of(line: object, *, roomy: bool = False) -> int:
    """How high a row is, px; `roomy` where the window has the height for it."""
    height = ROW if isinstance(line, RowLine) and line.subtitle else theme.TARGET
    return height + theme.SPACE[2] if roomy else height


class RowPainter(QStyledItemDelegate):
    """Paints one `RowLine`."""

    def __init__(self, columns: Columns, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = columns
        self.roomy = False

    def _words(self, painter: QPainter, rect: QRect, line: RowLine) -> None:
        """Title and subtitle, one above the other."""
        now = theme.current()
        ink = now.muted if line.faded else now.text
        title = QRect(rect)
        if line.subtitle:
            middle = rect.top() + rect.height() // 2
            title = QRect(rect.left(), middle - 20, rect.width(), 22)
            below = QRect(rect.left(), middle + 2, rect.width(), 18)
            _text(painter, below, line.subtitle, theme.font(theme.TYPE[0]), now.muted)
        weight = QFont.Weight.Medium if line.faded else QFont.Weight.DemiBold
        _text(painter, title, line.title, theme.font(theme.TYPE[1], weight), ink)

    def _cells(self, painter: QPainter, inner: QRect, line: RowLine) -> QRect:
        """Lead, detail and state; answers what is left for the words."""
        now, columns = theme.current(), self._columns
        left = QRect(inner)
        if columns.lead:
            cell = QRect(inner.left(), inner.top(), columns.lead, inner.height())
            ink = now.muted if line.faded else now.text
            _text(painter, cell, line.lead, theme.font(theme.TYPE[1]), ink)
            left.setLeft(cell.right() + _GAP)
        if columns.state:
            width = columns.state if columns.detail else _pill_width(line, columns.state)
            cell = QRect(inner.right() - width + 1, inner.top(), width, inner.height())
            _pill(painter, cell, line)
            left.setRight(cell.left() - _GAP)
        if columns.detail:
            start = left.right() - columns.detail
            cell = QRect(start, inner.top(), columns.detail, inner.height())
            _text(painter, cell, line.detail, theme.font(theme.TYPE[1]), now.muted)
            left.setRight(cell.left() - _GAP)
        return left

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The row, its ground, and the line below it."""
        line = index.data(LINE)
        if not isinstance(line, RowLine):
            return
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _ground(painter, option, rect)
        if index.row() + 1 < index.model().rowCount():
            _rule(painter, rect)
        self._words(
            painter, self._cells(painter, rect.adjusted(_EDGE, 0, -_EDGE, 0), line), line
        )
        painter.restore()

    def sizeHint(
        self,
        option: QStyleOptionViewItem,  # noqa: ARG002 - Qt's
        index: QModelIndex | QPersistentModelIndex,
    ) -> QSize:
        """Every row is as high as a thumb, one of two lines a little higher."""
        return QSize(0, height_of(index.data(LINE), roomy=self.roomy))


class RowsView(QListView):
    """The list; as high as its rows with `whole`, else it scrolls."""

    chosen = Signal(str)

    def __init__(self, name: str, columns: Columns, *, whole: bool = False) -> None:
        super().__init__()
        self._whole = whole
        self.rows = RowsModel(self)
        self.setModel(self.rows)
        self._painter = RowPainter(columns, self)
        self.setItemDelegate(self._painter)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._choose)
        if not whole:
            Finger(self)

    def show_lines(self, lines: Sequence[RowLine]) -> None:
        """Show these in place of those that were there."""
        self.rows.show_lines(lines)
        self._fit()
        self.viewport().update()

    def breathe(self, *, roomy: bool) -> None:
        """Give each row more height, or take it back."""
        if roomy != self._painter.roomy:
            self._painter.roomy = roomy
            self.scheduleDelayedItemsLayout()
            self._fit()

    def _fit(self) -> None:
        if self._whole:
            roomy = self._painter.roomy
            rows = (height_of(line, roomy=roomy) for line in self.rows.lines)
            self.setFixedHeight(sum(rows))

    def _choose(self, index: QModelIndex) -> None:
        line = self.rows.line(index.row())
        if line is not None and line.key:
            self.chosen.emit(line.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and space open the row that has the focus."""
        keys = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}
        if event.key() in keys and self.currentIndex().isValid():
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)


def _ground(painter: QPainter, option: QStyleOptionViewItem, rect: QRect) -> None:
    """The row under the pointer is tinted, the one with the focus is framed."""
    now = theme.current()
    state: QStyle.StateFlag = option.state
    if state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(rect, QColor(now.accent_soft))
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(now.accent), 2))
        painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -2), 6, 6)


def _rule(painter: QPainter, rect: QRect) -> None:
    now = theme.current()
    painter.fillRect(
        rect.left(),
        rect.bottom() + 1 - now.line_px,
        rect.width(),
        now.line_px,
        QColor(now.line),
    )


def _text(painter: QPainter, rect: QRect, text: str, font: QFont, colour: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(colour))
    fits = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, fits)


def _pill_width(line: RowLine, most: int) -> int:
    words = QFontMetrics(_pill_font()).horizontalAdvance(line.state)
    icon = _PILL_ICON + theme.SPACE[0] if line.icon else 0
    return min(most, words + icon + 2 * _PILL_PAD + 2)


def _pill_font() -> QFont:
    return theme.font(theme.TYPE[0], QFont.Weight.Medium)


def _pill(painter: QPainter, cell: QRect, line: RowLine) -> None:
    """The state: its tone's ground, its icon, its word."""
    if not line.state:
        return
    now = theme.current()
    width = _pill_width(line, cell.width())
    top = cell.top() + (cell.height() - _PILL) // 2
    body = QRectF(cell.left() + 0.5, top + 0.5, width - 1, _PILL - 1)
    plain = line.tone == "neutral"
    edge = (
        now.line if plain else now.tone(line.tone) if now.line_px > 1 else now.soft(line.tone)
    )
    painter.setPen(QPen(QColor(edge), 1))
    painter.setBrush(QColor(now.soft(line.tone)))
    painter.drawRoundedRect(body, _PILL / 2, _PILL / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    left = cell.left() + _PILL_PAD
    if line.icon:
        drawn = icons.pixmap(line.icon, now.tone(line.tone), _PILL_ICON)
        painter.drawPixmap(left, top + (_PILL - _PILL_ICON) // 2, drawn)
        left += _PILL_ICON + theme.SPACE[0]
    words = QRect(left, top, cell.left() + width - _PILL_PAD + 2 - left, _PILL)
    _text(painter, words, line.state, _pill_font(), now.tone(line.tone))
