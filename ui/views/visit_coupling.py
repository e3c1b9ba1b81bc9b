"""The gas meter on the M-Bus of the electricity meter: coupled, or taken off.

In come the channels as they are and the gas meter's number; out goes one order. Rule: the
channels are shown before anything is written; what is taken off is agreed to apart from the
button; a wired gas meter asks nothing more of the technician.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from fieldapp.domain.work_order import Commodity
from ui.presenters.optical_deeds import about_coupling
from ui.presenters.optical_reading import Slot, slot_of
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_words import device_name, optional
from ui.views.visit_notice import Notice
from ui.views.visit_upkeep import OpticalEditor
from ui.views.visit_work import Work
from ui.views.widgets import Check, Field, Label, Muted, TextField, clear, column, dress, line

_FIELD_PX = 420
_GAS = "gas"


class ChannelsEditor(OpticalEditor):
    """Shows the channels; until then the button reads them."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._unread = Label(self.words("visit.channels_unread"), "lead", wrap=True)
        self._rows = column(space=0)
        self.body.addWidget(self._unread)
        self.body.addLayout(self._rows)
        self._drawn: tuple[Slot, ...] = ()

    @property
    def channels(self) -> tuple[Slot, ...]:
        """As they were last shown; empty before that."""
        return tuple(slot_of(channel) for channel in self.work.meters.state.channels)

    def button(self) -> str:
        """Read them first."""
        key = "visit.button.read_channels"
        return self.order() if self.channels else self.words(key)

    def order(self) -> str:
        """What the button does once the channels were shown."""
        return ""

    async def submit(self) -> bool:
        """Read them, or do it."""
        if not self.channels:
            return await self.work.meters.look_at_channels()
        return await self.give()

    async def give(self) -> bool:
        """Do it."""
        return False

    def redraw(self) -> None:
        """The channels, once they were read."""
        self._unread.setVisible(not self.channels)
        if self.channels == self._drawn:
            return
        self._drawn = self.channels
        clear(self._rows)
        for channel in self.channels:
            self._rows.addWidget(_ChannelRow(self.words, channel))
        self.typed.emit()


class CoupleEditor(ChannelsEditor):
    """The number that is expected, and whether a wire goes to it."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._number = TextField("")
        self._number.setMaximumWidth(_FIELD_PX)
        self.bind("number", self._number)
        if not self._number.text():
            self._number.setText(work.page.hanging.get(Commodity.GAS, ""))
        self._wired = Check(self.words("visit.couple_wired"))
        self._wired.setChecked(self.field("wired") == "yes")
        self._wired.toggled.connect(lambda on: self.keep("wired", "yes" if on else ""))
        self._other = Notice()
        self.body.addWidget(self._other)
        self._ask = QWidget()
        means = Muted(self.words("visit.couple_wired_means"), wrap=True)
        number = Field(self.words("visit.couple_number"), self._number)
        self._ask.setLayout(column(number, self._wired, means, space=theme.SPACE[1]))
        self.body.addWidget(self._ask)
        self.body.addStretch(1)

    def order(self) -> str:
        """Couple the one whose number stands there."""
        return self.words("visit.button.couple")

    def lacks(self) -> str:
        """A port, and a number that can be coupled."""
        lacks = super().lacks()
        if lacks or not self.channels or about_coupling(self._number.text()):
            return lacks
        return self.words("visit.couple_wrong")

    def first(self) -> QWidget | None:
        """The number."""
        return self._number if self.channels else None

    async def give(self) -> bool:
        """Couple it."""
        question = about_coupling(self._number.text(), wired=self._wired.isChecked())
        return question is not None and await self.work.meters.couple(question.device)

    def redraw(self) -> None:
        """The channels, and the number to couple."""
        super().redraw()
        self._ask.setVisible(bool(self.channels))
        other = self._other_gas()
        self._other.setVisible(other is not None)
        if other is not None:
            what = self.words("visit.couple_other", n=other.channel, number=other.number)
            self._other.say(what, self.words("visit.couple_other_means"))

    def _other_gas(self) -> Slot | None:
        """A gas meter that is not the one to be coupled."""
        question = about_coupling(self._number.text())
        own = question.digits if question else ""
        others = (c for c in self.channels if c.kind == _GAS and c.digits and c.digits != own)
        return next(others, None)


class DecoupleEditor(ChannelsEditor):
    """The gas meter that comes off."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._what = Notice()
        self.agree.setText(self.words("visit.decouple_agree"))
        self.agree.setAccessibleName(self.words("visit.decouple_agree"))
        self.body.addWidget(self._what)
        self.body.addWidget(self.agree)
        self.body.addStretch(1)

    def order(self) -> str:
        """Take it off which channel; nothing where none holds it."""
        gas = self._gas()
        return self.words("visit.button.decouple", n=gas.channel) if gas else ""

    def lacks(self) -> str:
        """A port, and a yes."""
        lacks = super().lacks()
        if lacks or self._gas() is None or self.agree.isChecked():
            return lacks
        return self.words("visit.decouple_agree_needed")

    def first(self) -> QWidget | None:
        """What is to be agreed to."""
        return self.agree if self._gas() else None

    async def give(self) -> bool:
        """Take it off."""
        gas = self._gas()
        if gas is None:
            return False
        return await self.work.meters.decouple(gas.channel, gas.digits)

    def redraw(self) -> None:
        """The channels, and what comes off."""
        super().redraw()
        gas = self._gas()
        self.agree.setVisible(gas is not None)
        self._what.setVisible(bool(self.channels))
        if gas is not None:
            what = self.words("visit.decouple_what", number=gas.number, n=gas.channel)
            self._what.say(what, self.words("visit.decouple_means"))
        elif self.channels:
            self._what.say(self.words("visit.decouple_none"), tone="accent")

    def _gas(self) -> Slot | None:
        """The visit's gas meter, else the only one that is there."""
        question = about_coupling(self.work.page.hanging.get(Commodity.GAS, ""))
        own = question.digits if question else ""
        gas = [c for c in self.channels if c.kind == _GAS and c.digits]
        mine = [c for c in gas if c.digits == own]
        return next(iter(mine or gas), None)


class _ChannelRow(QFrame):
    """One channel and what is on it."""

    def __init__(self, words: Words, channel: Slot) -> None:
        super().__init__()
        taken = bool(channel.kind or channel.digits)
        device = device_name(words, channel.kind) if taken else words("meter.slot_empty")
        name = words("visit.channel_line", n=channel.channel, device=device)
        key = channel.key_status
        status = optional(words, f"meter.key_{key}", key) if taken else ""
        told = " · ".join(part for part in (channel.number, status) if part)
        row = line(Label(name), Muted(told), space=theme.SPACE[3])
        row.addStretch(1)
        row.setContentsMargins(0, theme.SPACE[1], 0, theme.SPACE[1])
        self.setLayout(row)
        self.setAccessibleName(f"{name} {told}".strip())
        dress(self, "row")
