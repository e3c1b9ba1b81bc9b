"""The photo on the screen, and the frame that a finger, a pen, a mouse or keys put on it.

In come pixels and the pointer; out come `framed` when the frame changed and `pressed` where it
was only tapped. Rule: it shows and frames; what is done with a frame is the box's. The frame is
kept in the photo's own pixels, so that it stays where it is when the window changes.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import icons, theme
from ui.views.visit_frame import HANDLES, MOVE, grip_at, handle_at, pulled
from ui.views.visit_pictures import Part, Pixels

_LEAST_PX = 12.0
_REACH_PX = 26.0
_HANDLE_PX = 9.0
_STEP = 0.02
_KEYS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class Canvas(QWidget):
    """The photo, or an empty place that says what to do.

    Attributes:
        frames: whether dragging puts a frame on the photo.
    """

    framed = Signal()
    pressed = Signal()

    def __init__(self, invitation: str) -> None:
        super().__init__()
        self.picture: Pixels | None = None
        self.image: QImage | None = None
        self.frames = False
        self._invitation = invitation
        self._from: QPointF | None = None
        self._grip = ""
        self._frame = QRectF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(96)
        self.setAccessibleName(invitation)

    def show_picture(self, picture: Pixels | None) -> None:
        """Show a photo, or the empty place; nothing is framed."""
        self.picture = picture
        self.image = picture.image() if picture is not None else None
        self.let_go()

    def let_frame(self, *, on: bool) -> None:
        """Whether a frame can be put on the photo; a finger then does not scroll the page."""
        self.frames = on
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents, on)
        focus = Qt.FocusPolicy
        self.setFocusPolicy(focus.StrongFocus if on else focus.NoFocus)
        self.let_go()

    def let_go(self) -> None:
        """No frame."""
        self._frame = QRectF()
        self.update()
        self.framed.emit()

    def put_frame(self, share: float) -> None:
        """Put a frame in the middle, this share of the photo wide and high."""
        if self.image is not None:
            whole = QRectF(self.image.rect())
            self._frame = QRectF(QPointF(), whole.size() * share)
            self._frame.moveCenter(whole.center())
            self.update()
            self.framed.emit()

    def part(self) -> Part:
        """The framed part, in the photo's own pixels; empty where none is."""
        part = self._frame.toAlignedRect()
        return part.x(), part.y(), part.width(), part.height()

    def is_framed(self) -> bool:
        """Whether there is a frame."""
        return not self._frame.isEmpty()

    def _place(self) -> QRectF:
        """Where the photo lies."""
        size = self.image.size() if self.image is not None else QSize(4, 3)
        fit = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - fit.width()) / 2, (self.height() - fit.height()) / 2
        return QRectF(left, top, fit.width(), fit.height())

    def _scale(self) -> float:
        """Pixels of the photo in one of the screen."""
        return self.image.width() / self._place().width() if self.image is not None else 1.0

    def _in_photo(self, at: QPointF) -> QPointF:
        return (at - self._place().topLeft()) * self._scale()

    def _on_screen(self) -> QRectF:
        scale, place = self._scale(), self._place()
        return QRectF(
            self._frame.topLeft() / scale + place.topLeft(), self._frame.size() / scale
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the frame, or begin another."""
        self._from = event.position()
        if self.frames:
            self._grip = grip_at(self._on_screen(), event.position(), _REACH_PX)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pull the frame, or put it round what lies between."""
        if self._from is None or not self.frames or self.image is None:
            return
        at = event.position()
        whole = QRectF(self.image.rect())
        if self._grip:
            by = (at - self._from) * self._scale()
            least = _LEAST_PX * self._scale()
            self._frame = pulled(self._frame, self._grip, by, whole, least)
            self._from = at
        else:
            drawn = QRectF(self._in_photo(self._from), self._in_photo(at)).normalized()
            self._frame = drawn.intersected(whole)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A mere tap is told; beside the frame it lets that go."""
        began, self._from = self._from, None
        if began is None:
            return
        if not self.frames:
            if self.rect().contains(event.position().toPoint()):
                self.pressed.emit()
            return
        drawn = QRectF(began, event.position()).normalized()
        if not self._grip and min(drawn.width(), drawn.height()) < _LEAST_PX:
            self._frame = QRectF()
        self.update()
        self.framed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the frame; with Shift they pull its lower right corner."""
        way = _KEYS.get(Qt.Key(event.key()))
        if way is None or self.image is None or self._frame.isEmpty():
            super().keyPressEvent(event)
            return
        whole = QRectF(self.image.rect())
        pulls = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        by = way * (_STEP * whole.width())
        grip = "se" if pulls else MOVE
        self._frame = pulled(self._frame, grip, by, whole, _LEAST_PX * self._scale())
        self.update()
        self.framed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The photo with its frame, or the invitation."""
        del event
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self.image is None:
            self._paint_empty(painter)
        else:
            painter.drawImage(self._place(), self.image)
            self._paint_frame(painter)
        painter.end()

    def _paint_frame(self, painter: QPainter) -> None:
        if self._frame.isEmpty():
            return
        tokens = theme.current()
        shown = self._on_screen()
        for ink, width in ((tokens.surface, 5), (tokens.accent, 2)):
            painter.setPen(QPen(QColor(ink), width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(shown)
        painter.setPen(QPen(QColor(tokens.surface), 2))
        painter.setBrush(QColor(tokens.accent))
        for name in HANDLES:
            painter.drawEllipse(handle_at(shown, name), _HANDLE_PX, _HANDLE_PX)

    def _paint_empty(self, painter: QPainter) -> None:
        tokens = theme.current()
        pen = QPen(QColor(tokens.line), 2, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(QColor(tokens.ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        camera = icons.pixmap("camera", tokens.muted, 28)
        middle = self.rect().center()
        painter.drawPixmap(middle.x() - 14, middle.y() - 30, camera)
        painter.setPen(QColor(tokens.muted))
        painter.setFont(theme.font(theme.TYPE[1]))
        below = self.rect().adjusted(8, middle.y() + 4, -8, 0)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(below, int(top | Qt.TextFlag.TextWordWrap), self._invitation)
