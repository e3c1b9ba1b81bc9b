"""The bar that says a recording runs: it can't be missed, and it can be stopped.

In come the running recording and the moment; out comes stop. Rule: it stands over everything of
the customer port for as long as a recording runs, and counts what is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from ui.presenters.recording_state import RecordingState
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.p1_words import clock_of
from ui.views.widgets import Label, SecondaryButton, dress, line


class RecordingBar(QFrame):
    """The bar."""

    def __init__(self, words: Words, stop: Callable[[], object]) -> None:
        super().__init__()
        self._words = words
        self._what = Label("", "strong")
        self._more = Label("", wrap=True)
        self.stop = SecondaryButton("", stop, icon="square")
        row = line(IconLabel("circle-dot", "blocking"), self._what, space=theme.SPACE[2])
        row.addWidget(self._more, 1)
        row.addWidget(self.stop)
        row.setContentsMargins(theme.SPACE[3], theme.SPACE[0], theme.SPACE[1], theme.SPACE[0])
        self.setLayout(row)
        dress(self, "banner", "blocking")
        self.hide()

    def show_state(self, state: RecordingState, left: str) -> None:
        """Show what runs; `left` is how long still, in words."""
        running, words = state.running, self._words
        self.setVisible(running is not None)
        if running is None:
            return
        self._what.say(words("p1.recording_runs"), "blocking")
        told = words(
            "p1.recording_told",
            telegrams=running.telegrams,
            size=words.size(running.octets),
            end=clock_of(words, running.ends_at),
            left=left,
            purpose=words.code("purposes", running.reason.purpose),
        )
        self._more.say(told)
        self.stop.say(words("p1.recording_stop"))
        self.setAccessibleName(f"{self._what.text()}. {told}")
