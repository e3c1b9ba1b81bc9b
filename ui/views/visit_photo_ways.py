"""The ways in for a picture: a file, the clipboard, a drop, a camera, the watched folder.

In come clicks, drops and what lies on the clipboard; out comes `came` with a file's path or
pixels. Rule: nothing is taken by itself; the dialog is opened, never executed; a way that is
not there on this laptop has no button.
"""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QStandardPaths, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.views.camera_seek import seek
from ui.views.page import Context
from ui.views.visit_photo_strip import PhotoStrip
from ui.views.visit_pictures import Pixels, pixels
from ui.views.widgets import SecondaryButton, column, line

Source = str | Pixels
"""A file's path, or a picture that came without one."""


class PhotoWays(QWidget):
    """The buttons, and the pictures that the watched folder offers."""

    came = Signal(object)
    camera_wanted = Signal()

    def __init__(self, context: Context, *, films: bool = True) -> None:
        """Every way there is; `films`: also the laptop's camera."""
        super().__init__()
        self._words = words = context.words
        self._spawn = context.spawn
        self._worker = context.desk.tasks.worker
        self.strip = PhotoStrip(context)
        self.strip.picked.connect(self.came.emit)
        self.choose = SecondaryButton(words("visit.photo_choose"), self.ask, icon="camera")
        self.paste = SecondaryButton(words("visit.photo_paste"), self.take_clipboard)
        self.camera = SecondaryButton(words("visit.photo_camera"), self.camera_wanted.emit)
        self.camera.hide()
        row = line(self.choose, self.camera, self.paste)
        row.addStretch(1)
        self.setLayout(column(row, self.strip))
        QGuiApplication.clipboard().dataChanged.connect(self._follow_clipboard)
        self._follow_clipboard()
        self._sought = not films

    def are_several(self) -> bool:
        """Whether a picture can come another way than as a file."""
        others = (self.camera, self.paste, self.strip)
        return any(not other.isHidden() for other in others)

    def ask(self) -> None:
        """Open the dialog for a file, in the watched folder where there is one."""
        dialog = QFileDialog(self, self._words("visit.photo_choose"), self._begins_in())
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self._words("visit.photo_files") + " (*.jpg *.jpeg *.png)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.came.emit)
        dialog.open()

    def take_clipboard(self) -> None:
        """Take the picture that was copied elsewhere; nothing where there is none."""
        mime = QGuiApplication.clipboard().mimeData()
        if has_picture(mime):
            self.take_mime(mime)

    def take_mime(self, mime: QMimeData) -> bool:
        """Take the first picture of what was dropped or copied; False where there is none."""
        source = _source(mime)
        if source is not None:
            self.came.emit(source)
        return source is not None

    def _begins_in(self) -> str:
        pictures = QStandardPaths.StandardLocation.PicturesLocation
        return self.strip.folder.path or QStandardPaths.writableLocation(pictures)

    def _follow_clipboard(self) -> None:
        if isValid(self):
            self.paste.setVisible(has_picture(QGuiApplication.clipboard().mimeData()))

    def showEvent(self, event: QShowEvent) -> None:
        """Look once whether there is a camera."""
        super().showEvent(event)
        self.strip.refresh()
        if not self._sought:
            self._sought = True
            self._spawn(self._seek(), "seek a camera")

    async def _seek(self) -> None:
        try:
            there = await self._worker.follow(lambda _step: None, seek)
        except WorkerGone:
            return
        if isValid(self):
            self.camera.setVisible(there)


def has_picture(mime: QMimeData | None) -> bool:
    """Whether there may be a picture in what was dropped or copied."""
    return mime is not None and (mime.hasImage() or bool(_file(mime)))


def _source(mime: QMimeData) -> Source | None:
    path = _file(mime)
    if path:
        return path
    image = mime.imageData() if mime.hasImage() else None
    return pixels(image) if isinstance(image, QImage) and not image.isNull() else None


def _file(mime: QMimeData) -> str:
    """The first file of this machine; empty where there is none."""
    return next((url.toLocalFile() for url in mime.urls() if url.isLocalFile()), "")
