"""The questions before something is written down: what for, how long, until when.

In comes what the purpose allows; out comes the answer. Rule: the purpose is said and never
asked, it comes from the visit; nothing is offered that the purpose does not give, and the way
back is as near as the way on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.recording_state import Allowed, KeptCard
from ui.views import theme
from ui.views.language import Words
from ui.views.visit_options import Options
from ui.views.widgets import (
    Card,
    Check,
    Label,
    Muted,
    PrimaryButton,
    SecondaryButton,
    Small,
    clear,
    column,
    line,
)

_WIDE = 680
_DEFAULT_LAST, _DEFAULT_KEEP = timedelta(minutes=15), timedelta(hours=24)


class Sheet(QWidget):
    """One question at a time; `answered` tells which: `keep`, `record`, `export`, `remove`."""

    answered = Signal(str)
    left = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._what = ""
        self._card: KeptCard | None = None
        self._lasts: Options | None = None
        self._keeps: Options | None = None
        self._title = Label("", "title", wrap=True)
        self._text = Muted("", wrap=True)
        self._purpose = Label("", "strong")
        self._choices = column(space=theme.SPACE[1])
        self._numbers = Check("")
        self._numbers_why = Small("", wrap=True)
        self.yes = PrimaryButton("", lambda: self.answered.emit(self._what))
        self.no = SecondaryButton("", self.left.emit)
        self._lay_out()

    def _lay_out(self) -> None:
        card = Card()
        card.setFixedWidth(_WIDE)
        card.body.setSpacing(theme.SPACE[3])
        buttons = line(self.yes, self.no, space=theme.SPACE[2])
        buttons.addStretch(1)
        card.body.addWidget(self._title)
        card.body.addWidget(self._text)
        card.body.addWidget(self._purpose)
        card.body.addLayout(self._choices)
        card.body.addWidget(self._numbers)
        card.body.addWidget(self._numbers_why)
        card.body.addLayout(buttons)
        across = line()
        across.addStretch(1)
        across.addWidget(card)
        across.addStretch(1)
        lay = column()
        lay.addStretch(1)
        lay.addLayout(across)
        lay.addStretch(2)
        self.setLayout(lay)

    @property
    def card(self) -> KeptCard | None:
        """The recording that the question is about."""
        return self._card

    @property
    def lasts(self) -> timedelta:
        """How long to record."""
        return _chosen(self._lasts, _DEFAULT_LAST)

    @property
    def keeps(self) -> timedelta:
        """How long to keep."""
        return _chosen(self._keeps, _DEFAULT_KEEP)

    @property
    def with_numbers(self) -> bool:
        """Whether the meter's numbers stay in an exported copy."""
        return self._numbers.isChecked()

    def ask_keep(self, allowed: Allowed) -> None:
        """Keep the telegram that is shown?"""
        self._begin("keep", allowed)
        if allowed.visit:
            self._text.say(self._words("p1.keep_text_visit"))
        else:
            self._keeps = self._offer("p1.how_long_kept", allowed.keeps, _DEFAULT_KEEP)

    def ask_record(self, allowed: Allowed) -> None:
        """Record from now on?"""
        self._begin("record", allowed)
        self._lasts = self._offer("p1.how_long", allowed.lasts, _DEFAULT_LAST)
        self._keeps = self._offer("p1.how_long_kept", allowed.keeps, _DEFAULT_KEEP)

    def ask_export(self, card: KeptCard) -> None:
        """Write a copy that anybody can read?"""
        self._begin("export", None, card)
        self._numbers.setChecked(False)
        self._numbers.setText(self._words("p1.export_numbers"))
        self._numbers.setAccessibleName(self._words("p1.export_numbers"))
        self._numbers_why.say(self._words("p1.export_numbers_why"))
        self._numbers.show()
        self._numbers_why.show()

    def ask_remove(self, card: KeptCard) -> None:
        """Let it go before its time?"""
        self._begin("remove", None, card)

    def _begin(self, what: str, allowed: Allowed | None, card: KeptCard | None = None) -> None:
        words = self._words
        self._what, self._card = what, card
        self._lasts = self._keeps = None
        clear(self._choices)
        self._title.say(words(f"p1.{what}_title"))
        self._text.say(words(f"p1.{what}_text"))
        purpose = card.purpose if card is not None else allowed and allowed.purpose
        self._purpose.say(words("p1.purpose", purpose=words.code("purposes", purpose)))
        self.yes.say(words(f"p1.{what}_yes"))
        self.no.say(words("p1.not_now"))
        self._numbers.hide()
        self._numbers_why.hide()
        self.yes.setFocus(Qt.FocusReason.OtherFocusReason)

    def _offer(self, key: str, choices: Sequence[timedelta], default: timedelta) -> Options:
        chosen = default if default in choices else choices[-1]
        offered = [(_code(one), length(self._words, one)) for one in choices]
        made = Options(offered, _code(chosen), across=len(offered), least_px=theme.TARGET)
        name = Small(self._words(key))
        made.setAccessibleName(name.text())
        self._choices.addWidget(name)
        self._choices.addWidget(made)
        return made


def length(words: Words, one: timedelta) -> str:
    """`15 minuten`, `4 uur`, `7 dagen`."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        n = int(one.total_seconds()) // size
        if n > 1 or (n == 1 and unit != "days"):
            return words(f"p1.{unit}", n=n)
    return words("p1.minutes", n=1)


def _code(one: timedelta) -> str:
    return str(int(one.total_seconds()))


def _chosen(options: Options | None, default: timedelta) -> timedelta:
    code = options.code if options is not None else ""
    return timedelta(seconds=int(code)) if code else default
