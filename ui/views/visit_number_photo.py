"""A meter's number from a photo of its bar code, which is not kept.

In comes a picture by any way; out comes `read` with the texts of its codes. Rule: the photo
goes no further than the worker.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from fieldapp.errors import WorkerGone
from ui.messages import sentence
from ui.views.page import Context
from ui.views.visit_barcodes import codes_in, codes_of
from ui.views.visit_photo_ways import PhotoWays, Source
from ui.views.widgets import QuietButton, Small, column, line


class NumberFromPhoto(QWidget):
    """A button; behind it the ways in for a picture."""

    read = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._worker = context.desk.tasks.worker
        self._ways = PhotoWays(context, films=False)
        self._ways.came.connect(self.take)
        self._ways.hide()
        text = context.words("visit.number_from_photo")
        self._open = QuietButton(text, self._asked, icon="camera")
        self._said = Small("", wrap=True)
        self._said.hide()
        row = line(self._open)
        row.addStretch(1)
        self.setLayout(column(row, self._ways, self._said))

    def take(self, source: Source) -> None:
        """Read the codes in a picture."""
        self._said.say(self._context.words("visit.photo_busy"))
        self._said.show()
        self._open.setEnabled(False)
        self._context.spawn(self._read(source), "read a number")

    def _asked(self) -> None:
        if self._ways.are_several():
            self._ways.setVisible(self._ways.isHidden())
        else:
            self._ways.ask()

    async def _read(self, source: Source) -> None:
        codes: tuple[str, ...] = ()
        trouble = ""
        try:
            if isinstance(source, str):
                codes = await self._worker.run(codes_in, source)
            else:
                codes = await self._worker.run(codes_of, source)
        except WorkerGone as e:
            trouble = sentence(e, self._context.words.lang)
        if not isValid(self):
            return
        self._open.setEnabled(True)
        self._said.setVisible(bool(trouble))
        self._said.say(trouble, "blocking")
        if not trouble:
            self._ways.hide()
            self.read.emit(codes)
