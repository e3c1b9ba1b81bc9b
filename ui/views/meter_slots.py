"""The four M-Bus channels as slots, and the modem.

In comes an optical reading; out come tiles. Rule: an empty channel is a slot too.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout

from ui.presenters.optical_reading import ModemLine, Slot
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactCard, FactLine
from ui.views.meter_words import amount, device_name, event_name, optional
from ui.views.widgets import Card, ElidedLabel, Heading, Label, Small, column, dress

_COLUMNS = 2
_REGISTERED = {"home", "roaming"}
_WEAK_DBM = -100


class SlotTile(QFrame):
    """One channel."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._channel = Small("")
        self._device = Heading("")
        self._number = ElidedLabel("", "small")
        self._value = Label("", "number")
        self._more = Small("", wrap=True)
        parts = (self._channel, self._device, self._number, self._value, self._more)
        inside = column(*parts, space=2, margin=theme.SPACE[2])
        inside.addStretch(1)
        self.setLayout(inside)
        dress(self, "raised")

    def show_slot(self, slot: Slot) -> None:
        """Show what is coupled here, or that nothing is."""
        words = self._words
        self._channel.say(words("meter.channel", n=slot.channel))
        taken = bool(slot.kind)
        self._device.say(device_name(words, slot.kind) if taken else words("meter.slot_empty"))
        self._device.setEnabled(taken)
        self._number.say(f"{slot.number} {slot.maker}".strip())
        shown = "" if slot.value is None else amount(words, slot.value, slot.unit)
        self._value.say(shown)
        self._more.say(" · ".join(self._extras(slot)) if taken else "")
        for part in (self._number, self._value, self._more):
            part.setVisible(bool(part.text()))
        told = (self._device.text(), self._number.text(), shown)
        self.setAccessibleName(f"{self._channel.text()}: {' '.join(filter(None, told))}")

    def _extras(self, slot: Slot) -> list[str]:
        words = self._words
        found = []
        if slot.key_status:
            status = words("meter.key_other", status=slot.key_status)
            found.append(optional(words, f"meter.key_{slot.key_status}", status))
        if slot.time is not None:
            found.append(words("meter.slot_value_at", time=words.moment(slot.time)))
        if slot.signal is not None:
            found.append(words("meter.slot_signal", n=slot.signal))
        found += [event_name(words, name) for name in slot.status]
        return found


class SlotCard(Card):
    """The four slots."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._tiles = [SlotTile(words) for _ in range(4)]
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE[1])
        for place, tile in enumerate(self._tiles):
            grid.addWidget(tile, place // _COLUMNS, place % _COLUMNS)
        self.body.addLayout(grid)

    def show_slots(self, slots: tuple[Slot, ...]) -> None:
        """Show the channels; those that were not read are free as far as is known."""
        self.say(self._words("meter.slots"))
        there = {slot.channel: slot for slot in slots}
        for channel, tile in enumerate(self._tiles, 1):
            tile.show_slot(there.get(channel, Slot(channel)))


def show_modem(card: FactCard, words: Words, modem: ModemLine | None) -> None:
    """The modem's own report, or that there is none."""
    heading = words("meter.modem")
    if modem is None:
        card.show_lines(heading, [FactLine(words("meter.modem_none"), "")])
        return
    registered = modem.registration in _REGISTERED
    key = f"meter.registration_{modem.registration}"
    lines = [
        FactLine(words("meter.modem_operator"), _operator(words, modem.operator)),
        FactLine(
            words("meter.modem_registration"),
            optional(words, key, modem.registration),
            "",
            "" if registered else "attention",
        ),
        FactLine(words("meter.modem_service"), modem.packet_service.replace("_", "-").upper()),
    ]
    if modem.signal_dbm is not None:
        weak = "attention" if modem.signal_dbm < _WEAK_DBM else ""
        signal = words.number(modem.signal_dbm, "dBm")
        lines.append(FactLine(words("meter.modem_signal"), signal, "", weak))
    card.show_lines(heading, lines)


def _operator(words: Words, code: str) -> str:
    """`KPN (20408)`: the name of a known network beside its number (ITU-T E.212)."""
    name = optional(words, f"meter.network_{code}", "")
    return f"{name} ({code})" if name else code or words("meter.no_value")
