"""What a phone or camera has dropped into the watched folder since the step was opened.

In come looks at the folder every two seconds while this is seen; out comes `picked` with a
file's path. Rule: pictures are offered, never taken; each can be reached by finger and by key.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QMargins, QSize, QTimer, Signal
from PySide6.QtGui import QHideEvent, QIcon, QPixmap, QShowEvent
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.presenters.photo_folder import Found, PhotoFolder
from ui.views import theme
from ui.views.page import Context
from ui.views.visit_pictures import thumbnail
from ui.views.widgets import Button, Small, column, line

_EVERY_MS = 2000
_THUMB = QSize(96, 72)
_EDGE = QMargins(6, 6, 6, 6)
_FINER = 2
_MOST_SHOWN = 5


class _Thumb(Button):
    role = "thumb"


class PhotoStrip(QWidget):
    """A line that says where they come from, and the newest as thumbnails."""

    picked = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self._spawn = context.spawn
        self._worker = context.desk.tasks.worker
        frame = context.desk.frame_presenter()
        self.folder = PhotoFolder(self._worker, lambda: frame.settings)
        self._looking = False
        self._thumbs: dict[Found, Button] = {}
        self._said = Small("", wrap=True)
        self._row = line(space=theme.SPACE[1])
        self._row.addStretch(1)
        self.setLayout(column(self._said, self._row, space=theme.SPACE[0]))
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._tick)
        self.refresh()

    async def look(self) -> None:
        """Look at the folder once, and show what is new."""
        if self._looking:
            return
        self._looking = True
        try:
            if await self.folder.look() and isValid(self):
                await self._show_new()
        finally:
            self._looking = False

    def _tick(self) -> None:
        self._spawn(self.look(), "watch the photo folder")

    async def _show_new(self) -> None:
        shown = self.folder.new[:_MOST_SHOWN]
        for gone in [found for found in self._thumbs if found not in shown]:
            self._thumbs.pop(gone).deleteLater()
        for at, found in enumerate(shown):
            if found not in self._thumbs:
                self._thumbs[found] = self._made(found)
                self._row.insertWidget(at, self._thumbs[found])
                await self._fill(self._thumbs[found], found)
        if isValid(self):
            self.refresh()

    def _made(self, found: Found) -> Button:
        name = Path(found.path).name
        button = _Thumb("", lambda: self.picked.emit(found.path))
        button.setAccessibleName(self._words("visit.photo_offer", name=name))
        button.setToolTip(name)
        button.setIconSize(_THUMB)
        button.setFixedSize(_THUMB.grownBy(_EDGE))
        return button

    async def _fill(self, button: Button, found: Found) -> None:
        """Show the picture; one that can't be read keeps an empty place with its name."""
        fine = _THUMB * _FINER
        with suppress(WorkerGone):
            picture = await self._worker.run(thumbnail, found.path, fine.width(), fine.height())
            if picture is not None and isValid(button):
                button.setIcon(QIcon(QPixmap.fromImage(picture.image())))

    def refresh(self) -> None:
        """Say where they come from; without a folder there is nothing to see."""
        folder = self.folder.path
        name = Path(folder).name or folder
        if not folder:
            self.hide()
            return
        self.show()
        if not self.folder.readable:
            self._said.say(self._words("visit.photo_folder_gone", folder=name), "attention")
        elif self.folder.new:
            self._said.say(self._words("visit.photo_folder_new", folder=name))
        else:
            self._said.say(self._words("visit.photo_folder_waits", folder=name))

    def showEvent(self, event: QShowEvent) -> None:
        """Look as long as somebody sees it."""
        super().showEvent(event)
        self._tick()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Look no more."""
        self._timer.stop()
        super().hideEvent(event)
