"""The photo on the screen, and the part of it that is marked.

In come pixels and the pointer; out come `marked` when the mark changed and `pressed` where
there is no photo yet. Rule: it shows and marks; what is done with a mark is the box's.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.views import icons, theme
from ui.views.visit_pictures import Part, Pixels

_LEAST_MARK_PX = 12


class Canvas(QWidget):
    """The photo, or an empty place that says what to do; dragging marks a part of it."""

    marked = Signal()
    pressed = Signal()

    def __init__(self, invitation: str) -> None:
        super().__init__()
        self.picture: Pixels | None = None
        self.image: QImage | None = None
        self._invitation = invitation
        self._from: QPointF | None = None
        self._mark = QRectF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setAccessibleName(invitation)

    def show_picture(self, picture: Pixels) -> None:
        """Show a photo; no part is marked."""
        self.picture, self.image = picture, picture.image()
        self._mark = QRectF()
        self.update()
        self.marked.emit()

    def mark(self) -> Part:
        """The marked part, in the photo's own pixels; empty where none is."""
        if self.image is None or self._mark.isEmpty():
            return 0, 0, 0, 0
        frame = self._frame()
        scale = self.image.width() / frame.width()
        mine = self._mark.translated(-frame.topLeft())
        part = QRectF(mine.topLeft() * scale, mine.size() * scale).toRect()
        return part.x(), part.y(), part.width(), part.height()

    def is_marked(self) -> bool:
        """Whether a part is marked."""
        return not self._mark.isEmpty()

    def _frame(self) -> QRectF:
        size = self.image.size() if self.image is not None else QSize(4, 3)
        fit = size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - fit.width()) / 2, (self.height() - fit.height()) / 2
        return QRectF(left, top, fit.width(), fit.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to mark."""
        self._from = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Mark what lies between."""
        if self._from is not None and self.image is not None:
            marked = QRectF(self._from, event.position()).normalized()
            self._mark = marked.intersected(self._frame())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the empty place chooses; a drag on the photo marks."""
        del event
        self._from = None
        if self.image is None:
            self.pressed.emit()
        elif min(self._mark.width(), self._mark.height()) < _LEAST_MARK_PX:
            self._mark = QRectF()
        self.update()
        self.marked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The photo with its mark, or the invitation."""
        del event
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if self.image is None:
            self._paint_empty(painter)
        else:
            painter.drawImage(self._frame(), self.image)
            self._paint_mark(painter)
        painter.end()

    def _paint_mark(self, painter: QPainter) -> None:
        if not self._mark.isEmpty():
            accent = QColor(theme.current().accent)
            painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
            accent.setAlpha(50)
            painter.fillRect(self._mark, accent)
            painter.drawRect(self._mark)

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
