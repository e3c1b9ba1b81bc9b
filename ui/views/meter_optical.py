"""The optical session: who the meter is, how the session goes, and all that the meter said.

In come the States of the optical presenter; out come its intents. Rule: before the first
readout there is one thing to do; while a session runs nothing else can be begun, only stopped.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from fieldapp.domain.preference import Preference
from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.presenters.optical_reading import OpticalReading
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_facts import FactCard, FactLine
from ui.views.meter_identity import IdentityCard
from ui.views.meter_lamps import LampCard
from ui.views.meter_phases import PhaseBars
from ui.views.meter_preference import PreferenceCard
from ui.views.meter_session import SessionCard
from ui.views.meter_slots import SlotCard, show_modem
from ui.views.meter_start import Start, StartPanel, StartWords
from ui.views.meter_timeline import TimelineCard
from ui.views.meter_words import amount, register_name
from ui.views.widgets import Card, Scroll, Small, column, line

_START = StartWords(
    "meter.start_optical_title",
    "meter.start_optical_text",
    "meter.start_optical",
    "gauge",
    "meter.start_preference",
)
_SIDE_PX = 372


class OpticalView(QWidget):
    """The view; `left` asks for the day's page."""

    left = Signal()

    def __init__(self, presenter: OpticalPresenter, words: Words) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self.start = StartPanel(words, _START)
        self.session = SessionCard(words)
        self.preference = PreferenceCard(words)
        self._identity = IdentityCard(words)
        self._registers = FactCard()
        self._phases = PhaseBars(words)
        self._phase_card = Card()
        self._lamps = LampCard(words)
        self._slots = SlotCard(words)
        self._modem = FactCard()
        self._timeline = TimelineCard(words)
        self._left_out = Small("", wrap=True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.start)
        self._stack.addWidget(self._board())
        self._connect()

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.subscribe(lambda _state: self.redraw())
        self.start.picked.connect(presenter.use)
        self.start.begun.connect(self._begin)
        self.start.other_begun.connect(self._begin_preference)
        self.start.stopped.connect(presenter.stop)
        self.start.left.connect(self.left)
        self.session.begun.connect(presenter.read_state)
        self.session.stopped.connect(presenter.stop)
        self.session.picked.connect(presenter.use)
        self.preference.asked.connect(presenter.read_preference)
        self.preference.written.connect(
            lambda wanted: presenter.write_preference(Preference(wanted))
        )

    def _board(self) -> QWidget:
        self._phase_card.body.addWidget(self._phases)
        left = Scroll()
        for part in (self._identity, self._registers, self._phase_card, self._slots):
            left.body.addWidget(part)
        left.body.addWidget(self._left_out)
        left.body.addStretch(1)
        side = Scroll()
        for part in (self.session, self.preference, self._modem):
            side.body.addWidget(part)
        side.body.addStretch(1)
        side.setFixedWidth(_SIDE_PX)
        middle = column(self._lamps, space=theme.SPACE[3])
        middle.addWidget(self._timeline, 1)
        both = line(space=theme.SPACE[3])
        both.addWidget(left, 5)
        both.addLayout(middle, 4)
        both.addWidget(side)
        board = QWidget()
        board.setLayout(both)
        return board

    def redraw(self) -> None:
        """Draw the State as it is."""
        state = self._presenter.state
        if not (state.running or state.done or state.reading or state.value_now is not None):
            self.start.show_start(self._start_of(state))
            self._stack.setCurrentIndex(0)
            return
        self.session.show_state(state)
        self.preference.show_state(state)
        self._show_reading(state)
        self._stack.setCurrentIndex(1)

    def _show_reading(self, state: OpticalState) -> None:
        reading = state.reading
        parts = (self._identity, self._registers, self._phase_card, self._lamps, self._slots)
        for part in (*parts, self._modem, self._timeline):
            part.setVisible(reading is not None)
        self._left_out.setVisible(reading is not None and bool(reading.left_out))
        if reading is None:
            return
        self._identity.show_reading(reading, state.errand)
        self._show_values(reading)
        self._lamps.show_lamps(reading.alarms, reading.errors)
        self._slots.show_slots(reading.slots)
        show_modem(self._modem, self._words, reading.modem)
        self._timeline.show_reading(reading)
        left_out = "; ".join(reading.left_out)
        self._left_out.say(self._words("meter.left_out", n=left_out))

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

    def _start_of(self, state: OpticalState) -> Start:
        return Start(
            source=state.source,
            ports=state.ports,
            errand=state.errand,
            running=False,
            now="",
            problem=state.problem,
        )

    def _begin(self) -> None:
        self._presenter.use(self.start.ports.source())
        self._presenter.read_state()

    def _begin_preference(self) -> None:
        self._presenter.use(self.start.ports.source())
        self._presenter.read_preference()
