"""Gas smell or danger, one tap away in the customer view too: what to do now, whom to call.

Out come the same instructions as on the visit's own screen. Rule: nothing is reported from
here; that is the technician's, once everybody is safe.
"""

from __future__ import annotations

from ui.views import theme
from ui.views.language import Words
from ui.views.visit_danger import FAULT_NUMBER
from ui.views.widgets import BigNumber, Card, Label, Muted, Scroll, column

_RULES = 5


class DangerSheet(Scroll):
    """The number, and five rules."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._call, self._line = BigNumber(), Muted("", wrap=True)
        self._rules = [Label("", "lead", wrap=True) for _ in range(_RULES)]
        card = Card(tone="blocking")
        rules = column(self._call, *self._rules, self._line, space=theme.SPACE[2])
        card.body.addLayout(rules)
        self.body.addWidget(card)
        self.body.addStretch(1)

    def redraw(self) -> None:
        """In the customer's language."""
        words = self._words
        self.setAccessibleName(words("visit.danger_button"))
        self._call.show_number(FAULT_NUMBER, "", words("visit.danger_call"))
        for number, rule in enumerate(self._rules, 1):
            rule.say(words(f"visit.danger_rule_{number}"))
        self._line.say(words("customer.danger_then"))
