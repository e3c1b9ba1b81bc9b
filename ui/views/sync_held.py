"""What waits for a connection that costs nothing: one card on Synchronisatie, and a word a row.

In comes the State of what is held; out comes `let_go`. Rule: without anything held there is no
card; with it, it says until when, and how to send it all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Signal

from ui.presenters.held import HeldState
from ui.presenters.sync_rows import Entry
from ui.views import theme
from ui.views.language import Words
from ui.views.models.rows import RowLine
from ui.views.widgets import Card, IconLabel, Label, SecondaryButton, Small, column, line

_ICON = 24


class HeldCard(Card):
    """The card."""

    let_go = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._title = Label("", "lead")
        self._text = Small("", wrap=True)
        self.anyway = SecondaryButton("", self.let_go.emit, icon="send")
        told = column(self._title, self._text, space=2)
        whole = line(IconLabel("wifi", "neutral", _ICON), space=theme.SPACE[3])
        whole.addLayout(told, 1)
        whole.addWidget(self.anyway)
        self.body.addLayout(whole)
        self.hide()

    def show_state(self, state: HeldState) -> None:
        """Show what is held now."""
        count = len(state.files)
        self.setVisible(count > 0)
        if not count:
            return
        words = self._words
        self._title.say(words("files.held"))
        key = "files.held_one" if count == 1 else "files.held_many"
        said = [words(key, count=count, size=words.size(state.size))]
        if state.until is not None:
            said.append(words("files.held_until", moment=words.moment(state.until)))
        if state.day_waits:
            said.append(words("files.held_day"))
        if state.problem is not None:
            said.append(f"{state.problem.what} {state.problem.do}")
        self._text.say(" ".join(said))
        self.anyway.say(words("files.anyway"))


def marked(
    words: Words, held: Collection[tuple[str, str]], entry: Entry, row: RowLine
) -> RowLine:
    """A row of what waits, which says so where it waits for such a connection."""
    if entry.is_file and (entry.visit, entry.id.partition(".")[0]) in held:
        return replace(row, state=words("files.row_held"), icon="wifi")
    return row
