"""A sheet to sign on, with a finger, a pen or a mouse.

In come strokes; out comes the sheet with them, dark ink on white, whatever the theme. Rule:
nothing is smoothed; what was drawn is what is kept, and a mere dot is no signature.
"""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme
from ui.views.visit_ink import Sheet, draw_ink

_PAPER, _RULE = Qt.GlobalColor.white, Qt.GlobalColor.gray
_LEAST_HIGH_PX, _MOST_HIGH_PX = 180, 420
_LEAST_PX = 60.0
_LINE_AT = 0.76


class SignaturePad(QWidget):
    """White paper with a line; `changed` after each stroke."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._strokes: list[QPolygonF] = []
        self._undone: list[list[QPolygonF]] = []
        self._drawing = False
        self.setAccessibleName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumHeight(_LEAST_HIGH_PX)
        self.setMaximumHeight(_MOST_HIGH_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def is_signed(self) -> bool:
        """Whether there is more than a dot on it."""
        return sum(_length(stroke) for stroke in self._strokes) >= _LEAST_PX

    def clear(self) -> None:
        """A clean sheet; what was on it can be brought back."""
        if self._strokes:
            self._undone.append(self._strokes)
        self._show([])

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._strokes:
            self._undone.append(self._strokes[-1:])
            self._show(self._strokes[:-1])

    def redo(self) -> None:
        """Bring back what was taken back last."""
        if self._undone:
            self._show([*self._strokes, *self._undone.pop()])

    def undoes(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._strokes)

    def redoes(self) -> bool:
        """Whether something was taken back since the last stroke."""
        return bool(self._undone)

    def _show(self, strokes: list[QPolygonF]) -> None:
        self._strokes = strokes
        self._drawing = False
        self.update()
        self.changed.emit()

    def sheet(self) -> Sheet:
        """What is on it, to be made a file of."""
        strokes = tuple(
            tuple((point.x(), point.y()) for point in _points(stroke))
            for stroke in self._strokes
        )
        return Sheet(self.width(), self.height(), strokes)

    def begin(self, at: QPointF) -> None:
        """Put the pen down."""
        self._drawing = True
        self._undone = []
        self._strokes.append(QPolygonF([at]))
        self.update()

    def draw_to(self, at: QPointF) -> None:
        """Draw on; nothing while the pen is up."""
        if self._drawing:
            self._strokes[-1].append(at)
            self.update()

    def end(self) -> None:
        """Lift the pen."""
        if self._drawing:
            self._drawing = False
            self.changed.emit()

    def _touched(self, event: QTouchEvent) -> None:
        point = event.points()[0].position() if event.points() else QPointF()
        if event.type() is QEvent.Type.TouchBegin:
            self.begin(point)
        elif event.type() is QEvent.Type.TouchUpdate:
            self.draw_to(point)
        else:
            self.end()
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Fingers draw as a pen does."""
        if isinstance(event, QTouchEvent):
            self._touched(event)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The pen goes down."""
        self.begin(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pen draws."""
        self.draw_to(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The pen is lifted."""
        del event
        self.end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A real pen."""
        if event.type() is QEvent.Type.TabletPress:
            self.begin(event.position())
        elif event.type() is QEvent.Type.TabletMove:
            self.draw_to(event.position())
        else:
            self.end()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paper, the line to sign on, and the ink."""
        del event
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.line), tokens.line_px))
        painter.setBrush(QColor(_PAPER))
        sheet = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(sheet, theme.CORNER, theme.CORNER)
        painter.setPen(QPen(QColor(_RULE), 1, Qt.PenStyle.DashLine))
        height = self.height() * _LINE_AT
        painter.drawLine(QPointF(32, height), QPointF(self.width() - 32, height))
        draw_ink(painter, self._strokes)
        painter.end()


def _length(stroke: QPolygonF) -> float:
    steps = (b - a for a, b in pairwise(_points(stroke)))
    return float(sum((step.x() ** 2 + step.y() ** 2) ** 0.5 for step in steps))


def _points(stroke: QPolygonF) -> list[QPointF]:
    return [stroke.at(i) for i in range(stroke.size())]
