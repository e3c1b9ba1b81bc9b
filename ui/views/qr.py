"""A QR code (ISO/IEC 18004) as modules, and drawn.

In comes an address; out come rows of dark and light. Rule: four light modules stand round it,
and it is dark on white in every theme, since a telephone has to read it.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby

import segno
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ui.views.document_parts import Modules

_QUIET = 4
_WIDGET_PX = 168
_OVERLAP = 1.03
"""Rows reach into each other, or paper shows between them where a viewer rounds."""


@cache
def modules(text: str) -> Modules:
    """The code of `text`, without its quiet zone; up to a quarter may be damaged."""
    made = segno.make_qr(text, error="q")
    return tuple(tuple(bool(dark) for dark in row) for row in made.matrix)


def draw(painter: QPainter, code: Modules, place: QRectF) -> None:
    """Draw a code, its quiet zone included, into a square place."""
    one = place.width() / (len(code) + 2 * _QUIET)
    painter.fillRect(place, Qt.GlobalColor.white)
    for y, row in enumerate(code):
        top = place.top() + (y + _QUIET) * one
        for dark, run in groupby(enumerate(row), key=lambda module: module[1]):
            if dark:
                columns = [x for x, _ in run]
                left = place.left() + (columns[0] + _QUIET) * one
                dot = QRectF(left, top, len(columns) * one, one * _OVERLAP)
                painter.fillRect(dot, Qt.GlobalColor.black)


class QrCode(QWidget):
    """A code on the screen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._code = modules(text)
        self.setFixedSize(_WIDGET_PX, _WIDGET_PX)
        self.setAccessibleName(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The code."""
        del event
        painter = QPainter(self)
        draw(painter, self._code, QRectF(self.rect()))
        painter.end()
