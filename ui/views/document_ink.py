"""How a document writes: sizes, fonts, lines of text, and figures of one width.

In come a page's device and a density; out come measured text and what draws it. Rule: what is
drawn can be read again by a machine, figures too (ISO 32000-1, 9.10.3).
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPagedPaintDevice,
    QPainter,
    QPainterPath,
    QPen,
    QTextLayout,
    QTextOption,
)

from ui.views import theme

_MM_PER_INCH, _POINTS_PER_INCH = 25.4, 72
_BREAK = "\u2028"
TITLE, HEADING, TEXT, SMALL = 17.0, 10.5, 9.0, 7.5
"""Type sizes in points."""


class Ink:
    """Writes on one device.

    Args:
        device: a PDF, or a printer's paper.
        density: below 1 everything is drawn that much smaller.
    """

    def __init__(self, device: QPagedPaintDevice, density: float) -> None:
        self.device = device
        self._dots = device.logicalDpiY() * density
        self.colours = theme.THEMES["light"]

    def mm(self, length: float) -> float:
        """Millimetres in dots."""
        return length * self._dots / _MM_PER_INCH

    def font(self, points: float, *, strong: bool = False) -> QFont:
        """The product's font. Without contextual forms: those can't be read back."""
        weight = QFont.Weight.DemiBold if strong else QFont.Weight.Normal
        made = theme.font(round(points * self._dots / _POINTS_PER_INCH), weight)
        made.setFeature(QFont.Tag("calt"), 0)
        made.setFeature(QFont.Tag("tnum"), 0)
        return made

    def lines(self, text: str, font: QFont, width: float) -> Lines:
        """Text broken into lines of this width; a word longer than that is broken too."""
        return Lines(text, font, width, self.device)

    def figures(self, text: str, font: QFont) -> Figures:
        """A number in figures of one width."""
        return Figures(text, font, self.device)

    def rule(self, painter: QPainter, place: QRectF, colour: str, mm: float = 0.2) -> None:
        """A line along the top of a place."""
        painter.setPen(QPen(QColor(colour), self.mm(mm)))
        painter.drawLine(place.topLeft(), place.topRight())


class Lines:
    """Measured text."""

    def __init__(self, text: str, font: QFont, width: float, device: QPagedPaintDevice) -> None:
        self._layout = QTextLayout(text.replace("\n", _BREAK), font, device)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._layout.beginLayout()
        self.height = 0.0
        while (line := self._layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPointF(0, self.height))
            self.height += line.height()
        self._layout.endLayout()

    def draw(self, painter: QPainter, at: QPointF, colour: str) -> None:
        """Write it; `at` is its upper left corner."""
        painter.setPen(QColor(colour))
        self._layout.draw(painter, at)


class Figures:
    """A number whose figures are all of one width.

    Qt writes such figures into a PDF without saying which they are, so they are drawn as
    shapes, and the same text lies over them unseen, for whoever searches or listens.
    """

    def __init__(self, text: str, font: QFont, device: QPagedPaintDevice) -> None:
        self._text, self._font = text, font
        self._even = QFont(font)
        self._even.setFeature(QFont.Tag("tnum"), 1)
        metrics = QFontMetricsF(self._even, device)
        self.width = metrics.horizontalAdvance(text)
        self.height = metrics.height()
        self._ascent = metrics.ascent()

    def draw(self, painter: QPainter, at: QPointF, colour: str) -> None:
        """Write it; `at` is its upper left corner."""
        base = QPointF(at.x(), at.y() + self._ascent)
        shapes = QPainterPath()
        shapes.addText(base, self._even, self._text)
        painter.fillPath(shapes, QColor(colour))
        painter.setFont(self._font)
        painter.setPen(QColor(Qt.GlobalColor.transparent))
        painter.drawText(base, self._text)
