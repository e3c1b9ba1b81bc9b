"""The raw telegrams of a line as it goes: the newest, or one that is held still.

In comes the history of the live presenter; out come steps back and forth. Rule: it follows the
newest until a person holds it; what has been forgotten is not shown any longer.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.live_history import Entry, History
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_raw import TelegramView
from ui.views.p1_words import clock_of
from ui.views.widgets import Label, Pill, SecondaryButton, column, line

_LOOKS = {
    "ok": ("done", "check"),
    "bad": ("attention", "triangle-alert"),
    "absent": ("neutral", "minus"),
    "noise": ("attention", "triangle-alert"),
}


class LiveRaw(QWidget):
    """The view."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._history = History()
        self._number = 0
        self.telegram = TelegramView(words)
        self._where = Label("", "number")
        self._pill = Pill()
        self.back = SecondaryButton("", lambda: self._step(-1), icon="chevron-left")
        self.forth = SecondaryButton("", lambda: self._step(1), icon="chevron-right")
        self.hold = SecondaryButton("", self._hold, icon="pause")
        head = line(
            self.back, self.forth, self.hold, self._where, self._pill, space=theme.SPACE[2]
        )
        head.addStretch(1)
        lay = column(head, space=theme.SPACE[2])
        lay.addWidget(self.telegram, 1)
        self.setLayout(lay)

    @property
    def entry(self) -> Entry | None:
        """What is shown."""
        return self._history.at(self._number)

    @property
    def is_held(self) -> bool:
        """Whether it stands still."""
        return bool(self._number)

    def show_history(self, history: History) -> None:
        """Show the newest of these, or the one that is held."""
        self._history = history
        words, entry = self._words, self.entry
        newest = history.at(0)
        self.back.say(words("p1.raw_back"))
        self.forth.say(words("p1.raw_forth"))
        self.hold.say(*_hold_look(words, held=self.is_held))
        if entry is None or newest is None:
            self._where.say(words("p1.raw_none"))
            self._pill.hide()
            self.telegram.show_telegram(b"")
            return
        heard = entry.heard
        told = words("p1.raw_where", n=entry.number, all=newest.number)
        self._where.say(f"{told} · {clock_of(words, heard.at)}")
        state = getattr(heard.event, "crc", "noise")
        self._pill.show()
        self._pill.say(words(f"p1.raw_{state}"), *_LOOKS[state])
        self.forth.setEnabled(self.is_held)
        self.telegram.show_telegram(heard.raw)

    def _step(self, by: int) -> None:
        entry, newest = self.entry, self._history.at(0)
        if entry is None or newest is None:
            return
        number = max(1, entry.number + by)
        self._number = 0 if number > newest.number else number
        self.show_history(self._history)

    def _hold(self) -> None:
        entry = self.entry
        self._number = 0 if self.is_held or entry is None else entry.number
        self.show_history(self._history)


def _hold_look(words: Words, *, held: bool) -> tuple[str, str]:
    return (words("p1.raw_follow"), "play") if held else (words("p1.raw_hold"), "pause")
