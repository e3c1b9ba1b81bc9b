"""The picture of a plot: grid, times, limits, and the lines with their bands.

In come series, a window, a look and a size; out come strokes of a painter, and the moment that
belongs to a place. Rule: no state and no widget; where there are more values than pixels the
mean is drawn, with a band from lowest to highest; series differ in line style too. Nothing is
smoothed: upright and level lines need it not, and dashes took twenty times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui.views import theme
from ui.views.language import Words
from ui.views.plot_legend import pen_of
from ui.views.plot_shape import Column, Point, gathered, pieces, scale, steps, visible

COLUMN_PX = 5
_LEFT, _RIGHT, _BOTTOM, _TOP = 56, 8, 28, 10
_DAY_S, _MINUTES_S = 86_400, 600
_BAND_ALPHA, _GRID_ALPHA = 56, 60
_CROWDED = 1.5
_LABEL = 120
_CORNER = QPoint(1, 0)
"""A `QRect` ends one pixel before its neighbour begins."""


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


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, on an area of `wide` by `high` px."""

    words: Words
    series: tuple[Series, ...]
    window: Window
    look: Look
    wide: int
    high: int

    @property
    def area(self) -> QRectF:
        """Where the lines run."""
        wide, high = self.wide - _LEFT - _RIGHT, self.high - _TOP - _BOTTOM
        return QRectF(_LEFT, _TOP, max(1, wide), max(1, high))

    @property
    def step_s(self) -> float:
        """The seconds of one column."""
        return self.window.span_s / max(1.0, self.area.width() / COLUMN_PX)

    def x(self, at_s: float) -> float:
        """Where a moment stands."""
        area = self.area
        return area.left() + (at_s - self.window.start_s) / self.window.span_s * area.width()

    def seconds(self, x: float) -> float:
        """The moment at a place, within the window."""
        share = min(max((x - self.area.left()) / self.area.width(), 0.0), 1.0)
        return self.window.start_s + share * self.window.span_s

    def clock(self, moment: datetime, *, seconds: bool) -> str:
        """With seconds where minutes alone do not tell times apart, over days with the day."""
        text = self.words.time(moment)
        if seconds:
            text = f"{text}:{moment.second:02}"
        if self.window.span_s > _DAY_S:
            text = f"{self.words.day(moment.date())} {text}"
        return text

    def paint(self, painter: QPainter) -> None:
        """Draw all of it."""
        area, look, window = self.area, self.look, self.window
        seen = [
            (one, visible(one.columns, window.start_s, window.end_s)) for one in self.series
        ]
        values = [
            value for _, columns in seen for _, low, _, high in columns for value in (low, high)
        ]
        low, high = min(values, default=0.0), max(values, default=0.0)
        ticks = scale(low, high, from_zero=look.from_zero, least=look.least)
        self._paint_grid(painter, area, ticks)
        self._paint_times(painter, area, window)
        painter.setClipRect(area.adjusted(-2, -4, 4, 4))
        bottom, top = ticks[0], ticks[-1]

        left, per_s = self.x(0.0), area.width() / window.span_s
        base, per_unit = area.bottom(), area.height() / (top - bottom)

        def place(point: Point) -> QPointF:
            return QPointF(left + point[0] * per_s, base - (point[1] - bottom) * per_unit)

        self._paint_limits(painter, area, place, (bottom, top))
        for one, columns in seen:
            for run in pieces(columns, look.gap_s):
                self._paint_run(painter, one.place, run, (self.step_s, place))

    def _paint_run(
        self,
        painter: QPainter,
        series: int,
        run: list[Column],
        how: tuple[float, Callable[[Point], QPointF]],
    ) -> None:
        """A value holds until the next; where many share a column their means are joined."""
        width_s, place = how
        columns, last = gathered(run, width_s), run[-1]
        until = min(self.window.end_s, last[0] + self.look.gap_s)
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
            label = self.words.number(Decimal(f"{tick:.{digits}f}"))
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
        for limit in self.look.limits:
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
            told = self.clock(moment, seconds=window.span_s < _MINUTES_S)
            painter.drawText(QRectF(x, y, _LABEL, 20), align, told)


def _paint_band(
    painter: QPainter, columns: Sequence[Column], place: Callable[[Point], QPointF], ink: QColor
) -> None:
    """From the lowest to the highest of each column, faintly: a mean hides no peak."""
    ink.setAlpha(_BAND_ALPHA)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    bands = [
        QRect(place((at, high)).toPoint(), place((until, low)).toPoint() - _CORNER)
        for (at, low, _, high), (until, *_) in pairwise(columns)
        if high > low
    ]
    if bands:
        painter.drawRects(bands)
    painter.setBrush(Qt.BrushStyle.NoBrush)
