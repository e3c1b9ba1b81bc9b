"""A kept photo or signature, small, beside its line.

In comes the file's name; out comes its picture as soon as the store has given it. Rule: only
what this visit kept is asked for, and a picture that comes too late is let go.
"""

from __future__ import annotations

from contextlib import suppress

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.views.visit_pictures import Pixels, small
from ui.views.visit_work import Work

_PX = (64, 48)
_FINER = 2


class Thumbnail(QWidget):
    """An empty place until the picture is there."""

    def __init__(self, work: Work, sha256: str, name: str) -> None:
        super().__init__()
        self._work = work
        self.image = QImage()
        self._picture: Pixels | None = None
        self.setFixedSize(*_PX)
        self.setAccessibleName(name)
        work.context.spawn(self._load(sha256), "thumbnail")

    async def _load(self, sha256: str) -> None:
        data = await self._work.visit.picture(sha256)
        fine = (side * _FINER for side in _PX)
        with suppress(WorkerGone):  # the place stays empty; the line says what it is
            picture = await self._work.worker.run(small, data, *fine)
            if picture is not None and isValid(self):
                self._picture, self.image = picture, picture.image()
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
