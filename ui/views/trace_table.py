"""The trace: octets at the left, what they mean at the right, one row a message.

In come trace rows; out comes the row that is looked at. Rule: rows are painted, not made of
widgets, so that a line at full speed costs nothing; it follows the newest until a person looks
at an older one.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ui.presenters.trace_rows import TraceRow
from ui.views import icons, theme
from ui.views.language import Words
from ui.views.trace_words import meaning

TIME, WAY, OCTETS, MEANING = range(4)
_HEADS = ("column_time", "column_way", "column_octets", "column_meaning")
_ARROWS = {"sent": "→", "received": "←", "line": "·"}
_WIDTHS = (116, 26, 116, 0)
_MOST_OCTETS_PX, _MEANING_PX = 430, 300
_SHOWN_OCTETS = 16
_ROW_PX = 34
_PAD, _MARK_PX = 10, 14
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class TraceModel(QAbstractTableModel):
    """The rows, as Qt asks for them."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._rows: tuple[TraceRow, ...] = ()

    def show_rows(self, rows: tuple[TraceRow, ...]) -> None:
        """Hold these: old ones in front go, new ones behind come, all else is made anew."""
        gone = rows[0].number - self._rows[0].number if rows and self._rows else -1
        kept = self._rows[gone:] if 0 <= gone < len(self._rows) else ()
        if not kept or rows[0] is not kept[0] or len(rows) < len(kept):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
            return
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            self._rows = kept
            self.endRemoveRows()
        self._say_anew(kept, rows)
        if len(rows) > len(kept):
            self.beginInsertRows(QModelIndex(), len(kept), len(rows) - 1)
            self._rows = rows
            self.endInsertRows()

    def _say_anew(self, kept: tuple[TraceRow, ...], rows: tuple[TraceRow, ...]) -> None:
        """Rows of which it became known what they say."""
        self._rows = rows[: len(kept)]
        for place, (before, now) in enumerate(zip(kept, rows, strict=False)):
            if before is not now:
                self.dataChanged.emit(self.index(place, TIME), self.index(place, MEANING))

    def row_at(self, place: int) -> TraceRow | None:
        """The row at this place."""
        return self._rows[place] if 0 <= place < len(self._rows) else None

    def text(self, row: TraceRow, part: int) -> str:
        """What stands in this column."""
        if part == TIME:
            return f"{row.at:%S}.{row.at.microsecond // 1000:03}"
        if part == WAY:
            return _ARROWS[row.way]
        if part == OCTETS:
            return hex_of(row.octets)
        return meaning(self._words, row)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        """One a message."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        """Time, direction, octets, meaning."""
        return 0 if parent.isValid() else len(_HEADS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text; spoken with its direction in words."""
        row = self.row_at(index.row())
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            if index.column() == TIME:
                return f"{self._words.time(row.at)}:{self.text(row, TIME)}"
            return self.text(row, index.column())
        if role == Qt.ItemDataRole.AccessibleTextRole:
            way = self._words(f"trace.way_{row.way}")
            told = f"{way}: {self.text(row, MEANING)}"
            return f"{told}, {self._words('trace.opened')}" if row.opened else told
        return None

    def headerData(  # noqa: N802 - Qt's name
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The names of the columns."""
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        return "" if section == WAY else self._words(f"trace.{_HEADS[section]}")


class _Painter(QStyledItemDelegate):
    """Paints a cell: octets in a fixed-width face, a broken message on its own ground."""

    def __init__(self, model: TraceModel) -> None:
        super().__init__()
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        row = self._model.row_at(index.row())
        if row is None:
            return
        tokens = theme.current()
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        ground = tokens.surface if row.holds else tokens.attention_soft
        if state & QStyle.StateFlag.State_Selected:
            ground = tokens.accent_soft
        painter.fillRect(rect, QColor(ground))
        painter.setPen(QColor(tokens.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        painter.setPen(QColor(self._ink(row, index.column())))
        painter.setFont(mono() if index.column() in {TIME, OCTETS} else theme.font(14))
        inside = rect.adjusted(_PAD, 0, -4, 0)
        if row.opened and index.column() == MEANING:
            inside = self._mark(painter, inside)
        text = str(index.data())
        shown = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter, shown)

    @staticmethod
    def _mark(painter: QPainter, inside: QRect) -> QRect:
        """The mark of a message that was ciphered; returns the room beside it."""
        drawn = icons.pixmap("unlock", theme.current().muted, _MARK_PX)
        top = inside.top() + (inside.height() - _MARK_PX) // 2
        painter.drawPixmap(inside.left(), top, drawn)
        return inside.adjusted(_MARK_PX + _PAD // 2, 0, 0, 0)

    @staticmethod
    def _ink(row: TraceRow, part: int) -> str:
        tokens = theme.current()
        if part == MEANING and not row.holds:
            return tokens.attention
        return tokens.text if part in {MEANING, WAY} else tokens.muted

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A row's height."""
        del option, index
        return QSize(80, _ROW_PX)


class TraceTable(QTableView):
    """The table; `looked_at` tells the row that is chosen."""

    looked_at = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.rows = TraceModel(words)
        self._delegate = _Painter(self.rows)
        self.follows = True
        self.setModel(self.rows)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self._size_columns()
        self.selectionModel().currentRowChanged.connect(self._chosen)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(min(filter(None, _WIDTHS)))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for part, wide in enumerate(_WIDTHS):
            fixed = QHeaderView.ResizeMode.Fixed if wide else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(part, fixed)
            if wide:
                self.setColumnWidth(part, wide)

    def show_rows(self, rows: tuple[TraceRow, ...]) -> None:
        """Show these, and go on following the newest if that is what was done."""
        self.rows.show_rows(rows)
        if self.follows:
            self.scrollToBottom()

    def follow(self) -> None:
        """Follow the newest again."""
        self.follows = True
        self.clearSelection()
        self.scrollToBottom()

    def _share_width(self) -> None:
        """Octets take up to a third of what there is, once their meaning has its own room."""
        wide = self.viewport().width()
        room = wide - _WIDTHS[TIME] - _WIDTHS[WAY] - _MEANING_PX
        most = min(wide // 3, room, _MOST_OCTETS_PX)
        self.setColumnWidth(OCTETS, max(_WIDTHS[OCTETS], most))

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = self.rows.row_at(current.row())
        if row is not None:
            self.follows = False
            self.looked_at.emit(row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A wider table shows more octets."""
        super().resizeEvent(event)
        self._share_width()


def hex_of(octets: bytes, limit: int = _SHOWN_OCTETS) -> str:
    """`7E A0 08 …`."""
    shown = octets[:limit].hex(" ").upper()
    return f"{shown} …" if len(octets) > limit else shown


def mono(size_px: int = theme.TYPE[0]) -> QFont:
    """The system's fixed-width face."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(size_px)
    return made
