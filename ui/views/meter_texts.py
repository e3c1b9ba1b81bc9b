"""The texts in the meter: where it hangs and a message to the customer, as they are now.

In come the errand and what was read; out come questions to be put. Rule: a button that can't
be pressed says why; what stands in the meter is shown before anything is written.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.presenters.bench import ErrandCard
from ui.presenters.optical_reading import OpticalReading
from ui.presenters.optical_texts import (
    NO_MESSAGE,
    TextOffer,
    location_offer,
    message_offer,
    templates,
)
from ui.views import theme
from ui.views.language import Words
from ui.views.widgets import Check, Label, SecondaryButton, Select, Small, column


class TextRow(QWidget):
    """One text: its name, what stands there, a button, and why it can't be pressed."""

    asked = Signal(object)

    def __init__(self, icon: str, *chosen: QWidget) -> None:
        """`chosen`: what is chosen before the button is pressed."""
        super().__init__()
        self._offer: TextOffer | None = None
        self._chosen = chosen
        self._name = Small("")
        self._held = Label("", wrap=True)
        self.button = SecondaryButton("", self._ask, icon=icon)
        self.why = Small("", wrap=True)
        told = column(self._name, self._held, space=0)
        told.setContentsMargins(0, theme.SPACE[1], 0, 0)
        whole = column(*chosen, self.button, self.why)
        whole.insertLayout(0, told)
        self.setLayout(whole)

    def show_offer(self, words: Words, name: str, offer: TextOffer) -> None:
        """Show what stands there and whether it can be written."""
        self._offer = offer
        lacks = bool(offer.held.lacks)
        self._name.say(name)
        self._held.say(words("meter.text_held", text=quoted(words, offer.held.text)))
        self._held.setVisible(not lacks)
        for part in self._chosen:
            part.setVisible(not lacks and offer.why_not != "purpose")
        self.button.setEnabled(offer.question is not None)
        told = words(f"meter.text_why_{offer.why_not}") if offer.why_not else ""
        self.why.say(told)
        self.why.setVisible(bool(told))
        self.button.setAccessibleDescription(told)

    def _ask(self) -> None:
        if self._offer is not None:
            self.asked.emit(self._offer.question)


class TextRows(QWidget):
    """Both texts; `asked` tells a question."""

    asked = Signal(object)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._shown: tuple[ErrandCard, OpticalReading] | None = None
        self.templates = Select()
        self.in_english = Check()
        self.location = TextRow("map-pin")
        self.message = TextRow("sticky-note", self.templates, self.in_english)
        for template in templates():
            self.templates.addItem("", template)
        for row in (self.location, self.message):
            row.asked.connect(self.asked)
        self.templates.currentIndexChanged.connect(lambda _place: self._redraw())
        self.in_english.toggled.connect(lambda _on: self._redraw())
        self.setLayout(column(self.location, self.message))

    def show_texts(self, errand: ErrandCard, reading: OpticalReading) -> None:
        """Show both texts of this meter."""
        self._shown = (errand, reading)
        self._redraw()

    def _redraw(self) -> None:
        if self._shown is None:
            return
        words, (errand, reading) = self._words, self._shown
        for place in range(self.templates.count()):
            template = self.templates.itemData(place)
            self.templates.setItemText(place, words(f"meter.message_{template}"))
        self.templates.setAccessibleName(words("meter.text_message"))
        self.in_english.setText(words("meter.message_in_english"))
        self.in_english.setAccessibleName(words("meter.message_in_english"))
        self.location.button.say(words("meter.deed_location"))
        self.location.show_offer(
            words, words("meter.text_location"), location_offer(errand, reading)
        )
        template = str(self.templates.currentData())
        lang = "en" if self.in_english.isChecked() else "nl"
        removes = template == NO_MESSAGE
        self.message.button.say(words(f"meter.deed_message{'_none' if removes else ''}"))
        offer = message_offer(errand, reading, template, lang)
        self.message.show_offer(words, words("meter.text_message"), offer)


def quoted(words: Words, text: str) -> str:
    """A text of the meter between quotes, or that there is none."""
    return f"“{text}”" if text else words("meter.text_empty")
