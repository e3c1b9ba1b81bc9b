"""The legend of a plot: samples of its lines with their names, beside a heading.

In come names with the place of their colour and style; out comes one row. Rule: a sample is
drawn with the pen that draws the line.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_LINE_PX = 2.4
_SAMPLE, _GAP, _AFTER = 26, 6, 16


class Legend(QWidget):
    """The row."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[tuple[int, str], ...] = ()
        self.setFixedHeight(20)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_names(self, names: Sequence[tuple[int, str]]) -> None:
        """Show these (place, name)."""
        self._names = tuple(names)
        self.setFixedWidth(max(1, sum(self._wide(name) for _, name in names)))
        self.setAccessibleName(", ".join(name for _, name in names))
        self.update()

    def _wide(self, name: str) -> int:
        return _SAMPLE + _GAP + self.fontMetrics().horizontalAdvance(name) + _AFTER

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each line as it is drawn, then its name."""
        del event
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TYPE[0]))
        x, middle = 0, self.height() / 2
        for place, name in self._names:
            painter.setPen(pen_of(place))
            painter.drawLine(QPointF(x, middle), QPointF(x + _SAMPLE, middle))
            painter.setPen(QColor(theme.current().muted))
            at = QRectF(x + _SAMPLE + _GAP, 0, 200, self.height())
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, name)
            x += self._wide(name)
        painter.end()


def pen_of(place: int) -> QPen:
    """Colour and style of the line at this place."""
    pen = QPen(QColor(theme.current().phases[place]), _LINE_PX, STYLES[place])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen
