"""Is this the electricity meter here? Asked in a gas-only visit before anything is written.

In comes the number that answers; out comes a yes or a no. Rule: the number stands large, since
it is compared with a plate.
"""

from __future__ import annotations

from PySide6.QtCore import Signal

from ui.views.language import Words
from ui.views.widgets import Card, Label, PrimaryButton, SecondaryButton, Title


class HostCard(Card):
    """The card; `confirmed` tells a yes, `declined` a no."""

    confirmed = Signal()
    declined = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__(tone="attention")
        self._words = words
        self._number = Title("")
        self._text = Label("", wrap=True)
        self.yes = PrimaryButton("", self.confirmed.emit)
        self.no = SecondaryButton("", self.declined.emit)
        for part in (self._number, self._text, self.yes, self.no):
            self.body.addWidget(part)

    def show_host(self, number: str) -> None:
        """Ask about this number; without one the card goes."""
        self.setVisible(bool(number))
        self.say(self._words("meter.host_title"))
        self._number.say(number)
        self._text.say(self._words("meter.host_text"))
        self.yes.say(self._words("meter.host_yes"))
        self.no.say(self._words("meter.host_no"))
