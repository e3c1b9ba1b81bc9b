"""Icons: line drawings from `resources/icons`, tinted by the theme that is on.

In come a name and a colour or tone; out come pixmaps, sharp at the screen's own scale. Rule:
an icon never stands without its word or an accessible name.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

import resources
from ui.views import theme

SIZE = 20


def icon(name: str, tone: str = "neutral", size: int = SIZE, *, gap: int = 0) -> QIcon:
    """An icon in a tone's colour, or a token's (`text`, `on_accent`), of the theme now on.

    `gap` px stay empty at its right, before the words.
    """
    drawn = pixmap(name, colour_of(tone), size)
    if not gap:
        return QIcon(drawn)
    wider = QPixmap(QSize(size + gap, size) * drawn.devicePixelRatio())
    wider.setDevicePixelRatio(drawn.devicePixelRatio())
    wider.fill(Qt.GlobalColor.transparent)
    painter = QPainter(wider)
    painter.drawPixmap(0, 0, drawn)
    painter.end()
    return QIcon(wider)


def pixmap(name: str, colour: str, size: int = SIZE) -> QPixmap:
    """A square drawing of `size` px in `colour`.

    Raises:
        FileNotFoundError: the product ships no such icon.
    """
    app = QApplication.instance()
    ratio = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    return _drawn(name, colour, size, ratio)


def colour_of(tone: str) -> str:
    """The colour of a tone or token in the theme now on."""
    return theme.current().tone(tone)


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    svg = resources.read_text(f"icons/{name}.svg").replace("currentColor", colour)
    made = QPixmap(QSize(size, size) * ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    renderer.render(painter, QRectF(0, 0, made.width(), made.height()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


class IconLabel(QWidget):
    """An icon beside words; it takes its colour anew at every paint."""

    def __init__(self, name: str = "", tone: str = "neutral", size: int = SIZE) -> None:
        super().__init__()
        self._name = name
        self._tone = tone
        self._size = size
        self.setFixedSize(size, size)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_icon(self, name: str, tone: str = "neutral") -> None:
        """Show another one; an empty name shows none."""
        self._name = name
        self._tone = tone
        self.setVisible(bool(name))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it in the colour of the theme now on."""
        del event
        if not self._name:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pixmap(self._name, colour_of(self._tone), self._size))
        painter.end()
