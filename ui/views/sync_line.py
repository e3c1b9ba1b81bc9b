"""The line to the office: how it is, when it was last used, how far a run is, and the button.

In comes the sync's State; out come `asked` and `stopped`. Rule: what takes less than 0.3 s by
itself does not flicker here; what a person starts shows at once, and can be stopped.
"""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar

from ui.presenters.sync import SyncState
from ui.views import sync_words as told
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import (
    Card,
    IconLabel,
    Label,
    PrimaryButton,
    SecondaryButton,
    Small,
    column,
    line,
)

_PATIENCE_MS = 300
_STEPS = 1000
_ICONS = {None: ("wifi", "neutral"), True: ("wifi", "done"), False: ("wifi-off", "attention")}
_ICON = 32
_AROUND = 48


class SyncLine(Card):
    """The card over the three columns."""

    asked = Signal()
    stopped = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._state = SyncState()
        self._now: datetime | None = None
        self._icon = IconLabel("wifi", "neutral", _ICON)
        self._standing = Label("", "lead")
        self._contact = Small("")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.progress = Small("")
        self.ending = Small("", wrap=True)
        self.button = PrimaryButton("", self._ask, icon="refresh-cw")
        self.stop = SecondaryButton("", self.stopped.emit, icon="x")
        self._is_slow = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(self._grow_slow)
        self._build()

    def _build(self) -> None:
        words = column(self._standing, self._contact, space=2)
        left = line(self._icon, words, space=theme.SPACE[3])
        run = column(space=theme.SPACE[1])
        run.addStretch(1)
        for part in (self.bar, self.progress, self.ending):
            run.addWidget(part)
        run.addStretch(1)
        whole = line(space=theme.SPACE[5])
        whole.addLayout(left)
        whole.addLayout(run, 1)
        whole.addWidget(self.stop)
        whole.addWidget(self.button)
        self.body.addLayout(whole)

    def show_state(self, state: SyncState, now: datetime) -> None:
        """Show the line as it is at `now`."""
        if state.running != self._state.running:
            self._is_slow = self._is_slow and state.running
            (self._patience.start if state.running else self._patience.stop)()
        self._state, self._now = state, now
        self._draw(now)

    def _draw(self, now: datetime) -> None:
        words, state = self._words, self._state
        self._icon.set_icon(*_ICONS[state.online])
        self._standing.say(told.standing(words, state))
        self._contact.say(told.contact(words, state, now))
        self.setMinimumHeight(theme.primary_height(theme.current()) + _AROUND)
        running = state.running and self._is_slow
        self._draw_bar()
        self.progress.say(told.progress(words, state))
        self.ending.say(told.ending(words, state))
        self._swap(running=running)
        self.button.say(words("sync.now"))
        self.stop.say(words("sync.stop"))

    def _swap(self, *, running: bool) -> None:
        """Bar and stop while it runs, else the end and the button; the focus goes along."""
        focused = self.button.hasFocus() or self.stop.hasFocus()
        for part in (self.bar, self.progress, self.stop):
            part.setVisible(running)
        self.ending.setVisible(not running)
        self.button.setVisible(not running)
        if focused:
            (self.stop if running else self.button).setFocus()

    def _draw_bar(self) -> None:
        state = self._state
        done, total = state.bytes_done, state.bytes_total
        if not total:  # nothing goes: what comes
            done, total = state.bytes_in, state.bytes_in_total
        moving = theme.current().motion and not total
        self.bar.setRange(0, 0 if moving else _STEPS)
        self.bar.setValue(_STEPS * done // total if total else 0)
        self.bar.setAccessibleName(told.progress(self._words, state))

    def _ask(self) -> None:
        self._is_slow = True
        self.asked.emit()

    def _grow_slow(self) -> None:
        """It takes long enough to be told."""
        self._is_slow = True
        if self._now is not None:
            self._draw(self._now)
