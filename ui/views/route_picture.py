"""The route as a picture: the day's stops in order, round from the depot and back.

In come stops with their number, place and state; out comes a drawing in which the road behind
is drawn through and the road ahead is dotted, and `chosen` with the stop that was touched.
Rule: it is a scheme, not a map: nothing here knows where an address lies, only the order, so
the same day always looks the same and distances mean nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from ui.views import theme
from ui.views.route_scheme import (
    RING,
    STOP,
    Label,
    Scheme,
    Stop,
    StopState,
    labels,
    lay_out,
    margin,
    road,
)

_DEPOT = 16
_TOUCH = 22
_LABEL_SHARE = 0.36
_BADGE = 7


class RoutePicture(QWidget):
    """The drawing; arrow keys walk the stops, Enter opens the one that is walked to."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._stops: tuple[Stop, ...] = ()
        self._at = -1
        self._depot = ""
        self.setMinimumSize(QSize(260, 240))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_stops(self, stops: Sequence[Stop], depot: str, spoken: str) -> None:
        """Show a day; `depot` is its word, `spoken` tells the picture without eyes."""
        self._stops = tuple(stops)
        self._at = min(self._at, len(self._stops) - 1)
        self._depot = depot
        self.setAccessibleName(spoken)
        self.setAccessibleDescription("; ".join(stop.spoken for stop in stops))
        self.update()

    def scheme(self) -> Scheme:
        """Where everything is at the present size."""
        metrics = QFontMetrics(_label_font(is_next=True))
        names = (metrics.horizontalAdvance(stop.place) for stop in self._stops)
        wide = min(margin(max(names, default=0)), self.width() * _LABEL_SHARE)
        room = QRectF(self.rect()).adjusted(wide, 28, -wide, -44)
        return lay_out([stop.key for stop in self._stops], room)

    def labels(self) -> list[Label]:
        """The names of the places, where they can be read."""
        metrics = QFontMetrics(_label_font(is_next=True))

        def elided(text: str, room: float) -> str:
            return metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(room)))

        texts = (metrics.horizontalAdvance, elided)
        return list(labels(self._stops, self.scheme(), self.width(), texts))

    def stop_at(self, point: QPointF) -> Stop | None:
        """The stop under a finger, or None."""
        for stop, place in zip(self._stops, self.scheme().stops, strict=True):
            if math.hypot(point.x() - place.x(), point.y() - place.y()) <= _TOUCH:
                return stop
        return None

    def _draw_road(self, painter: QPainter, scheme: Scheme) -> None:
        now = theme.current()
        pieces = road([scheme.depot, *scheme.stops, scheme.depot])
        if len(self._stops) == 1:
            pieces.pop()  # back along the same way
        for number, piece in enumerate(pieces):
            home = number == len(self._stops)
            past = not home and self._stops[number].past
            tone = now.done if past else now.line if home else now.accent
            pen = QPen(QColor(tone), 4 if past else 3)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            if not past:
                pen.setDashPattern([0.1, 2.6])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(piece)

    def _draw_stop(self, painter: QPainter, stop: Stop, place: QPointF) -> None:
        now = theme.current()
        tone = {
            StopState.DONE: now.done,
            StopState.NOT_DONE: now.muted,
            StopState.LATER: now.accent,
            StopState.NEXT: now.accent,
        }[stop.state]
        filled = stop.state in {StopState.DONE, StopState.NEXT}
        if stop.state is StopState.NEXT:
            painter.setPen(QPen(QColor(tone), 3))
            painter.setBrush(QColor(now.surface))
            painter.drawEllipse(place, RING, RING)
        painter.setPen(QPen(QColor(tone), 2))
        painter.setBrush(QColor(tone if filled else now.surface))
        painter.drawEllipse(place, STOP, STOP)
        painter.setPen(QColor(_on(tone) if filled else tone))
        painter.setFont(theme.font(theme.TYPE[0], QFont.Weight.DemiBold))
        spot = QRectF(place.x() - STOP, place.y() - STOP, 2 * STOP, 2 * STOP)
        painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, str(stop.number))
        if stop.state is StopState.NOT_DONE:
            _cross(painter, place + QPointF(STOP - 3, 3 - STOP), tone)

    def _draw_labels(self, painter: QPainter) -> None:
        now = theme.current()
        for label in self.labels():
            is_next = label.stop.state is StopState.NEXT
            painter.setFont(_label_font(is_next=is_next))
            painter.setPen(QColor(now.text if is_next else now.muted))
            left = label.spot.center().x() < label.at.x()
            side = Qt.AlignmentFlag.AlignRight if left else Qt.AlignmentFlag.AlignLeft
            painter.drawText(label.spot, side | Qt.AlignmentFlag.AlignVCenter, label.text)

    def _draw_depot(self, painter: QPainter, at: QPointF) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.text))
        body = QRectF(at.x() - _DEPOT / 2, at.y() - _DEPOT / 2, _DEPOT, _DEPOT)
        painter.drawRoundedRect(body, 4, 4)
        painter.setFont(theme.font(theme.TYPE[0]))
        painter.setPen(QColor(now.muted))
        below = QRectF(at.x() - 80, at.y() + _DEPOT / 2 + 4, 160, 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._depot)

    def _draw_focus(self, painter: QPainter, scheme: Scheme) -> None:
        if not self.hasFocus() or not 0 <= self._at < len(scheme.stops):
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.current().text), 2, Qt.PenStyle.DotLine))
        painter.drawEllipse(scheme.stops[self._at], RING + 5, RING + 5)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """The road, then the stops upon it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scheme = self.scheme()
        self._draw_road(painter, scheme)
        self._draw_depot(painter, scheme.depot)
        for stop, place in zip(self._stops, scheme.stops, strict=True):
            self._draw_stop(painter, stop, place)
        self._draw_labels(painter)
        self._draw_focus(painter, scheme)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Enter opens."""
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._stops:
            self._at = (self._at + step) % len(self._stops) if self._at >= 0 else 0
            self.update()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._at >= 0:
            self.chosen.emit(self._stops[self._at].key)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over a stop."""
        over = self.stop_at(event.position()) is not None
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A touch on a stop."""
        stop = self.stop_at(event.position())
        if stop is not None:
            self.chosen.emit(stop.key)


def _cross(painter: QPainter, at: QPointF, tone: str) -> None:
    """The badge of a stop where the work was not done."""
    painter.setPen(QPen(QColor(theme.current().surface), 2))
    painter.setBrush(QColor(tone))
    painter.drawEllipse(at, _BADGE, _BADGE)
    painter.setPen(QPen(QColor(_on(tone)), 1.6))
    for arm in (QPointF(2.4, 2.4), QPointF(2.4, -2.4)):
        painter.drawLine(at - arm, at + arm)


def _on(tone: str) -> str:
    """White or near black, whichever is read better on `tone`."""
    now = theme.current()
    return max((now.surface, now.text), key=lambda ink: theme.contrast(ink, tone))


def _label_font(*, is_next: bool) -> QFont:
    weight = QFont.Weight.DemiBold if is_next else QFont.Weight.Normal
    return theme.font(theme.TYPE[0], weight)
