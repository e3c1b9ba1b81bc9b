"""What will be written to the meter, in words, with a yes and a no.

In comes a question of the presenter; out comes the answer. Rule: the text says what happens in
the meter and what it leaves there; the button that does it says so.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from ui.presenters.optical_deeds import Deed, Question
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_texts import quoted
from ui.views.meter_words import event_name, off_text
from ui.views.widgets import (
    DangerButton,
    Label,
    PrimaryButton,
    SecondaryButton,
    column,
    dress,
    line,
)

_FINAL = {Deed.ALARMS, Deed.DECOUPLE}
"""What can't be undone by asking the reverse."""


class QuestionPanel(QFrame):
    """The panel; `agreed` tells a yes, `declined` a no."""

    agreed = Signal()
    declined = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._title = Label("", "lead")
        self._text = Label("", wrap=True)
        self.yes = PrimaryButton("", self.agreed.emit)
        self.final = DangerButton("", self.agreed.emit)
        self.no = SecondaryButton("", self.declined.emit)
        head = line(IconLabel("triangle-alert", "attention"), space=theme.SPACE[1])
        head.addWidget(self._title, 1)
        inside = column(head, self._text, self.yes, self.final, self.no, margin=theme.SPACE[2])
        self.setLayout(inside)
        dress(self, "raised")

    def show_question(self, question: Question | None) -> None:
        """Ask it; without one the panel goes."""
        self.setVisible(question is not None)
        if question is None:
            return
        words, deed = self._words, question.deed
        self._title.say(words(f"meter.ask_{deed}_title", n=question.channel))
        self._text.say(question_text(words, question))
        final = deed in _FINAL
        for button, shown in ((self.yes, not final), (self.final, final)):
            button.say(words(f"meter.yes_{deed}"))
            button.setVisible(shown)
        self.no.say(words("meter.ask_no"))


def question_text(words: Words, question: Question) -> str:
    """What will happen in the meter."""
    match question.deed:
        case Deed.CLOCK:
            key = "meter.ask_clock_marks" if question.marks else "meter.ask_clock"
            return words(key, off=off_text(words, question.off_s))
        case Deed.ALARMS:
            names = ", ".join(event_name(words, name) for name in question.names)
            return words("meter.ask_alarms", names=names)
        case Deed.COUPLE:
            wired = words("meter.ask_couple_wired") if question.wired else ""
            text = words("meter.ask_couple", number=question.number)
            return f"{text} {wired}".strip()
        case Deed.DECOUPLE:
            return words("meter.ask_decouple", number=question.number, n=question.channel)
        case Deed.LOCATION | Deed.MESSAGE:
            key = f"meter.ask_{question.deed}" if question.text else "meter.ask_message_none"
            held = quoted(words, question.held)
            return words(key, held=held, text=question.text)
