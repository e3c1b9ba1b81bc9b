"""A kept photo or signature, small, beside its line.

In comes the file's name; out comes its picture as soon as the store has given it. Rule: only
what this visit kept is asked for, and a picture that comes too late is let go.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from ui.views.visit_work import Work

_PX = (64, 48)


class Thumbnail(QWidget):
    """An empty place until the picture is there."""

    def __init__(self, work: Work, sha256: str, name: str) -> None:
        super().__init__()
        self._work = work
        self.image = QImage()
        self.setFixedSize(*_PX)
        self.setAccessibleName(name)
        work.context.spawn(self._load(sha256), "thumbnail")

    async def _load(self, sha256: str) -> None:
        data = await self._work.visit.picture(sha256)
        image = QImage.fromData(data)
        if isValid(self) and not image.isNull():
            smooth = Qt.TransformationMode.SmoothTransformation
            ratio = Qt.AspectRatioMode.KeepAspectRatio
            self.image = image.scaled(QSize(*_PX) * 2, ratio, smooth)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture in the middle of its place."""
        del event
        if self.image.isNull():
            return
        fit = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (self.width() - fit.width()) / 2, (self.height() - fit.height()) / 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(left, top, fit.width(), fit.height()), self.image)
        painter.end()
