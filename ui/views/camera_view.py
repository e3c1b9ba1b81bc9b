"""The laptop's own camera: what it sees, and a button that takes it.

Loaded when somebody asks for it and never before (it is no part of a page, see `pages`): Qt's
room for cameras is large, and not there on every system. Out comes `shot` with pixels, or
`closed`. Rule: the camera is on only while it is seen; nothing is written anywhere.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QImage, QShowEvent
from PySide6.QtMultimedia import QCamera, QImageCapture, QMediaCaptureSession, QMediaDevices
from PySide6.QtMultimediaWidgets import QVideoWidget
from PySide6.QtWidgets import QWidget

from ui.views import theme
from ui.views.language import Words
from ui.views.visit_pictures import pixels
from ui.views.widgets import PrimaryButton, QuietButton, Small, column, line

_LEAST_HIGH_PX = 240


class CameraView(QWidget):
    """The picture as it goes, until one is taken."""

    shot = Signal(object)
    closed = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._camera = QCamera(QMediaDevices.defaultVideoInput())
        self._still = QImageCapture()
        self._session = QMediaCaptureSession()
        self._seen = QVideoWidget()
        self._seen.setMinimumHeight(_LEAST_HIGH_PX)
        self._session.setCamera(self._camera)
        self._session.setImageCapture(self._still)
        self._session.setVideoOutput(self._seen)
        self._said = Small(words("visit.photo_people"), wrap=True)
        self._shoot = PrimaryButton(
            words("visit.photo_shoot"), self._still.capture, icon="camera"
        )
        self._shoot.setEnabled(False)
        buttons = line(
            self._shoot,
            QuietButton(words("visit.photo_no_camera"), self.closed.emit),
            space=theme.SPACE[2],
        )
        buttons.addStretch(1)
        self.setLayout(column(self._seen, buttons, self._said))
        self._still.readyForCaptureChanged.connect(self._shoot.setEnabled)
        self._still.imageCaptured.connect(self._captured)
        self._still.errorOccurred.connect(lambda *_told: self._failed())
        self._camera.errorOccurred.connect(lambda *_told: self._failed())

    def _captured(self, _number: int, image: QImage) -> None:
        self._camera.stop()
        self.shot.emit(pixels(image))

    def _failed(self) -> None:
        self._said.say(self._words("visit.photo_camera_failed"), "attention")

    def showEvent(self, event: QShowEvent) -> None:
        """On."""
        super().showEvent(event)
        self._camera.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Off."""
        self._camera.stop()
        super().hideEvent(event)
