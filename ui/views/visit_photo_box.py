"""A place for one photo: chosen from a file or dropped, cut and made unreadable where needed.

In comes a file; out comes a `Picture` for an intent. The worker does what takes long, one thing
at a time; the buttons wait for it. Rule: nothing is kept by this box; the dialog is opened,
never executed; people and a neighbour's meter can be wiped before saving, and a photo that is
saved while it is being wiped is the wiped one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.messages import sentence
from ui.presenters.visit import Picture
from ui.views.page import Context
from ui.views.visit_canvas import Canvas
from ui.views.visit_pictures import Part, Pixels, cropped, jpeg, load, unreadable
from ui.views.widgets import QuietButton, SecondaryButton, Small, column, line

_PATIENCE_MS = 300


class PhotoBox(QWidget):
    """A photo and what can be done with it; `changed` when another one is there."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._words = words = context.words
        self._spawn = context.spawn
        self._worker = context.desk.tasks.worker
        self._original: Pixels | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._canvas = Canvas(words("visit.photo_invite"))
        self._canvas.pressed.connect(self.ask)
        self._canvas.marked.connect(self._tools_follow)
        self.choose = SecondaryButton(words("visit.photo_choose"), self.ask, icon="camera")
        self._wipe = QuietButton(words("visit.photo_wipe"), self._wiped, icon="eye")
        self._crop = QuietButton(words("visit.photo_crop"), self._cut)
        self._undo = QuietButton(words("visit.photo_undo"), self._again, icon="undo-2")
        self._said = Small("", wrap=True)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._say_busy)
        tools = line(self.choose, self._wipe, self._crop, self._undo)
        tools.addStretch(1)
        self.setLayout(column(self._canvas, tools, self._said))
        self.setAcceptDrops(True)
        self._tools_follow()

    def is_there(self) -> bool:
        """Whether there is a photo; told without making a file of it."""
        return self._canvas.picture is not None

    async def picture(self) -> Picture | None:
        """The photo as it is to be kept; None while there is none.

        Raises:
            WorkerGone: the file could not be made; the photo is still there.
        """
        await self._idle.wait()
        shown = self._canvas.picture
        return None if shown is None else Picture(await self._worker.run(jpeg, shown))

    def ask(self) -> None:
        """Open the dialog for a file."""
        dialog = QFileDialog(self, self._words("visit.photo_choose"))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self._words("visit.photo_files") + " (*.jpg *.jpeg *.png)")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.take)
        dialog.open()

    def take(self, path: str) -> None:
        """Take the photo in a file; one that can't be read is said."""
        self._do(lambda: self._taken(path))

    async def _taken(self, path: str) -> Pixels | None:
        picture = await self._worker.run(load, path)
        self._original = picture or self._original
        return picture

    def _wiped(self) -> None:
        self._edit(unreadable)

    def _cut(self) -> None:
        self._edit(cropped)

    def _edit(self, how: Callable[[Pixels, Part], Pixels]) -> None:
        shown, part = self._canvas.picture, self._canvas.mark()
        if shown is not None:
            self._do(lambda: self._worker.run(how, shown, part))

    def _again(self) -> None:
        if self._original is not None:
            self._show(self._original)

    def _do(self, job: Callable[[], Awaitable[Pixels | None]]) -> None:
        """Begin something; the tools wait for its end."""
        self._idle.clear()
        self._patience.start()
        self._tools_wait()
        self._spawn(self._done(job), "photo")

    async def _done(self, job: Callable[[], Awaitable[Pixels | None]]) -> None:
        picture, trouble = None, self._words("visit.photo_unreadable")
        try:
            picture = await job()
        except WorkerGone as e:
            trouble = sentence(e, self._words.lang)
        finally:
            self._idle.set()
            if isValid(self):
                self._patience.stop()
                self._tools_wait()
                self._show_what_came(picture, trouble)

    def _show_what_came(self, picture: Pixels | None, trouble: str) -> None:
        if picture is not None:
            self._show(picture)
        else:
            self._said.say(trouble, "blocking")

    def _show(self, picture: Pixels) -> None:
        self._canvas.show_picture(picture)
        self.choose.say(self._words("visit.photo_other"))
        self.changed.emit()

    def _tools_wait(self) -> None:
        idle = self._idle.is_set()
        for tool in (self.choose, self._wipe, self._crop, self._undo):
            tool.setEnabled(idle)
        self.setAcceptDrops(idle)

    def _say_busy(self) -> None:
        self._said.say(self._words("visit.photo_busy"))

    def _tools_follow(self) -> None:
        there = self._canvas.picture is not None
        marked = self._canvas.is_marked()
        changed = there and self._canvas.picture is not self._original
        for tool, shown in ((self._wipe, marked), (self._crop, marked), (self._undo, changed)):
            tool.setVisible(shown)
        hint = "visit.photo_people" if there else "visit.photo_hint"
        self._said.say(self._words(hint))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may be dropped here."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the first file that was dropped."""
        urls = event.mimeData().urls()
        if urls:
            self.take(urls[0].toLocalFile())
            event.acceptProposedAction()
