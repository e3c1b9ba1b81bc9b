"""What the day looks like where there is no next visit: a small picture, a sentence, a button.

In come a scene's name and its words; out comes `pressed`. Rule: each of these states has its
own picture; none of them is an error.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.views import icons, theme
from ui.views.widgets import Card, Label, PrimaryButton, Small, column, line, spacer

_SIZE = QSize(320, 168)
_DISC = 64.0
_BIG = 64
_SMALL = 28
_TEXT_WIDTH = 460

_SCENES = {
    "empty": ("calendar", "sun", "house", "accent"),
    "not_loaded": ("truck", "building-2", "download", "accent"),
    "not_enrolled": ("monitor", "user", "key", "accent"),
    "finished": ("circle-check", "truck", "house", "done"),
}
"""By scene: what stands in the middle, left and right of it on the road, and the tone."""


class ScenePicture(QWidget):
    """A road with three things on it, drawn from the product's icons."""

    def __init__(self) -> None:
        super().__init__()
        self._scene = "empty"
        self.setFixedSize(_SIZE)

    @property
    def scene(self) -> str:
        """What is drawn."""
        return self._scene

    def show_scene(self, scene: str) -> None:
        """Draw another one."""
        self._scene = scene
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - Qt's
        """The road, its two ends, and the disc in the middle."""
        middle_icon, left, right, tone = _SCENES[self._scene]
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        pen = QPen(QColor(now.tone(tone)), 3)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([0.1, 2.6])
        painter.setPen(pen)
        ends = [QPointF(_SMALL, middle.y()), QPointF(self.width() - _SMALL, middle.y())]
        painter.drawLine(ends[0] + QPointF(_SMALL, 0), ends[1] - QPointF(_SMALL, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.ground))
        painter.drawEllipse(middle, _DISC + 10, _DISC + 10)
        painter.setBrush(QColor(now.soft(tone)))
        painter.drawEllipse(middle, _DISC, _DISC)
        _stamp(painter, middle_icon, now.tone(tone), _BIG, middle)
        for name, at in zip((left, right), ends, strict=True):
            _stamp(painter, name, now.muted, _SMALL, at)
        painter.end()


class Scene(Card):
    """The card with picture, words and what can be done."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._picture = ScenePicture()
        self._title = Label("", "title")
        self._text = Label("", "lead", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setFixedWidth(_TEXT_WIDTH)
        self._foot = Small("")
        self.button = PrimaryButton("", self.pressed.emit)
        stack = column(space=theme.SPACE[3])
        centre = Qt.AlignmentFlag.AlignHCenter
        stack.addStretch(2)
        aside = line(spacer(across=True), self._text, spacer(across=True), space=0)
        stack.addWidget(self._picture, 0, centre)
        stack.addWidget(self._title, 0, centre)
        stack.addLayout(aside)
        stack.addWidget(self.button, 0, centre)
        stack.addWidget(self._foot, 0, centre)
        stack.addStretch(3)
        self.body.addLayout(stack, 1)

    @property
    def scene(self) -> str:
        """What is shown."""
        return self._picture.scene

    def show_scene(self, scene: str, title: str, text: str, button: str) -> None:
        """Show a scene with these words."""
        self._picture.show_scene(scene)
        self._title.say(title)
        self._text.say(text)
        self.button.say(button)
        self.setAccessibleName(f"{title}. {text}")

    def foot(self, text: str) -> None:
        """A quiet line at the end."""
        self._foot.say(text)
        self._foot.setVisible(bool(text))


def _stamp(painter: QPainter, name: str, colour: str, size: int, middle: QPointF) -> None:
    spot = QRectF(middle.x() - size / 2, middle.y() - size / 2, size, size)
    painter.drawPixmap(spot.topLeft(), icons.pixmap(name, colour, size))
