"""The customer's choice about remote reading: what the meter holds, what is wanted, the proof.

In comes the optical State; out come read and write. Rule: the button says what it will write;
without a recorded choice, or outside a visit and the workshop, there is no such button.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from fieldapp.domain.preference import Preference, wanted_status
from ui.presenters.optical import OpticalState, Proof
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_words import choice_name, status_name
from ui.views.widgets import (
    Card,
    Label,
    PrimaryButton,
    SecondaryButton,
    Small,
    column,
    line,
)

_ARROW = 24


class PreferenceCard(Card):
    """The card; `asked` tells that it is to be read, `written` what is to be written."""

    asked = Signal()
    written = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._wanted: Preference | None = None
        self._names = (Small(""), Small(""))
        self._now = Label("", "title", wrap=True)
        self._then = Label("", "title", wrap=True)
        self._arrow = IconLabel("arrow-right", "neutral", _ARROW)
        self._hint = Small("", wrap=True)
        self._proof = Label("", wrap=True)
        self.read = SecondaryButton("", self.asked.emit, icon="refresh-cw")
        self.write = PrimaryButton("", self._press)
        self.bench = {
            wanted: SecondaryButton("", self._presser(wanted)) for wanted in Preference
        }
        self._lay_out()

    def _lay_out(self) -> None:
        sides = tuple(
            column(name, value, space=0)
            for name, value in zip(self._names, (self._now, self._then), strict=True)
        )
        for side in sides:
            side.addStretch(1)
        values = line(space=theme.SPACE[3])
        values.addLayout(sides[0], 3)
        values.addWidget(self._arrow)
        values.addLayout(sides[1], 2)
        self.body.addLayout(values)
        self.body.addWidget(self._hint)
        self.body.addWidget(self._proof)
        self.body.addWidget(self.write)
        self.body.addLayout(column(*self.bench.values(), self.read))

    def show_state(self, state: OpticalState) -> None:
        """Draw it."""
        words, errand = self._words, state.errand
        self._wanted = errand.choice
        self.say(words("meter.preference"))
        self._show_values(state)
        self._show_hint(state)
        self._show_proof(state.proof)
        self._show_buttons(state)

    def _show_values(self, state: OpticalState) -> None:
        """What the meter held and holds after a write; before it, what it holds and should."""
        words, choice, proof = self._words, state.errand.choice, state.proof
        if proof is not None and proof.after == state.value_now:
            names = ("meter.preference_was", "meter.preference_read_back")
            values = (status_name(words, proof.before), status_name(words, proof.after))
        else:
            names = ("meter.preference_now", "meter.preference_wanted")
            wanted = choice_name(words, choice) if choice is not None else ""
            values = (status_name(words, state.value_now), wanted)
        for label, name in zip(self._names, names, strict=True):
            label.say(words(name))
        self._now.say(values[0])
        self._then.say(values[1])
        for part in (self._names[1], self._then, self._arrow):
            part.setVisible(bool(values[1]))

    def _show_hint(self, state: OpticalState) -> None:
        words, choice = self._words, state.errand.choice
        text = ""
        if state.errand.visit and choice is None:
            text = words("meter.preference_no_choice")
        elif choice is not None and state.value_now == wanted_status(choice):
            text = words("meter.preference_holds_already")
        elif choice is not None:
            text = words("meter.preference_foretold")
        self._hint.say(text)
        self._hint.setVisible(bool(text))

    def _show_proof(self, proof: Proof | None) -> None:
        self._proof.setVisible(proof is not None)
        if proof is None:
            return
        words = self._words
        after = status_name(words, proof.after)
        text = words(
            "meter.preference_proof",
            before=status_name(words, proof.before),
            requested=choice_name(words, proof.requested),
            after=after,
            time=words.time(proof.at),
        )
        if not proof.holds:
            text = words("meter.preference_not_held", after=after)
        self._proof.say(text, "done" if proof.holds else "blocking")

    def _show_buttons(self, state: OpticalState) -> None:
        words, choice, idle = self._words, state.errand.choice, not state.running
        self.read.say(words("meter.preference_read"))
        self.read.setEnabled(idle and bool(state.source))
        due = choice is not None and state.value_now != wanted_status(choice)
        self.write.setVisible(due and bool(state.errand.visit))
        self.write.setEnabled(idle and bool(state.source))
        if choice is not None:
            self.write.say(words(f"meter.preference_write_{choice}"))
        for wanted, button in self.bench.items():
            button.say(words(f"meter.preference_write_{wanted}"))
            held = state.value_now == wanted_status(wanted)
            button.setVisible(state.errand.is_workshop and state.value_now is not None)
            button.setEnabled(idle and not held)

    def _press(self) -> None:
        if self._wanted is not None:
            self.written.emit(str(self._wanted))

    def _presser(self, wanted: Preference) -> Callable[[], None]:
        return lambda: self.written.emit(str(wanted))
