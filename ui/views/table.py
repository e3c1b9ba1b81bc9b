"""A table of words: rows in groups, read with the eye, walked by keys.

In come columns and rows; out comes, where rows can be chosen, the key of the one that is looked
at. Rule: cells are painted, not built, so hundreds cost no more than those in view; a row that
did not change is not drawn anew, and what was chosen and scrolled to stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from ui.views import theme
from ui.views.trace_table import mono

ROW, CHOSEN_ROW, GROUP = 32, theme.TARGET, 40
_PAD = 10
Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column; `wide` in px, 0 shares what is left.

    Attributes:
        number: its values stand right, in strong figures.
        mono: its texts stand in a face of one width, as on the wire.
        quiet: its texts are muted.
    """

    wide: int = 0
    number: bool = False
    mono: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of words, or with `is_group` the head of those below it.

    Attributes:
        key: told when it is chosen.
        tone: of the whole row, where something is to be said about it.
    """

    cells: tuple[str, ...]
    key: str = ""
    tone: str = ""
    is_group: bool = False


class TableModel(QAbstractTableModel):
    """The rows, as Qt asks for them."""

    def __init__(self, columns: Sequence[TableColumn]) -> None:
        super().__init__()
        self.rows: tuple[TableRow, ...] = ()
        self.heads: tuple[str, ...] = ()
        self._columns = tuple(columns)

    def show_rows(self, rows: Sequence[TableRow]) -> bool:
        """Hold these; answers whether their number or the groups changed."""
        rows, before = tuple(rows), self.rows
        if [row.is_group for row in rows] != [row.is_group for row in before]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return True
        self.rows = rows
        changed = [at for at, row in enumerate(rows) if row != before[at]]
        if changed:
            last = self.index(changed[-1], len(self.heads) - 1)
            self.dataChanged.emit(self.index(changed[0], 0), last)
        return False

    def show_heads(self, heads: Sequence[str]) -> None:
        """Name the columns."""
        if tuple(heads) != self.heads:
            self.beginResetModel()
            self.heads = tuple(heads)
            self.endResetModel()

    def row_at(self, place: int) -> TableRow | None:
        """The row at this place."""
        return self.rows[place] if 0 <= place < len(self.rows) else None

    def rowCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        """The rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:  # noqa: N802 - Qt's name
        """The columns."""
        return 0 if parent.isValid() else len(self.heads)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text; spoken with the name of its column."""
        row = self.row_at(index.row())
        if row is None or index.column() >= len(row.cells):
            return None
        text = row.cells[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            head = self.heads[index.column()]
            return f"{head}: {text}" if head and text and not row.is_group else text
        return None

    def headerData(  # noqa: N802 - Qt's name
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The names of the columns, above their values."""
        if orientation is not Qt.Orientation.Horizontal or section >= len(self.heads):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].number:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self.heads[section] if role == Qt.ItemDataRole.DisplayRole else None


class _Painter(QStyledItemDelegate):
    """Paints a cell in the colours of the theme that is on."""

    def __init__(self, model: TableModel, columns: Sequence[TableColumn], row: int) -> None:
        super().__init__()
        self._model = model
        self._columns = columns
        self._row = row

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell."""
        row = self._model.row_at(index.row())
        if row is None:
            return
        painter.save()
        _ground(painter, option, row)
        column = self._columns[0 if row.is_group else index.column()]
        painter.setFont(_font(row, column))
        painter.setPen(QColor(_ink(row, column)))
        inside = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        upright = (
            Qt.AlignmentFlag.AlignBottom if row.is_group else Qt.AlignmentFlag.AlignVCenter
        )
        across = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
        across = Qt.AlignmentFlag.AlignLeft if row.is_group else across
        if row.is_group:
            inside.adjust(0, 0, 0, -6)
        shown = painter.fontMetrics().elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, int(upright | across), shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """A row's height."""
        del option
        row = self._model.row_at(index.row())
        return QSize(40, GROUP if row is not None and row.is_group else self._row)


def _ground(painter: QPainter, option: QStyleOptionViewItem, row: TableRow) -> None:
    tokens, rect = theme.current(), option.rect
    ground = tokens.soft(row.tone) if row.tone else tokens.surface
    state: QStyle.StateFlag = option.state
    if state & QStyle.StateFlag.State_Selected and not row.is_group:
        ground = tokens.accent_soft
    painter.fillRect(rect, QColor(ground))
    line = QRect(rect.left(), rect.bottom() + 1 - tokens.line_px, rect.width(), tokens.line_px)
    painter.fillRect(line, QColor(tokens.line))


def _font(row: TableRow, column: TableColumn) -> QFont:
    if row.is_group:
        return theme.font(theme.TYPE[0], QFont.Weight.DemiBold)
    if column.mono:
        return mono()
    weight = QFont.Weight.DemiBold if column.number else QFont.Weight.Normal
    return theme.font(theme.TYPE[0 if column.quiet else 1], weight)


def _ink(row: TableRow, column: TableColumn) -> str:
    tokens = theme.current()
    if row.is_group:
        return tokens.accent
    if row.tone:
        return tokens.tone(row.tone)
    return tokens.muted if column.quiet else tokens.text


class Table(QTableView):
    """The table; with `chooses` its rows can be chosen and `looked_at` tells which."""

    looked_at = Signal(str)
    entered_on = Signal(str)

    def __init__(
        self, columns: Sequence[TableColumn], *, chooses: bool = False, whole: bool = False
    ) -> None:
        super().__init__()
        self.rows = TableModel(columns)
        self._columns = tuple(columns)
        self._row = CHOSEN_ROW if chooses else ROW
        self._whole = whole
        self._painter = _Painter(self.rows, self._columns, self._row)
        self.setModel(self.rows)
        self.setItemDelegate(self._painter)
        self._behave(chooses=chooses)
        self.selectionModel().currentRowChanged.connect(self._chosen)
        self.activated.connect(lambda index: self.entered_on.emit(self._key(index.row())))
        if whole:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def _behave(self, *, chooses: bool) -> None:
        view = QAbstractItemView
        one, none = view.SelectionMode.SingleSelection, view.SelectionMode.NoSelection
        self.setSelectionBehavior(view.SelectionBehavior.SelectRows)
        self.setSelectionMode(one if chooses else none)
        self.setEditTriggers(view.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(view.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_table(self, name: str, heads: Sequence[str], rows: Sequence[TableRow]) -> None:
        """Show these rows under these heads; `name` is what is heard of the table."""
        self.setAccessibleName(name)
        new_heads = tuple(heads) != self.rows.heads
        self.rows.show_heads(heads)
        if new_heads:
            self._size_columns()
        if self.rows.show_rows(rows) or new_heads:
            self._shape()

    def choose(self, key: str) -> None:
        """Choose the row with this key, without scrolling away where it is in view."""
        for at, row in enumerate(self.rows.rows):
            if row.key == key:
                self.selectRow(at)
                return

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        for at, column in enumerate(self._columns):
            fixed = QHeaderView.ResizeMode.Fixed
            header.setSectionResizeMode(
                at, fixed if column.wide else QHeaderView.ResizeMode.Stretch
            )
            if column.wide:
                self.setColumnWidth(at, column.wide)

    def _shape(self) -> None:
        """Heights of the rows; heads of groups reach over all columns."""
        self.clearSpans()
        for at, row in enumerate(self.rows.rows):
            self.setRowHeight(at, GROUP if row.is_group else self._row)
            if row.is_group and len(self._columns) > 1:
                self.setSpan(at, 0, 1, len(self._columns))
        if self._whole:
            body = sum(self.rowHeight(at) for at in range(len(self.rows.rows)))
            self.setFixedHeight(self.horizontalHeader().sizeHint().height() + body + 4)

    def _chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.looked_at.emit(self._key(current.row()))

    def _key(self, place: int) -> str:
        row = self.rows.row_at(place)
        return row.key if row is not None else ""
