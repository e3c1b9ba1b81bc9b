"""What the office refused or set aside: each with its reason, what to do, and a way to go on.

In come the entries that need a person; out come `resent` (ids of operations) and `chosen` (a
visit). Rule: nothing here is lost or hidden; what does not fit is counted.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ui.presenters.sync_rows import Entry
from ui.views import sync_words as told
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import (
    Heading,
    Label,
    Pill,
    QuietButton,
    Scroll,
    SecondaryButton,
    Small,
    clear,
    column,
    dress,
    line,
    spacer,
)

_SHOWN = 20
_EDGE = 20


class Needs(Scroll):
    """The entries below each other."""

    resent = Signal(tuple)
    chosen = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__(space=0)
        self._words = words
        self._shown: tuple[str, tuple[Entry, ...]] = ("", ())
        self._abouts: list[tuple[Entry, Small]] = []
        self._more = Small("")
        self.all = SecondaryButton("", self._resend_all, icon="rotate-ccw")
        self._list = column(space=0)
        foot = line(self._more)
        foot.addStretch(1)
        foot.addWidget(self.all)
        foot.setContentsMargins(_EDGE, theme.SPACE[2], _EDGE, theme.SPACE[2])
        self.body.addLayout(self._list)
        self.body.addLayout(foot)
        self.body.addStretch(1)

    def show_entries(self, entries: tuple[Entry, ...], now: datetime) -> None:
        """Show these; what did not change keeps its buttons and their focus."""
        words = self._words
        if (words.lang, entries) != self._shown:
            self._shown = (words.lang, entries)
            self._rebuild(entries)
        for entry, label in self._abouts:
            label.say(told.about(words, entry, now))
        self._more.say(words("sync.needs_more", count=len(entries) - _SHOWN))
        self._more.setVisible(len(entries) > _SHOWN)
        self.all.say(words("sync.resend_all"))
        self.all.setVisible(len(entries) > 1)

    def _rebuild(self, entries: tuple[Entry, ...]) -> None:
        clear(self._list)
        self._abouts = [(entry, Small("")) for entry in entries[:_SHOWN]]
        for entry, about in self._abouts:
            self._list.addWidget(self._card(entry, about))

    def _card(self, entry: Entry, about: Small) -> QFrame:
        words = self._words
        why = told.reason(words, entry)
        tone, icon = told.tone(entry)
        state = told.state(words, entry)
        head = line(
            Heading(told.what(words, entry)), spacer(across=True), Pill(state, tone, icon)
        )
        again = SecondaryButton(
            words("sync.resend"), lambda: self.resent.emit((entry.id,)), icon="rotate-ccw"
        )
        visit = QuietButton(
            words("sync.open_visit", number=entry.number),
            lambda: self.chosen.emit(entry.visit),
        )
        hands = line(again, visit, spacer(across=True))
        made = QFrame()
        body = column(head, about, space=theme.SPACE[0])
        for text in (Label(why, wrap=True), Small(words(f"sync.do_{entry.state}"), wrap=True)):
            body.addWidget(text)
        body.addSpacing(theme.SPACE[1])
        body.addLayout(hands)
        body.setContentsMargins(_EDGE, theme.SPACE[3], _EDGE, theme.SPACE[3])
        made.setLayout(body)
        said = {"what": told.what(words, entry), "number": entry.number, "state": state}
        made.setAccessibleName(words("sync.card_spoken", reason=why, **said))
        dress(made, "row")
        return made

    def _resend_all(self) -> None:
        self.resent.emit(tuple(entry.id for entry in self._shown[1]))
