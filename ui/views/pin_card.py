"""The PIN in Settings: whether there is one, a new one, or none any more.

In come digits; out go wishes to the PIN's presenter. Rule: what was typed is gone as soon as it
is kept, and never shown.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from PySide6.QtWidgets import QLineEdit

from ui.views.page import Context
from ui.views.theme import SPACE
from ui.views.widgets import (
    Card,
    Field,
    Label,
    NumberField,
    QuietButton,
    SecondaryButton,
    Small,
    line,
)

_MOST_DIGITS = 8


class PinCard(Card):
    """One card."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.pin = context.desk.handover().pin()
        self.pin.subscribe(lambda _state: self.redraw())
        self._so = Label("", wrap=True)
        self.field = NumberField("", digits=_MOST_DIGITS)
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.returnPressed.connect(self._keep)
        self._labelled = Field("", self.field)
        self.keep, self.remove = SecondaryButton("", self._keep), QuietButton("", self._remove)
        self._said = Small("", wrap=True)
        self._said.hide()
        ways = line(self.keep, self.remove, space=SPACE[1])
        ways.addStretch(1)
        for part in (self._so, self._labelled):
            self.body.addWidget(part)
        self.body.addLayout(ways)
        self.body.addWidget(self._said)

    async def open(self) -> None:
        """Ask the store whether there is one."""
        await self.pin.open()
        self._said.hide()
        self.redraw()

    def redraw(self) -> None:
        """The words of the language now spoken, by whether there is one."""
        words, there = self._context.words, self.pin.state.is_set
        self.say(words("customer.settings.title"))
        self._so.say(words(f"customer.settings.{'set' if there else 'unset'}"))
        self._labelled.say(words("customer.settings.new"))
        self.keep.say(words(f"customer.settings.{'change' if there else 'keep'}"))
        self.remove.say(words("customer.settings.remove"))
        self.remove.setVisible(there)

    def _keep(self) -> None:
        digits = self.field.text()
        if not self.pin.fits(digits):
            self._say(self._context.words("customer.settings.wrong"), "blocking")
            return
        self.field.clear()
        self._context.spawn(self._done(self.pin.keep(digits), "kept"), "keep a PIN")

    def _remove(self) -> None:
        self._context.spawn(self._done(self.pin.remove(), "removed"), "remove a PIN")

    async def _done(self, work: Coroutine[Any, Any, bool], told: str) -> None:
        done = await work
        problem = self.pin.state.problem
        if done:
            self._say(self._context.words(f"customer.settings.{told}"))
        elif problem is not None:
            self._say(f"{problem.what} {problem.do}", "blocking")

    def _say(self, text: str, tone: str = "") -> None:
        self._said.say(text, tone)
        self._said.show()
