"""A notice within a screen: what is so, what it means, and at most one way on.

It stands as long as it is so; it can't be closed. Rule: tone, icon and words say the same.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.widgets import Label, QuietButton, Small, column, dress, line

_ICONS = {
    "accent": "info",
    "done": "circle-check",
    "attention": "triangle-alert",
    "blocking": "circle-alert",
}


class Notice(QFrame):
    """One matter; hidden until it says something."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("", "accent")
        self._what = Label("", "strong", wrap=True)
        self._more = Small("", wrap=True)
        self._action = QuietButton("", self.pressed.emit)
        row = line(self._icon, space=theme.SPACE[2])
        row.addLayout(column(self._what, self._more, space=2), 1)
        row.addWidget(self._action)
        row.setContentsMargins(theme.SPACE[3], theme.SPACE[2], theme.SPACE[2], theme.SPACE[2])
        self.setLayout(row)
        self.hide()

    def say(
        self, what: str, more: str = "", *, tone: str = "attention", action: str = ""
    ) -> None:
        """Say it; `action` is what the button at its end does."""
        self._icon.set_icon(_ICONS[tone], tone)
        self._what.say(what)
        self._more.say(more)
        self._more.setVisible(bool(more))
        self._action.say(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(f"{what} {more}".strip())
        dress(self, "banner", tone)
        self.show()
