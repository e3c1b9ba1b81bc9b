"""A plot over time: step lines of a few series, painted by hand.

In come series of (seconds, value) and the moment of their end; out comes a picture. Rule: the
plot keeps no data of its own beyond what it was shown last; where there are more values than
pixels it draws their mean with a band from lowest to highest; series differ in line style too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, log10

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import theme
from ui.views.language import Words

STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
GAP_S = 35.0
"""A silence longer than three telegrams of a DSMR 4 meter breaks the line."""

_LEFT, _BOTTOM, _TOP = 52, 28, 10
_LINE_PX = 2.4

_COLUMN_PX = 7
_MINUTES_S = 600
_BAND_ALPHA, _GRID_ALPHA = 46, 60

Point = tuple[float, float]
Column = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, the place of its colour and style, and its points in time order."""

    name: str
    place: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """What is seen: `span_s` seconds up to `end_s`, which is `end_at` on the wall."""

    end_s: float
    end_at: datetime
    span_s: float


class Plot(QWidget):
    """The picture."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._series: tuple[Series, ...] = ()
        self._window: Window | None = None
        self.setMinimumSize(QSize(280, 140))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_series(self, series: Sequence[Series], window: Window) -> None:
        """Paint these from now on."""
        self._series = tuple(series)
        self._window = window
        self.update()

    def _area(self) -> QRectF:
        wide, high = self.width() - _LEFT - 4, self.height() - _TOP - _BOTTOM
        return QRectF(_LEFT, _TOP, max(1, wide), max(1, high))

    def _paint(self, painter: QPainter, window: Window) -> None:
        area = self._area()
        start_s = window.end_s - window.span_s
        seen = [(one, visible(one.points, start_s, window.end_s)) for one in self._series]
        ticks = scale([value for _, points in seen for _, value in points])
        self._paint_grid(painter, area, ticks)
        self._paint_times(painter, area, window)
        painter.setClipRect(area.adjusted(-2, -4, 4, 4))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = ticks[0], ticks[-1]

        def place(point: Point) -> QPointF:
            x = area.left() + (point[0] - start_s) / window.span_s * area.width()
            y = area.bottom() - (point[1] - low) / (high - low) * area.height()
            return QPointF(x, y)

        width_s = window.span_s / max(1.0, area.width() / _COLUMN_PX)
        for one, points in seen:
            for piece in pieces(points, window.end_s):
                columns = gathered(piece, width_s)
                _paint_band(painter, columns, place, QColor(theme.current().phases[one.place]))
                painter.setPen(_pen(one.place))
                means = [(at, mean) for at, _, mean, _ in columns]
                painter.drawPolyline(QPolygonF([place(point) for point in steps(means)]))

    def _paint_grid(self, painter: QPainter, area: QRectF, ticks: list[float]) -> None:
        tokens = theme.current()
        painter.setFont(theme.font(theme.TYPE[0]))
        digits = 1 if ticks[1] - ticks[0] < 1 else 0
        for tick in ticks:
            share = (tick - ticks[0]) / (ticks[-1] - ticks[0])
            y = area.bottom() - share * area.height()
            strong = tick == 0 and ticks[0] < 0
            ink = QColor(tokens.muted)
            ink.setAlpha(255 if strong else _GRID_ALPHA)
            painter.setPen(QPen(ink, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(tokens.muted))
            label = self._tick(tick, digits)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 10, _LEFT - 10, 20), right, label)

    def _tick(self, tick: float, digits: int) -> str:
        return self._words.number(Decimal(f"{tick:.{digits}f}"))

    def _paint_times(self, painter: QPainter, area: QRectF, window: Window) -> None:
        painter.setPen(QColor(theme.current().muted))
        y = area.bottom() + 6
        for share, align in (
            (0.0, Qt.AlignmentFlag.AlignLeft),
            (0.5, Qt.AlignmentFlag.AlignHCenter),
            (1.0, Qt.AlignmentFlag.AlignRight),
        ):
            moment = window.end_at - timedelta(seconds=window.span_s * (1 - share))
            x = area.left() + share * area.width() - 60 * (2 * share)
            painter.drawText(QRectF(x, y, 120, 20), align, self._time(moment, window.span_s))

    def _time(self, moment: datetime, span_s: float) -> str:
        """With seconds where the minutes alone would not tell three times apart."""
        text = self._words.time(moment)
        return text if span_s >= _MINUTES_S else f"{text}:{moment.second:02}"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, times and lines."""
        del event
        painter = QPainter(self)
        if self._window is not None:
            self._paint(painter, self._window)
        painter.end()


class Legend(QWidget):
    """Samples of the lines with their names, beside a heading."""

    _SAMPLE, _GAP = 26, 6

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
        return self._SAMPLE + self._GAP + self.fontMetrics().horizontalAdvance(name) + 16

    def paintEvent(self, event: QPaintEvent) -> None:
        """Each line as it is drawn, then its name."""
        del event
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TYPE[0]))
        x, middle = 0, self.height() / 2
        for place, name in self._names:
            painter.setPen(_pen(place))
            painter.drawLine(QPointF(x, middle), QPointF(x + self._SAMPLE, middle))
            painter.setPen(QColor(theme.current().muted))
            at = QRectF(x + self._SAMPLE + self._GAP, 0, 200, self.height())
            painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, name)
            x += self._wide(name)
        painter.end()


def _paint_band(
    painter: QPainter, columns: Sequence[Column], place: Callable[[Point], QPointF], ink: QColor
) -> None:
    """From the lowest to the highest of each column, faintly: a mean hides no peak."""
    ink.setAlpha(_BAND_ALPHA)
    for (at, low, _, high), (until, *_) in pairwise(columns):
        if high > low:
            painter.fillRect(QRectF(place((at, high)), place((until, low))), ink)


def _pen(place: int) -> QPen:
    pen = QPen(QColor(theme.current().phases[place]), _LINE_PX, STYLES[place])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return pen


def visible(points: Sequence[Point], start_s: float, end_s: float) -> list[Point]:
    """The points in the window, and the one before it, whose value still holds at its start."""
    first = next((n for n, point in enumerate(points) if point[0] >= start_s), len(points))
    return [point for point in points[max(0, first - 1) :] if point[0] <= end_s]


def pieces(points: Sequence[Point], end_s: float) -> list[list[Point]]:
    """The points in runs without a gap; the last value holds until `end_s`, or for a gap."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and point[0] - runs[-1][-1][0] <= GAP_S:
            runs[-1].append(point)
        else:
            runs.append([point])
    if runs:
        last_s, value = runs[-1][-1]
        runs[-1].append((min(end_s, last_s + GAP_S), value))
    return runs


def gathered(points: Sequence[Point], width_s: float) -> list[Column]:
    """The points in columns of `width_s`: each its moment, lowest, mean and highest value.

    Columns lie on whole multiples of their width, so that they stand still while time goes on;
    the last point keeps its own moment, where the line ends.
    """
    buckets: dict[int, list[Point]] = {}
    for point in points[:-1]:
        buckets.setdefault(floor(point[0] / width_s), []).append(point)
    columns = [_column(bucket) for bucket in buckets.values()]
    end_s, value = points[-1]
    return [*columns, (end_s, value, columns[-1][2] if columns else value, value)]


def _column(points: Sequence[Point]) -> Column:
    values = [value for _, value in points]
    return points[0][0], min(values), sum(values) / len(values), max(values)


def steps(points: Sequence[Point]) -> list[Point]:
    """A value holds until the next one comes: corners in between."""
    corners: list[Point] = []
    for point in points:
        if corners:
            corners.append((point[0], corners[-1][1]))
        corners.append(point)
    return corners


def scale(values: Sequence[float]) -> list[float]:
    """Round ticks from below the least to above the greatest, zero always among them."""
    low, high = min([0.0, *values]), max([0.0, *values])
    if high - low < 0.4:
        high = low + 0.4 if high > -low else high
        low = high - 0.4 if high - low < 0.4 else low
    step = _round_step((high - low) / 3)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(tick * step, 6) for tick in range(first, max(last, first + 1) + 1)]


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(power * m for m in (1, 2, 5, 10) if power * m >= rough * 0.999)
