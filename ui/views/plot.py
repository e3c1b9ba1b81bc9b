"""A plot over time: step lines of a few series, painted by hand, with a readout.

In come series of columns and the moment of their end; out come a picture and, where a person
points or walks with the arrows, the values of that moment. Rule: it is painted once for what it
was last shown, and pointing paints over that; where there are more values than pixels it draws
their mean with a band from lowest to highest; series differ in line style too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

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
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.plot_legend import pen_of
from ui.views.plot_shape import (
    Column,
    Point,
    at_moment,
    gathered,
    pieces,
    scale,
    steps,
    visible,
)

_LEFT, _RIGHT, _BOTTOM, _TOP = 56, 8, 28, 10
_COLUMN_PX = 5
_DAY_S, _MINUTES_S = 86_400, 600
_BAND_ALPHA, _GRID_ALPHA = 56, 60
_READOUT, _PAD = 24, 8
_CROWDED = 1.5
_LABEL = 120


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, the place of its colour and style, its columns in order of time."""

    name: str
    place: int
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen: `span_s` seconds up to `end_s`, which is `end_at` on the wall."""

    end_s: float
    end_at: datetime
    span_s: float

    @property
    def start_s(self) -> float:
        """Where it begins."""
        return self.end_s - self.span_s

    def moment(self, at_s: float) -> datetime:
        """The moment on the wall."""
        return self.end_at - timedelta(seconds=self.end_s - at_s)


@dataclass(frozen=True, slots=True)
class Look:
    """How a quantity is drawn.

    Attributes:
        digits: decimals of a value that is read out.
        least: the smallest stretch of the upright scale.
        limits: values at which a thin line stands where they are in view.
        gap_s: a silence longer than this breaks the line.
    """

    unit: str
    digits: int = 3
    from_zero: bool = True
    least: float = 0.4
    limits: tuple[float, ...] = ()
    gap_s: float = 35.0


class Plot(QWidget):
    """The picture; `chosen` tells the moment that was entered or clicked twice."""

    chosen = Signal(float)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._series: tuple[Series, ...] = ()
        self._window: Window | None = None
        self._look = Look("kW")
        self._none = ""
        self._picture: QPixmap | None = None
        self._pointed_s: float | None = None
        self.setMinimumSize(QSize(280, 132))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_series(self, series: Sequence[Series], window: Window, look: Look) -> None:
        """Paint these from now on."""
        self._series, self._window, self._look = tuple(series), window, look
        self._none = ""
        self._paint_anew()

    def show_nothing(self, why: str) -> None:
        """There is nothing to draw, for this reason."""
        self._series, self._window, self._none = (), None, why
        self._pointed_s = None
        self._paint_anew()

    def point_at(self, at_s: float | None) -> None:
        """Read out the values of this moment; None puts the readout away."""
        self._pointed_s = at_s
        self.setAccessibleDescription(self.readout())
        self.update()

    def readout(self) -> str:
        """The values of the moment that is pointed at, in words; empty without one."""
        if self._window is None or self._pointed_s is None:
            return ""
        moment = self._window.moment(self._pointed_s)
        told = [self._clock(moment, seconds=True)]
        told += [f"{one.name} {self._value(one)}" for one in self._series]
        return "   ".join(told)

    def _value(self, series: Series) -> str:
        assert self._pointed_s is not None
        column = at_moment(series.columns, self._pointed_s, self._look.gap_s)
        if column is None:
            return self._words("p1.plot_gap")
        _, low, mean, high = column
        digits = self._look.digits
        shown = self._words.number(Decimal(f"{mean:.{digits}f}"), self._look.unit)
        if f"{low:.{digits}f}" == f"{high:.{digits}f}":
            return shown
        ends = (self._words.number(Decimal(f"{value:.{digits}f}")) for value in (low, high))
        return f"{shown} ({' … '.join(ends)})"

    def _area(self) -> QRectF:
        wide, high = self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM
        return QRectF(_LEFT, _TOP, max(1, wide), max(1, high))

    def _x(self, at_s: float) -> float:
        area, window = self._area(), self._window
        assert window is not None
        return area.left() + (at_s - window.start_s) / window.span_s * area.width()

    def _seconds(self, x: float) -> float | None:
        area, window = self._area(), self._window
        if window is None:
            return None
        share = min(max((x - area.left()) / area.width(), 0.0), 1.0)
        return window.start_s + share * window.span_s

    def _paint_anew(self) -> None:
        self._picture = None
        self.update()

    def _painted(self, window: Window) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self._paint(painter, window)
        painter.end()
        return picture

    def _paint(self, painter: QPainter, window: Window) -> None:
        area, look = self._area(), self._look
        seen = [
            (one, visible(one.columns, window.start_s, window.end_s)) for one in self._series
        ]
        values = [
            value for _, columns in seen for _, low, _, high in columns for value in (low, high)
        ]
        low, high = min(values, default=0.0), max(values, default=0.0)
        ticks = scale(low, high, from_zero=look.from_zero, least=look.least)
        self._paint_grid(painter, area, ticks)
        self._paint_times(painter, area, window)
        painter.setClipRect(area.adjusted(-2, -4, 4, 4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom, top = ticks[0], ticks[-1]

        def place(point: Point) -> QPointF:
            y = area.bottom() - (point[1] - bottom) / (top - bottom) * area.height()
            return QPointF(self._x(point[0]), y)

        self._paint_limits(painter, area, place, (bottom, top))
        width_s = window.span_s / max(1.0, area.width() / _COLUMN_PX)
        for one, columns in seen:
            for run in pieces(columns, look.gap_s):
                self._paint_run(painter, one.place, run, (width_s, place))

    def _paint_run(
        self,
        painter: QPainter,
        series: int,
        run: list[Column],
        how: tuple[float, Callable[[Point], QPointF]],
    ) -> None:
        """A value holds until the next; where many share a column their means are joined."""
        assert self._window is not None
        width_s, place = how
        columns, last = gathered(run, width_s), run[-1]
        until = min(self._window.end_s, last[0] + self._look.gap_s)
        held = [*columns, (until, last[2], last[2], last[2])]
        _paint_band(painter, held, place, QColor(theme.current().phases[series]))
        painter.setPen(pen_of(series))
        means = [(at, mean) for at, _, mean, _ in held]
        corners = means if len(run) > _CROWDED * len(columns) else steps(means)
        painter.drawPolyline(QPolygonF([place(point) for point in corners]))

    def _paint_grid(self, painter: QPainter, area: QRectF, ticks: list[float]) -> None:
        tokens = theme.current()
        painter.setFont(theme.font(theme.TYPE[0]))
        step = ticks[1] - ticks[0]
        digits = 2 if step < 0.1 else 1 if step < 1 else 0
        for tick in ticks:
            share = (tick - ticks[0]) / (ticks[-1] - ticks[0])
            y = area.bottom() - share * area.height()
            ink = QColor(tokens.muted)
            ink.setAlpha(255 if tick == 0 and ticks[0] < 0 else _GRID_ALPHA)
            painter.setPen(QPen(ink, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.muted))
            label = self._words.number(Decimal(f"{tick:.{digits}f}"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 10, _LEFT - 10, 20), right, label)

    def _paint_limits(
        self,
        painter: QPainter,
        area: QRectF,
        place: Callable[[Point], QPointF],
        ends: tuple[float, float],
    ) -> None:
        painter.setPen(QPen(QColor(theme.current().attention), 1.5, Qt.PenStyle.DashDotLine))
        for limit in self._look.limits:
            if ends[0] <= limit <= ends[1]:
                y = place((0.0, limit)).y()
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _paint_times(self, painter: QPainter, area: QRectF, window: Window) -> None:
        painter.setPen(QColor(theme.current().muted))
        y = area.bottom() + 6
        for share, align in (
            (0.0, Qt.AlignmentFlag.AlignLeft),
            (0.5, Qt.AlignmentFlag.AlignHCenter),
            (1.0, Qt.AlignmentFlag.AlignRight),
        ):
            moment = window.moment(window.start_s + share * window.span_s)
            x = area.left() + share * area.width() - _LABEL * share
            told = self._clock(moment, seconds=window.span_s < _MINUTES_S)
            painter.drawText(QRectF(x, y, _LABEL, 20), align, told)

    def _clock(self, moment: datetime, *, seconds: bool) -> str:
        """With seconds where minutes alone do not tell times apart, over days with the day."""
        text = self._words.time(moment)
        if seconds:
            text = f"{text}:{moment.second:02}"
        if self._window is not None and self._window.span_s > _DAY_S:
            text = f"{self._words.day(moment.date())} {text}"
        return text

    def _paint_pointer(self, painter: QPainter) -> None:
        tokens, area, at_s = theme.current(), self._area(), self._pointed_s
        if at_s is None or self._window is None:
            return
        x = min(max(self._x(at_s), area.left()), area.right())
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

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: other colours."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._paint_anew()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other pixels."""
        super().resizeEvent(event)
        self._picture = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read out what is pointed at; a finger does the same."""
        self.point_at(self._seconds(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A finger that does not move."""
        self.setFocus()
        self.point_at(self._seconds(event.position().x()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to that moment."""
        at_s = self._seconds(event.position().x())
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
        window, key = self._window, event.key()
        if window is None or key not in _KEYS:
            super().keyPressEvent(event)
            return
        at_s = window.end_s if self._pointed_s is None else self._pointed_s
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.chosen.emit(at_s)
        elif key == Qt.Key.Key_Escape:
            if self._pointed_s is None:
                super().keyPressEvent(event)
            self.point_at(None)
        else:
            step_s = window.span_s / max(1.0, self._area().width() / _COLUMN_PX)
            moved = {Qt.Key.Key_Left: at_s - step_s, Qt.Key.Key_Right: at_s + step_s}
            moved |= {Qt.Key.Key_Home: window.start_s, Qt.Key.Key_End: window.end_s}
            to_s = moved[Qt.Key(key)]
            self.point_at(min(max(to_s, window.start_s), window.end_s))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, what is pointed at, and the frame of the focus."""
        del event
        painter, tokens = QPainter(self), theme.current()
        if self._window is not None:
            self._picture = self._picture or self._painted(self._window)
            painter.drawPixmap(0, 0, self._picture)
            self._paint_pointer(painter)
        elif self._none:
            painter.setFont(theme.font(theme.TYPE[1]))
            painter.setPen(QColor(tokens.muted))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(
                QRectF(self.rect()).adjusted(24, 0, -24, 0), int(wrapped), self._none
            )
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()


_KEYS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
}


def _paint_band(
    painter: QPainter, columns: Sequence[Column], place: Callable[[Point], QPointF], ink: QColor
) -> None:
    """From the lowest to the highest of each column, faintly: a mean hides no peak."""
    ink.setAlpha(_BAND_ALPHA)
    for (at, low, _, high), (until, *_) in pairwise(columns):
        if high > low:
            painter.fillRect(QRectF(place((at, high)), place((until, low))), ink)
