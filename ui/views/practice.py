"""The practice band: stripes and words over every page, so that nobody takes it for real.

In come words; out comes a band. Rule: it can't be closed.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.views import theme

HEIGHT = 28
_STRIPE = 14


class PracticeBand(QWidget):
    """Diagonal stripes with words on a plain field in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(HEIGHT)
        self._text = ""

    def say(self, text: str) -> None:
        """Show other words."""
        self._text = text
        self.setAccessibleName(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both in the colours of the theme now on."""
        del event
        of = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(of.attention_soft))
        painter.setPen(QPen(QColor(of.attention), _STRIPE / 2))
        for x in range(-HEIGHT, self.width() + HEIGHT, _STRIPE * 2):
            painter.drawLine(QLineF(x, HEIGHT + 4, x + HEIGHT + 8, -4))
        painter.setFont(theme.font(theme.TYPE[0], QFont.Weight.DemiBold))
        room = painter.fontMetrics().horizontalAdvance(self._text) + 2 * theme.SPACE[4]
        field = self.rect()
        field.setWidth(min(room, self.width()))
        field.moveCenter(self.rect().center())
        painter.fillRect(field, QColor(of.attention_soft))
        painter.setPen(QColor(of.attention))
        painter.drawText(field, Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
