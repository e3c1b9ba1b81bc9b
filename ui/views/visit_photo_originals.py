"""Asked once: may the pictures in the watched folder go after they were saved?

In comes where a photo came from; out goes the answer into the settings. Rule: without an answer
nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from ui.presenters.photo_folder import KEEP, REMOVE, Found
from ui.views.page import Context
from ui.views.widgets import Label, QuietButton, column, line


class OriginalsQuestion(QWidget):
    """A question with two answers; hidden unless it is asked."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._frame = context.desk.frame_presenter()
        words = context.words
        answers = line()
        for answer in (KEEP, REMOVE):
            text = words(f"visit.photo_originals_{answer}")
            answers.addWidget(QuietButton(text, self._answers(answer)))
        answers.addStretch(1)
        asked = Label(words("visit.photo_originals"), wrap=True)
        self.setLayout(column(asked, answers, space=0))
        self.hide()

    def ask_about(self, origin: Found | None) -> None:
        """Ask where the photo came from the folder and nobody has answered yet."""
        self.setVisible(origin is not None and not self._frame.settings.photo_originals)

    def _answers(self, answer: str) -> Callable[[], None]:
        return lambda: self._keep(answer)

    def _keep(self, answer: str) -> None:
        self.hide()
        self._context.spawn(self._frame.set(photo_originals=answer), "keep the answer")
