"""What publishing changes for whom, before it is done: the one question of this page.

In comes the preview; out go yes and not yet. Rule: the way back is as large as the way on, and
who is already busy is named.
"""

from __future__ import annotations

from PySide6.QtCore import Signal

from ui.presenters.planning_state import ChangeRow
from ui.views import planning_words, theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.widgets import (
    Card,
    Heading,
    Label,
    Muted,
    PrimaryButton,
    Row,
    Scroll,
    SecondaryButton,
    Small,
    clear,
    column,
    line,
)


class Preview(Card):
    """Give it rows with `ask`."""

    confirmed = Signal()
    kept = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(margin=0)
        self._words = words
        self._title = Heading("")
        self._why = Muted("", wrap=True)
        self._scroll = Scroll(0)
        self.publish = PrimaryButton("", self.confirmed.emit)
        self._keep = SecondaryButton("", self.kept.emit)
        head = column(self._title, self._why, space=theme.SPACE[0])
        head.setContentsMargins(24, 20, 24, theme.SPACE[3])
        foot = line(self._keep, space=theme.SPACE[2])
        foot.addStretch(1)
        foot.addWidget(self.publish)
        foot.setContentsMargins(24, theme.SPACE[3], 24, 20)
        self.body.setSpacing(0)
        self.body.addLayout(head)
        self.body.addWidget(self._scroll, 1)
        self.body.addLayout(foot)

    def ask(self, rows: tuple[ChangeRow, ...], *, busy: bool) -> None:
        """Show these changes and wait for an answer."""
        words = self._words
        self._title.say(words("planning.preview_title"))
        why = "planning.preview_why" if rows else "planning.preview_nothing"
        self._why.say(words(why))
        self.publish.say(words("planning.preview_publish"))
        self.publish.setEnabled(not busy and bool(rows))
        self._keep.say(words("planning.preview_keep"))
        clear(self._scroll.body)
        for row in rows:
            self._scroll.body.addWidget(_row(words, row))
        self._scroll.body.addStretch(1)


def _row(words: Words, change: ChangeRow) -> Row:
    lines = sentences(words, change)
    made = Row(f"{change.name}: {', '.join(lines)}")
    made.body.setContentsMargins(24, theme.SPACE[2], 24, theme.SPACE[2])
    told = column(Label(change.name, "strong"), space=theme.SPACE[0])
    for sentence in lines:
        told.addWidget(Label(sentence, wrap=True))
    for what, mind in (("under_way", change.under_way), ("undesignated", change.undesignated)):
        if mind:
            said = words(f"planning.preview_{what}", numbers=", ".join(mind))
            warning = line(IconLabel("triangle-alert", "attention"), space=theme.SPACE[1])
            warning.addWidget(Label(said, tone="attention", wrap=True), 1)
            told.addLayout(warning)
    made.body.addLayout(told, 1)
    total = planning_words.counted(words, "preview_total", change.total)
    made.body.addWidget(Small(total))
    return made


def sentences(words: Words, change: ChangeRow) -> list[str]:
    """What changes for one technician, a sentence for each way."""
    said = []
    for what, numbers in (("added", change.added), ("removed", change.removed)):
        if numbers:
            listed = ", ".join(numbers)
            key = f"preview_{what}"
            said.append(planning_words.counted(words, key, len(numbers), numbers=listed))
    if change.reordered:
        listed = ", ".join(change.reordered)
        said.append(words("planning.preview_reordered", numbers=listed))
    return said
