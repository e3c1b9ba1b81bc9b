"""A signed sheet on its way: strokes, and the picture that is kept of them.

A job for the worker (`ui.worker`). In come strokes; out come PNG octets. Rule: how hard a pen
was pressed or how fast it went is not looked at: ink is ink.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF

from ui.views.visit_pictures import encoded

_PEN_PX = 3.0
_FINER = 2

Stroke = tuple[tuple[float, float], ...]
"""Where the pen went from putting it down to lifting it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was drawn on a sheet of this size, px of the screen."""

    width: int
    height: int
    strokes: tuple[Stroke, ...]


def signature(sheet: Sheet) -> bytes:
    """A signed sheet as a PNG: dark ink on white, twice as fine as on the screen."""
    size = QSize(sheet.width, sheet.height) * _FINER
    image = QImage(size, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(_FINER, _FINER)
    draw_ink(
        painter,
        (QPolygonF([QPointF(x, y) for x, y in stroke]) for stroke in sheet.strokes),
    )
    painter.end()
    return encoded(image, b"PNG")


def draw_ink(painter: QPainter, strokes: Iterable[QPolygonF]) -> None:
    """Draw strokes as they are kept; the pad draws them so too."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(Qt.GlobalColor.black, _PEN_PX, Qt.PenStyle.SolidLine, cap, join))
    for stroke in strokes:
        painter.drawPolyline(stroke)
