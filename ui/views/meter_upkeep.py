"""What may be set in the meter at hand: its clock, its alarms, its texts, its M-Bus devices.

In comes the optical State; out come questions to be put, and the answer. Rule: a button only
asks; what it asks is written after a yes, and the proof with before and after stays in sight.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.optical import OpticalState
from ui.presenters.optical_deeds import (
    Deed,
    DeedProof,
    about_alarms,
    about_clock,
    about_coupling,
    about_decoupling,
    may,
)
from ui.presenters.optical_reading import OpticalReading
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_question import QuestionPanel
from ui.views.meter_texts import TextRows, quoted
from ui.views.meter_words import event_name, off_text, optional
from ui.views.widgets import Card, Check, Field, Label, SecondaryButton, TextField, column, line

_CHANNELS = (1, 2, 3, 4)


class UpkeepCard(Card):
    """The card; `asked` tells a question; `question` tells the answer."""

    asked = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._reading: OpticalReading | None = None
        self._suggested = ""
        self.question = QuestionPanel(words)
        self.clock = SecondaryButton("", self._ask_clock, icon="clock")
        self.alarms = SecondaryButton("", self._ask_alarms, icon="bell")
        self.texts = TextRows(words)
        self.decouple = {n: SecondaryButton("", self._asker(n)) for n in _CHANNELS}
        self.number = TextField()
        self.field = Field("", self.number)
        self.wired = Check()
        self.couple = SecondaryButton("", self._ask_coupling, icon="cable")
        self.texts.asked.connect(self.asked)
        self.number.textEdited.connect(lambda _text: self._say_hint(""))
        self._icon = IconLabel("circle-check", "done")
        self._proof = Label("", wrap=True)
        self._lay_out()

    def _lay_out(self) -> None:
        self._coupling, self._proof_row, self._buttons = QWidget(), QWidget(), QWidget()
        self._coupling.setLayout(column(self.field, self.wired, self.couple))
        told = line(self._icon, space=theme.SPACE[1])
        told.addWidget(self._proof, 1)
        self._proof_row.setLayout(told)
        channels = (*self.decouple.values(), self._coupling)
        parts = (self.clock, self.alarms, self.texts, *channels)
        self._buttons.setLayout(column(*parts))
        for part in (self._proof_row, self.question, self._buttons):
            self.body.addWidget(part)

    def show_state(self, state: OpticalState) -> None:
        """Draw what may be done, what is asked, and what was done."""
        words, reading = self._words, state.reading
        self._reading = reading
        allowed = {deed for deed in Deed if reading is not None and may(state.errand, deed)}
        self.setVisible(bool(allowed) and bool(reading and reading.version))
        if reading is None:
            return
        self.say(words("meter.upkeep"))
        self._suggest(state.errand.gas)
        self._show_buttons(reading, allowed)
        self.texts.show_texts(state.errand, reading)
        self._buttons.setEnabled(not state.running)
        self._buttons.setVisible(state.question is None)
        self.question.show_question(state.question)
        self._show_proof(state.deed)

    def told(self, state: OpticalState) -> QWidget | None:
        """What a person must see now: the question, or the proof of what was done."""
        if state.question is not None:
            return self.question
        return self._proof_row if state.deed is not None else None

    def _show_buttons(self, reading: OpticalReading, allowed: set[Deed]) -> None:
        words = self._words
        self.clock.say(words("meter.deed_clock"))
        self.clock.setVisible(Deed.CLOCK in allowed)
        self.alarms.say(words("meter.deed_alarms"))
        self.alarms.setVisible(Deed.ALARMS in allowed)
        self.alarms.setEnabled(about_alarms(reading) is not None)
        for channel, button in self.decouple.items():
            button.say(words("meter.deed_decouple", n=channel))
            held = about_decoupling(reading, channel) is not None
            button.setVisible(Deed.DECOUPLE in allowed and held)
        self._coupling.setVisible(Deed.COUPLE in allowed)
        self.couple.say(words("meter.deed_couple"))
        self.wired.setText(words("meter.couple_wired"))
        self.wired.setAccessibleName(words("meter.couple_wired"))
        if not self.field.hint.text():
            self.field.say(words("meter.couple_number"))

    def _show_proof(self, proof: DeedProof | None) -> None:
        self._proof_row.setVisible(proof is not None)
        if proof is None:
            return
        tone, icon = looks_of(proof)
        self._icon.set_icon(icon, tone)
        self._proof.say(proof_text(self._words, proof), tone)

    def _suggest(self, number: str) -> None:
        """The visit's gas meter stands there until another number is typed."""
        if number != self._suggested:
            self._suggested = number
            self.number.setText(number)

    def _say_hint(self, hint: str) -> None:
        self.number.wrong(is_wrong=bool(hint))
        self.field.say(self._words("meter.couple_number"), hint, "blocking" if hint else "")

    def _ask_clock(self) -> None:
        if self._reading is not None:
            self.asked.emit(about_clock(self._reading))

    def _ask_alarms(self) -> None:
        if self._reading is not None:
            self.asked.emit(about_alarms(self._reading))

    def _ask_coupling(self) -> None:
        question = about_coupling(self.number.text(), wired=self.wired.isChecked())
        self._say_hint("" if question else self._words("meter.couple_wrong"))
        if question is not None:
            self.asked.emit(question)

    def _asker(self, channel: int) -> Callable[[], None]:
        def ask() -> None:
            if self._reading is not None:
                self.asked.emit(about_decoupling(self._reading, channel))

        return ask


def looks_of(proof: DeedProof) -> tuple[str, str]:
    """Tone and icon: done, still to come, or not what was asked."""
    if not proof.holds or proof.key_refused:
        return "attention", "triangle-alert"
    waits = proof.deed is Deed.COUPLE and not proof.coupled
    return ("attention", "clock") if waits else ("done", "circle-check")


def proof_text(words: Words, proof: DeedProof) -> str:
    """Before and after, as read back."""
    match proof.deed:
        case Deed.CLOCK:
            before, after = (off_text(words, off) for off in (proof.before_s, proof.after_s))
            key = "meter.proof_clock" if proof.holds else "meter.proof_clock_off"
            return words(key, before=before, after=after, time=words.time(proof.at))
        case Deed.ALARMS:
            before, after = (_names(words, names) for names in (proof.before, proof.after))
            key = "meter.proof_alarms" if not proof.after else "meter.proof_alarms_left"
            return words(key, before=before, after=after, time=words.time(proof.at))
        case Deed.COUPLE:
            return _coupled(words, proof)
        case Deed.DECOUPLE:
            return words("meter.proof_decouple", number=proof.number, n=proof.channel)
        case Deed.LOCATION | Deed.MESSAGE:
            before, after = (quoted(words, text) for text in (proof.held, proof.text))
            key = f"meter.proof_{proof.deed}" if proof.holds else "meter.proof_text_off"
            return words(key, before=before, after=after, time=words.time(proof.at))


def _coupled(words: Words, proof: DeedProof) -> str:
    place = {"number": proof.number, "n": proof.channel}
    if proof.key_refused:
        return words("meter.proof_couple_key", **place)
    if not proof.coupled:
        return words("meter.proof_couple_waits", **place)
    status = optional(words, f"meter.key_{proof.key_status}", proof.key_status)
    return words("meter.proof_couple", **place, status=status).removesuffix("; ")


def _names(words: Words, names: tuple[str, ...]) -> str:
    return ", ".join(event_name(words, name) for name in names)
