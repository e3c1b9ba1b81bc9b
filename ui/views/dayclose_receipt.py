"""The office's receipt of a day: not there yet, as it should be, or with differences.

In comes the State of the day's end; out come words. Rule: nothing is called confirmed before
the office said so; a difference shows what is here and what is there.
"""

from __future__ import annotations

from collections import Counter

from fieldapp.domain.day_close import MOVES, STATE, DayReceipt, Difference
from ui.presenters.day_close import DayCloseState
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Card, Label, Pill, Small, clear, column, line

_SHOWN = 6


class ReceiptCard(Card):
    """What the office holds of the day."""

    def __init__(self, words: Words) -> None:
        super().__init__(" ")
        self._words = words
        self._state = Pill()
        self._what = Label("", "lead", wrap=True)
        self._facts = column(space=theme.SPACE[1])
        pill = line(self._state)
        pill.addStretch(1)
        self.body.addLayout(pill)
        self.body.addWidget(self._what)
        self.body.addLayout(self._facts)
        self.body.addStretch(1)

    def show_state(self, state: DayCloseState) -> None:
        """Show how the receipt stands."""
        words = self._words
        self.say(words("dayclose.receipt"))
        key, tone, icon = _standing(state)
        self._state.say(words(f"dayclose.receipt_{key}"), tone, icon)
        said = {"count": len(state.differences), "later": state.later}
        self._what.say(words(f"dayclose.receipt_{key}_text", **said))
        clear(self._facts)
        for text in self._lines(state):
            self._facts.addWidget(Small(text, wrap=True))

    def _lines(self, state: DayCloseState) -> list[str]:
        receipt = state.closing.receipt if state.closing else None
        if receipt is None:
            return []
        words, found = self._words, state.differences
        lines = [_difference(words, state, one) for one in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(words("dayclose.differs_more", count=len(found) - _SHOWN))
        return [*lines, *_held(words, receipt)]


def _standing(state: DayCloseState) -> tuple[str, str, str]:
    """Code, tone and icon."""
    if state.closing is None:
        return "none", "neutral", "circle-dashed"
    if state.later:
        return "later", "attention", "triangle-alert"
    if state.closing.receipt is None:
        return "waits", "attention", "clock"
    if state.closing.confirmed:
        return "whole", "done", "circle-check"
    return "differs", "blocking", "circle-alert"


def _held(words: Words, receipt: DayReceipt) -> list[str]:
    """What the office has, by its own count."""
    states = Counter(visit.state for visit in receipt.visits)
    told = ", ".join(f"{n} {words.code('states', name)}" for name, n in states.items())
    lines = [words("dayclose.held_at", moment=words.moment(receipt.made_at))]
    if told:
        lines.append(words("dayclose.held_visits", visits=told))
    files = sum(visit.files for visit in receipt.visits)
    lines.append(words("dayclose.held_items", operations=receipt.operations, files=files))
    if receipt.moves is not None:
        lines.append(words("dayclose.held_moves", **receipt.moves))
    return lines


def _difference(words: Words, state: DayCloseState, one: Difference) -> str:
    here, there, about = one.here, one.there, state.number_of(one.about)
    if one.what == STATE:
        here = words.code("states", here)
        there = words.code("states", there) if there else words("dayclose.nothing")
    if one.what == MOVES:
        about = words(f"dayclose.move_{one.about}")
    return words(f"dayclose.differs_{one.what}", about=about, here=here, there=there)
