"""What went well, or not, with something that was written down: one line over the section.

In comes the recordings' State; out comes that it was seen. Rule: it stays until it is seen or
something else happens; a problem says what to do.
"""

from __future__ import annotations

from collections.abc import Callable

from ui.presenters.recording_state import RecordingState
from ui.views.language import Words
from ui.views.widgets import Banner


class NoteBar(Banner):
    """The line."""

    def __init__(self, words: Words, seen: Callable[[], object]) -> None:
        super().__init__()
        self._words = words
        self._shown = ("", "")
        self.dismissed.connect(seen)

    def show_state(self, state: RecordingState) -> None:
        """Show what is to be said; nothing hides it."""
        problem = state.problem
        if problem is not None:
            told = (problem.what, f"{problem.means} {problem.do}")
        else:
            told = (self._words(f"p1.done_{state.done}") if state.done else "", "")
        if told == self._shown:
            return
        self._shown = told
        if not told[0]:
            self.hide()
            return
        self.say(*told, tone="attention" if problem is not None else "done")
        self.name_close(self._words("p1.note_seen"))
