"""Time across: where a moment stands on the board, and the line of hours above it.

In come the day's first and last moments and a width; out come x positions and moments. Rule:
the board and its hours use one scale, so they can't drift apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.presenters.planning_state import Lane
from ui.views import theme
from ui.views.language import Words

HEAD_PX = 200
"""The width of the technicians' column."""

_MARGIN_PX = 14
_HOUR = timedelta(hours=1)
_STEP = timedelta(minutes=5)
_LEAST = 9
_USUAL_START = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """From `first` to `last`, whole hours, over a board of `width` px."""

    first: datetime
    last: datetime
    width: float

    @property
    def per_hour(self) -> float:
        """Px an hour."""
        return (self.width - HEAD_PX - _MARGIN_PX) / ((self.last - self.first) / _HOUR)

    def x(self, moment: datetime) -> float:
        """Where a moment stands."""
        return HEAD_PX + (moment - self.first) / _HOUR * self.per_hour

    def moment(self, x: float) -> datetime:
        """Which moment stands there, to five minutes."""
        hours = (x - HEAD_PX) / self.per_hour
        return self.first + round(hours * _HOUR / _STEP) * _STEP

    def hours(self) -> Iterator[datetime]:
        """Every whole hour."""
        moment = self.first
        while moment <= self.last:
            yield moment
            moment += _HOUR


def span(lanes: Sequence[Lane], noon: datetime) -> tuple[datetime, datetime]:
    """The whole hours that hold every block of the day; from eight, nine hours at least."""
    blocks = [block for lane in lanes for block in lane.blocks]
    usual = noon - (12 - _USUAL_START) * _HOUR
    first = min([usual, *(min(b.start, b.window[0]) for b in blocks)])
    last = max([usual + _LEAST * _HOUR, *(b.end for b in blocks)])
    whole = first.replace(minute=0, second=0, microsecond=0)
    rounded = last.replace(minute=0, second=0, microsecond=0)
    return whole, rounded if rounded == last else rounded + _HOUR


class Hours(QWidget):
    """The line of hours above the board; it begins where the technicians' column ends."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.scale: Scale | None = None
        self.setFixedHeight(34)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """Draw the hours where they stand."""
        if self.scale is None:
            return
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TYPE[0]))
        painter.setPen(QColor(theme.current().muted))
        half = self.scale.per_hour / 2
        for hour in list(self.scale.hours())[:-1]:
            box = QRectF(self.scale.x(hour) - HEAD_PX + 4, 0, half * 2, self.height())
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(flags), self._words.time(hour)[:2])
        painter.end()
