"""The setting whether this connection costs by the megabyte: as the system says, or by hand.

In comes the frame's book of settings; out go choices, which hold from the next file on.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QButtonGroup

from ui.views.page import Context
from ui.views.widgets import Card, Choice, Small, line

_ANSWERS = {"": "system", "yes": "yes", "no": "no"}


class ConnectionCard(Card):
    """Three answers."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._frame = context.desk.frame_presenter()
        self._hint = Small("", wrap=True)
        self.answers = {answer: Choice("") for answer in _ANSWERS}
        group = QButtonGroup(self)
        for answer, choice in self.answers.items():
            group.addButton(choice)
            choice.clicked.connect(self._answering(answer))
        self.body.addLayout(line(*self.answers.values()))
        self.body.addWidget(self._hint)

    def redraw(self) -> None:
        """What is set now, in the language now spoken."""
        words = self._context.words
        self.say(words("files.connection"))
        self._hint.say(words("files.connection_hint"))
        for answer, choice in self.answers.items():
            choice.say(words(f"files.connection_{_ANSWERS[answer]}"))
            choice.setChecked(answer == self._frame.settings.metered)

    def _answering(self, answer: str) -> Callable[[], None]:
        kept = self._frame.set

        def keep() -> None:
            self._context.spawn(kept(metered=answer), "keep the connection")

        return keep
