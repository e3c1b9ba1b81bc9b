"""All that the meter said over the optical port, and what may be done to it.

In come the States of the optical presenter; out come its intents. Rule: what was read stands at
the left and in the middle, what can be done at the right; a question is brought into sight.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from fieldapp.domain.preference import Preference
from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.presenters.optical_reading import OpticalReading
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactCard, FactLine
from ui.views.meter_host import HostCard
from ui.views.meter_identity import IdentityCard
from ui.views.meter_lamps import LampCard
from ui.views.meter_log_filter import LogFilter
from ui.views.meter_phases import PhaseBars
from ui.views.meter_preference import PreferenceCard
from ui.views.meter_session import SessionCard
from ui.views.meter_slots import SlotCard, show_modem
from ui.views.meter_timeline import TimelineCard
from ui.views.meter_upkeep import UpkeepCard
from ui.views.meter_words import amount, register_name
from ui.views.trace_words import unread
from ui.views.widgets import Card, Scroll, Small, line

_SIDE_PX = 372


class OpticalBoard(QWidget):
    """The board."""

    def __init__(self, presenter: OpticalPresenter, words: Words) -> None:
        super().__init__()
        self._words = words
        self.session = SessionCard(words)
        self.preference = PreferenceCard(words)
        self.upkeep = UpkeepCard(words)
        self.host = HostCard(words)
        self.filter = LogFilter(words)
        self._identity = IdentityCard(words)
        self._registers = FactCard()
        self._phases = PhaseBars(words)
        self._phase_card = Card()
        self._lamps = LampCard(words)
        self._slots = SlotCard(words)
        self._modem = FactCard()
        self._timeline = TimelineCard(words)
        self._left_out = Small("", wrap=True)
        self._side = Scroll()
        self._told: QWidget | None = None
        self._lay_out()
        follow(self.session, self.preference, presenter)
        follow_host(self.host, presenter)
        self.filter.chosen.connect(lambda: self.show_state(presenter.state))
        self.upkeep.asked.connect(presenter.ask)
        self.upkeep.question.agreed.connect(presenter.answer_yes)
        self.upkeep.question.declined.connect(lambda: presenter.ask(None))

    def _lay_out(self) -> None:
        self._phase_card.body.addWidget(self._phases)
        left = Scroll()
        for part in (self._identity, self._registers, self._phase_card, self._slots):
            left.body.addWidget(part)
        left.body.addWidget(self._left_out)
        left.body.addStretch(1)
        for part in (self.host, self.session, self.preference, self.upkeep, self._modem):
            self._side.body.addWidget(part)
        self._side.body.addStretch(1)
        self._side.setFixedWidth(_SIDE_PX)
        middle = Scroll()
        middle.body.addWidget(self._lamps)
        middle.body.addWidget(self.filter)
        middle.body.addWidget(self._timeline, 1)
        both = line(space=theme.SPACE[3])
        both.addWidget(left, 1)
        both.addWidget(middle, 1)
        both.addWidget(self._side)
        self.setLayout(both)

    def show_state(self, state: OpticalState) -> None:
        """Draw the State as it is."""
        self.host.show_host(state.host)
        self.session.show_state(state)
        self.preference.show_state(state)
        self.upkeep.show_state(state)
        self._bring(self.upkeep.told(state))
        if state.reading is not None:
            self._show_reading(state, state.reading)

    def _bring(self, told: QWidget | None) -> None:
        """Bring a new question or proof into sight, once it has its place."""
        if told is not self._told:
            self._told = told
            QTimer.singleShot(0, self, self._show_told)

    def _show_told(self) -> None:
        if self._told is not None:
            self._side.ensureWidgetVisible(self._told, 0, theme.SPACE[3])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A question stays in sight."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._show_told)

    def _show_reading(self, state: OpticalState, reading: OpticalReading) -> None:
        self._identity.show_reading(reading, state.errand)
        self._show_values(reading)
        self._lamps.show_lamps(reading.alarms, reading.errors)
        self._slots.show_slots(reading.slots)
        show_modem(self._modem, self._words, reading.modem)
        self.filter.show_logs(reading)
        self._timeline.show_reading(self.filter.filtered(reading))
        told = self._words("meter.no_intervals")
        if reading.left_out:
            what = "; ".join(unread(self._words, text) for text in reading.left_out)
            told = f"{told} {self._words('meter.left_out', n=what)}"
        self._left_out.say(told)

    def _show_values(self, reading: OpticalReading) -> None:
        words = self._words
        lines = [
            FactLine(
                register.obis,
                amount(words, register.value, register.unit),
                register_name(words, register),
            )
            for register in reading.registers
        ]
        self._registers.show_lines(words("meter.registers"), lines)
        self._phase_card.say(words("meter.phases"))
        self._phases.show_phases(reading.phases)
        self._phase_card.setVisible(bool(reading.phases))


def follow(
    session: SessionCard, preference: PreferenceCard, presenter: OpticalPresenter
) -> None:
    """Let what is pressed on these cards be done."""
    session.begun.connect(presenter.read_state)
    session.stopped.connect(presenter.stop)
    session.picked.connect(presenter.use)
    preference.asked.connect(presenter.read_preference)
    preference.written.connect(lambda wanted: presenter.write_preference(Preference(wanted)))


def follow_host(host: HostCard, presenter: OpticalPresenter) -> None:
    """Let the question which meter this is ask the presenter."""
    host.confirmed.connect(presenter.confirm_host)
    host.declined.connect(presenter.decline_host)
