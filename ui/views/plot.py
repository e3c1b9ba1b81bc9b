"""A plot over time, with a readout of the moment that is pointed at.

In come series of columns and the moment of their end; out come a picture and, where a person
points or walks with the arrows, the values of that moment. Rule: it is painted once for what it
was last shown; pointing paints over that, so it costs nothing however much is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.plot_picture import Look, Picture, Series, Window
from ui.views.plot_shape import at_moment

_READOUT, _PAD = 24, 8


class Plot(QWidget):
    """The plot; `chosen` tells the moment that was entered or clicked twice."""

    chosen = Signal(float)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._picture: Picture | None = None
        self._none = ""
        self._painted: QPixmap | None = None
        self._pointed_s: float | None = None
        self.setMinimumSize(QSize(280, 132))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_series(self, series: Sequence[Series], window: Window, look: Look) -> None:
        """Paint these from now on."""
        size = (self.width(), self.height())
        self._picture = Picture(self._words, tuple(series), window, look, *size)
        self._none = ""
        self._paint_anew()

    def show_nothing(self, why: str) -> None:
        """There is nothing to draw, for this reason."""
        self._picture, self._none = None, why
        self._pointed_s = None
        self._paint_anew()

    def point_at(self, at_s: float | None) -> None:
        """Read out the values of this moment; None puts the readout away."""
        self._pointed_s = at_s
        self.setAccessibleDescription(self.readout())
        self.update()

    def readout(self) -> str:
        """The values of the moment that is pointed at, in words; empty without one."""
        picture, at_s = self._picture, self._pointed_s
        if picture is None or at_s is None:
            return ""
        told = [picture.clock(picture.window.moment(at_s), seconds=True)]
        told += [f"{one.name} {self._value(picture, one, at_s)}" for one in picture.series]
        return "   ".join(told)

    def _value(self, picture: Picture, series: Series, at_s: float) -> str:
        look = picture.look
        column = at_moment(series.columns, at_s, look.gap_s)
        if column is None:
            return self._words("p1.plot_gap")
        low, mean, high = (Decimal(f"{value:.{look.digits}f}") for value in column[1:])
        shown = self._words.number(mean, look.unit)
        if low == high:
            return shown
        return f"{shown} ({self._words.number(low)} … {self._words.number(high)})"

    def _seconds(self, event: QMouseEvent) -> float | None:
        return None if self._picture is None else self._picture.seconds(event.position().x())

    def _paint_anew(self) -> None:
        self._painted = None
        self.update()

    def _paint_once(self, picture: Picture) -> QPixmap:
        ratio = self.devicePixelRatioF()
        painted = QPixmap(self.size() * ratio)
        painted.setDevicePixelRatio(ratio)
        painted.fill(Qt.GlobalColor.transparent)
        painter = QPainter(painted)
        picture.paint(painter)
        painter.end()
        return painted

    def _paint_pointer(self, painter: QPainter, picture: Picture, at_s: float) -> None:
        tokens, area = theme.current(), picture.area
        x = min(max(picture.x(at_s), area.left()), area.right())
        painter.setPen(QPen(QColor(tokens.accent), 1.5))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        text = self.readout()
        painter.setFont(theme.font(theme.TYPE[0], QFont.Weight.Medium))
        wide = painter.fontMetrics().horizontalAdvance(text) + 2 * _PAD
        left = min(max(x - wide / 2, 0.0), self.width() - wide)
        box = QRectF(left, 0, wide, _READOUT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.line), tokens.line_px))
        painter.setBrush(QColor(tokens.raised))
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(QColor(tokens.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setFont(theme.font(theme.TYPE[1]))
        painter.setPen(QColor(theme.current().muted))
        wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        inside = QRectF(self.rect()).adjusted(24, 0, -24, 0)
        painter.drawText(inside, int(wrapped), self._none)

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: other colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._paint_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other pixels."""
        super().resizeEvent(event)
        if self._picture is not None:
            shown = self._picture
            self.show_series(shown.series, shown.window, shown.look)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out what is pointed at; a finger does the same."""
        self.point_at(self._seconds(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A finger that does not move."""
        self.setFocus()
        self.point_at(self._seconds(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to that moment."""
        at_s = self._seconds(event)
        if at_s is not None:
            self.chosen.emit(at_s)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at, unless the keys do."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self.point_at(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The readout goes with the focus."""
        super().focusOutEvent(event)
        self.point_at(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Home and End go to the ends, Enter goes to the moment, Esc lets go."""
        picture, key = self._picture, event.key()
        if picture is None:
            super().keyPressEvent(event)
            return
        window, step_s = picture.window, picture.step_s
        at_s = window.end_s if self._pointed_s is None else self._pointed_s
        walks = {Qt.Key.Key_Left: at_s - step_s, Qt.Key.Key_Right: at_s + step_s}
        walks |= {Qt.Key.Key_Home: window.start_s, Qt.Key.Key_End: window.end_s}
        if key in walks:
            self.point_at(min(max(walks[Qt.Key(key)], window.start_s), window.end_s))
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._pointed_s is not None:
            self.chosen.emit(at_s)
        elif key == Qt.Key.Key_Escape and self._pointed_s is not None:
            self.point_at(None)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, what is pointed at, and the frame of the focus."""
        del event
        painter, picture = QPainter(self), self._picture
        if picture is not None:
            self._painted = self._painted or self._paint_once(picture)
            painter.drawPixmap(0, 0, self._painted)
            if self._pointed_s is not None:
                self._paint_pointer(painter, picture, self._pointed_s)
        elif self._none:
            self._paint_nothing(painter)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()
