"""One picture of all pictures: small, in rows, each with its name.

In come pixmaps by name; out comes one pixmap. Rule: nothing is scaled up.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from ui.views import theme

_WIDE_PX = 456
_ACROSS = 6
_GAP_PX = 24
_NAME_PX = 28


def contact_sheet(pictures: Mapping[str, QPixmap]) -> QPixmap:
    """Six across, in the order they come; an empty pixmap for none."""
    if not pictures:
        return QPixmap()
    small = {name: _small(picture) for name, picture in pictures.items()}
    cell = max(picture.height() for picture in small.values()) + _NAME_PX + _GAP_PX
    rows = -(-len(small) // _ACROSS)
    sheet = QPixmap(_GAP_PX + _ACROSS * (_WIDE_PX + _GAP_PX), _GAP_PX + rows * cell)
    now = theme.THEMES["light"]
    sheet.fill(QColor(now.ground))
    painter = QPainter(sheet)
    painter.setFont(theme.font(theme.TYPE[0]))
    painter.setPen(QColor(now.muted))
    for place, (name, picture) in enumerate(small.items()):
        x = _GAP_PX + place % _ACROSS * (_WIDE_PX + _GAP_PX)
        y = _GAP_PX + place // _ACROSS * cell
        painter.drawText(
            QRectF(x, y, _WIDE_PX, _NAME_PX), int(Qt.AlignmentFlag.AlignVCenter), name
        )
        painter.drawPixmap(x, y + _NAME_PX, picture)
    painter.end()
    return sheet


def _small(picture: QPixmap) -> QPixmap:
    if picture.width() <= _WIDE_PX:
        return picture
    return picture.scaledToWidth(_WIDE_PX, Qt.TransformationMode.SmoothTransformation)
