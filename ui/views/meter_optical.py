"""The optical session: who the meter is, how the session goes, and all that the meter said.

In come the States of the optical presenter; out come its intents. Rule: before the first
readout there is one thing to do; while a session runs nothing else can be begun, only stopped.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from fieldapp.domain.preference import Preference
from ui.presenters.optical import OpticalPresenter, OpticalState, Session
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
from ui.views.meter_start import Start, StartPanel, StartWords
from ui.views.meter_timeline import TimelineCard
from ui.views.meter_upkeep import UpkeepCard
from ui.views.meter_words import amount, register_name
from ui.views.widgets import Card, Scroll, Small, line

_START = StartWords(
    "meter.start_optical_title",
    "meter.start_optical_text",
    "meter.start_optical",
    "gauge",
    "meter.start_preference",
)
_SIDE_PX, _FIRST_PX = 372, 620


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
        self.first_session = SessionCard(words, columns=2)
        self.first_preference = PreferenceCard(words)
        self._identity = IdentityCard(words)
        self._registers = FactCard()
        self._phases = PhaseBars(words)
        self._phase_card = Card()
        self._lamps = LampCard(words)
        self._slots = SlotCard(words)
        self._modem = FactCard()
        self._timeline = TimelineCard(words)
        self.filter = LogFilter(words)
        self.upkeep = UpkeepCard(words)
        self.hosts = (HostCard(words), HostCard(words))
        self._left_out = Small("", wrap=True)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.start)
        self._stack.addWidget(self._first())
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
        for session in (self.session, self.first_session):
            session.begun.connect(presenter.read_state)
            session.stopped.connect(presenter.stop)
            session.picked.connect(presenter.use)
        self.filter.chosen.connect(self.redraw)
        self.upkeep.asked.connect(presenter.ask)
        self.upkeep.question.agreed.connect(presenter.answer_yes)
        self.upkeep.question.declined.connect(lambda: presenter.ask(None))
        for host in self.hosts:
            host.confirmed.connect(presenter.confirm_host)
            host.declined.connect(presenter.decline_host)
        for preference in (self.preference, self.first_preference):
            preference.asked.connect(presenter.read_preference)
            preference.written.connect(
                lambda wanted: presenter.write_preference(Preference(wanted))
            )

    def _first(self) -> QWidget:
        """Before the first whole readout: the session in the middle, with what it is about."""
        inside = Scroll()
        for part in (self.hosts[0], self.first_session, self.first_preference):
            part.setFixedWidth(_FIRST_PX)
            across = line()
            across.addStretch(1)
            across.addWidget(part)
            across.addStretch(1)
            inside.body.addLayout(across)
        inside.body.addStretch(1)
        return inside

    def _board(self) -> QWidget:
        self._phase_card.body.addWidget(self._phases)
        left = Scroll()
        for part in (self._identity, self._registers, self._phase_card, self._slots):
            left.body.addWidget(part)
        left.body.addWidget(self._left_out)
        left.body.addStretch(1)
        side = Scroll()
        for part in (self.hosts[1], self.session, self.preference, self.upkeep, self._modem):
            side.body.addWidget(part)
        side.body.addStretch(1)
        side.setFixedWidth(_SIDE_PX)
        middle = Scroll()
        middle.body.addWidget(self._lamps)
        middle.body.addWidget(self.filter)
        middle.body.addWidget(self._timeline, 1)
        both = line(space=theme.SPACE[3])
        both.addWidget(left, 1)
        both.addWidget(middle, 1)
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
        for host in self.hosts:
            host.show_host(state.host)
        self.first_session.show_state(state)
        self.first_preference.show_state(state)
        self.first_preference.setVisible(state.session is not Session.STATE)
        self.session.show_state(state)
        self.preference.show_state(state)
        self.upkeep.show_state(state)
        if state.reading is not None:
            self._show_reading(state, state.reading)
        self._stack.setCurrentIndex(1 if state.reading is None else 2)

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
            told = f"{told} {self._words('meter.left_out', n='; '.join(reading.left_out))}"
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
