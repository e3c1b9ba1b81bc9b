"""Rows of words for a list: what is seen of each, and what is said of it.

In come frozen lines, in order; out comes a Qt list model that tells its view only what really
changed, so that focus and scroll stay where they are. Rule: a line holds words that are ready
to be read, nothing of the domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

LINE = Qt.ItemDataRole.UserRole
"""The role under which a view gets the whole `RowLine`."""


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row as it is read from left to right.

    Attributes:
        key: what a click on it is about.
        lead: in front, a time or a window.
        title: the row's name; `subtitle` stands small below it.
        detail: what kind it is.
        state: the word in the pill, with `tone` and `icon`.
        faded: it is over and steps back.
    """

    key: str
    title: str
    lead: str = ""
    subtitle: str = ""
    detail: str = ""
    state: str = ""
    tone: str = "neutral"
    icon: str = ""
    faded: bool = False

    @property
    def spoken(self) -> str:
        """The row for a screen reader."""
        parts = (self.lead, self.title, self.subtitle, self.detail, self.state)
        return ", ".join(part for part in parts if part)


class RowsModel(QAbstractListModel):
    """The lines of one list."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Empty."""
        super().__init__(parent)
        self._lines: tuple[RowLine, ...] = ()

    @property
    def lines(self) -> tuple[RowLine, ...]:
        """All of them, in order."""
        return self._lines

    def show_lines(self, lines: Sequence[RowLine]) -> None:
        """Show these; rows that stay are told as changed only where they did."""
        fresh = tuple(lines)
        if [line.key for line in fresh] == [line.key for line in self._lines]:
            self._change(fresh)
            return
        start, taken, put = _difference(self._lines, fresh)
        if taken:
            self.beginRemoveRows(QModelIndex(), start, start + taken - 1)
            self._lines = self._lines[:start] + self._lines[start + taken :]
            self.endRemoveRows()
        if put:
            self.beginInsertRows(QModelIndex(), start, start + put - 1)
            self._lines = self._lines[:start] + fresh[start : start + put] + self._lines[start:]
            self.endInsertRows()
        self._change(fresh)

    def line(self, row: int) -> RowLine | None:
        """The line in that row, or None."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, key: str) -> int:
        """The row of a key; -1 where it is not there."""
        return next((i for i, line in enumerate(self._lines) if line.key == key), -1)

    def _change(self, fresh: tuple[RowLine, ...]) -> None:
        before, self._lines = self._lines, fresh
        for row, (old, new) in enumerate(zip(before, fresh, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 - Qt's
        """So many lines; none below a line."""
        return 0 if parent.isValid() else len(self._lines)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The line, its words, or how it is said."""
        line = self.line(index.row()) if index.isValid() else None
        if line is None:
            return None
        if role == LINE:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return line.title
        if role in {Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole}:
            return line.spoken
        return None


def _difference(old: tuple[RowLine, ...], new: tuple[RowLine, ...]) -> tuple[int, int, int]:
    """The stretch that differs: where it starts, how many rows go, how many come."""
    before, after = [line.key for line in old], [line.key for line in new]
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    same = 0
    while same < min(len(before), len(after)) - start and before[-1 - same] == after[-1 - same]:
        same += 1
    return start, len(before) - start - same, len(after) - start - same
