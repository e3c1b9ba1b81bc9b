"""The setting of the folder where a phone drops its pictures, and what becomes of them.

In comes the frame's book of settings; out go choices, which hold at once. Rule: choosing a
folder takes nothing out of it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QWidget

from ui.presenters.photo_folder import KEEP, REMOVE
from ui.views.page import Context
from ui.views.theme import SPACE
from ui.views.widgets import (
    Choice,
    ElidedLabel,
    Muted,
    QuietButton,
    SecondaryButton,
    Small,
    column,
    line,
)

_ANSWERS = {"": "ask", KEEP: "keep", REMOVE: "remove"}


class PhotoFolderField(QWidget):
    """The folder, and the three answers about originals."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._frame = context.desk.frame_presenter()
        self._folder = ElidedLabel("")
        self._choose = SecondaryButton("", self._ask)
        self._stop = QuietButton("", lambda: self._keep(photo_folder=""))
        self._hint = Small("", wrap=True)
        self._originals = Muted("", wrap=True)
        self._answers = {answer: Choice("") for answer in _ANSWERS}
        group = QButtonGroup(self)
        for answer, choice in self._answers.items():
            group.addButton(choice)
            choice.clicked.connect(self._answering(answer))
        folder = line(self._choose, self._stop, self._folder)
        folder.setStretch(2, 1)
        answers = line(*self._answers.values())
        parts = (folder, self._hint, self._originals, answers)
        self.setLayout(column(*parts, space=SPACE[1]))

    def redraw(self) -> None:
        """What is set now, in the language now spoken."""
        words, kept = self._context.words, self._frame.settings
        self._folder.say(kept.photo_folder or words("frame.settings.photos_none"))
        self._choose.say(words("frame.settings.photos_choose"))
        self._stop.say(words("frame.settings.photos_stop"))
        self._stop.setVisible(bool(kept.photo_folder))
        self._hint.say(words("frame.settings.photos_hint"))
        self._originals.say(words("frame.settings.photos_originals"))
        for answer, choice in self._answers.items():
            choice.say(words(f"frame.settings.photos_{_ANSWERS[answer]}"))
            choice.setChecked(answer == kept.photo_originals)

    def _ask(self) -> None:
        title = self._context.words("frame.settings.photos_choose")
        dialog = QFileDialog(self, title, self._frame.settings.photo_folder)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._keep(photo_folder=path))
        dialog.open()

    def _answering(self, answer: str) -> Callable[[], None]:
        return lambda: self._keep(photo_originals=answer)

    def _keep(self, **changes: str) -> None:
        self._context.spawn(self._kept(changes), "keep the photo folder")

    async def _kept(self, changes: dict[str, str]) -> None:
        await self._frame.set(**changes)
        self.redraw()
