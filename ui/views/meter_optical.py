"""The optical session: how it goes, all that the meter said, and the frames it went by.

In come the States of the optical presenter; out come its intents. Rule: before the first
readout there is one thing to do; while a session runs nothing else can be begun, only stopped;
only what is in view is made and drawn.
"""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from ui.presenters.optical import OpticalPresenter, OpticalState, Session
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_frames import FramesView
from ui.views.meter_host import HostCard
from ui.views.meter_optical_board import OpticalBoard, follow, follow_host
from ui.views.meter_preference import PreferenceCard
from ui.views.meter_session import SessionCard
from ui.views.meter_start import Start, StartPanel, StartWords
from ui.views.widgets import Scroll, Tabs, column, line

_START = StartWords(
    "meter.start_optical_title",
    "meter.start_optical_text",
    "meter.start_optical",
    "gauge",
    "meter.start_preference",
)
STATE, FRAMES = "state", "frames"
SECTIONS = (STATE, FRAMES)
_FIRST_PX = 620
Part = TypeVar("Part", bound=QWidget)


class OpticalView(QWidget):
    """The view; `left` asks for the day's page."""

    left = Signal()

    def __init__(self, presenter: OpticalPresenter, words: Words) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self.sections = Tabs([(code, "") for code in SECTIONS])
        self.start = StartPanel(words, _START)
        self.first_session = SessionCard(words, columns=2)
        self.first_preference = PreferenceCard(words)
        self.first_host = HostCard(words)
        self.first = self._first()
        self._stack = QStackedLayout()
        for part in (self.start, self.first):
            self._stack.addWidget(part)
        whole = column(self.sections, space=theme.SPACE[2])
        whole.addLayout(self._stack, 1)
        self.setLayout(whole)
        self._connect()

    @cached_property
    def board(self) -> OpticalBoard:
        """All that was read; made when there is something to show."""
        return self._added(OpticalBoard(self._presenter, self._words))

    @cached_property
    def frames(self) -> FramesView:
        """The frames; made when they are first looked at."""
        return self._added(FramesView(self._presenter, self._words))

    def _added(self, part: Part) -> Part:
        self._stack.addWidget(part)
        return part

    def _connect(self) -> None:
        presenter = self._presenter
        presenter.subscribe(lambda _state: self.redraw())
        self.sections.chosen.connect(lambda _code: self.redraw())
        self.start.picked.connect(presenter.use)
        self.start.begun.connect(self._begin)
        self.start.other_begun.connect(self._begin_preference)
        self.start.stopped.connect(presenter.stop)
        self.start.left.connect(self.left)
        follow(self.first_session, self.first_preference, presenter)
        follow_host(self.first_host, presenter)

    def _first(self) -> QWidget:
        """Before the first whole readout: the session in the middle, with what it is about."""
        inside = Scroll()
        for part in (self.first_host, self.first_session, self.first_preference):
            part.setFixedWidth(_FIRST_PX)
            across = line()
            across.addStretch(1)
            across.addWidget(part)
            across.addStretch(1)
            inside.body.addLayout(across)
        inside.body.addStretch(1)
        return inside

    def show_section(self, code: str) -> None:
        """Show `state` or `frames`."""
        self.sections.choose(code)
        self.redraw()

    def redraw(self) -> None:
        """Draw the State as it is."""
        state, words = self._presenter.state, self._words
        begun = state.running or state.done or state.reading or state.value_now is not None
        self.sections.say([(code, words(f"meter.section_{code}")) for code in SECTIONS])
        self.sections.setVisible(bool(begun))
        if not begun:
            self.start.show_start(self._start_of(state))
            self._stack.setCurrentWidget(self.start)
        elif self.sections.code == FRAMES:
            self._stack.setCurrentWidget(self.frames)
            self.frames.redraw()
        elif state.reading is None:
            self.first_host.show_host(state.host)
            self.first_session.show_state(state)
            self.first_preference.show_state(state)
            self.first_preference.setVisible(state.session is not Session.STATE)
            self._stack.setCurrentWidget(self.first)
        else:
            self.board.show_state(state)
            self._stack.setCurrentWidget(self.board)

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
