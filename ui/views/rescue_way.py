"""The way to the rescue export, beside another tool of a page.

In comes the other tool; out goes the wish to open the page.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.views.page import Context
from ui.views.theme import SPACE
from ui.views.widgets import SecondaryButton, line


class RescueWay(QWidget):
    """A tool and, before it, the button to the rescue export."""

    def __init__(self, beside: QWidget, context: Context) -> None:
        super().__init__()
        self._words = context.words
        self.button = SecondaryButton("", lambda: context.go("rescue", ""), icon="download")
        self.setLayout(line(self.button, beside, space=SPACE[1]))

    def redraw(self) -> None:
        """The words of the language now spoken."""
        self.button.say(self._words("rescue.open"))
