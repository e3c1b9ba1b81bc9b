"""The frames of the optical session that runs or ran last, and what they mean.

In come the States of the session and of its trace; out come its intents. Rule: reading only;
frames are drawn at most ten times a second, and only while they are in view.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.presenters.optical_trace import SessionTraceState
from ui.views import theme
from ui.views.language import Words
from ui.views.meter_ports import ProblemNote
from ui.views.meter_session import ending_of, where_of
from ui.views.trace_card import TraceCard, TraceShown
from ui.views.trace_file_line import FileShown
from ui.views.widgets import Card, Muted, SecondaryButton, column, line

FRAME_MS = 100
_SIDE_PX = 372


class FramesView(QWidget):
    """The view."""

    def __init__(self, presenter: OpticalPresenter, words: Words) -> None:
        super().__init__()
        self._presenter = presenter
        self._words = words
        self.trace = TraceCard(words, reads=False)
        self._session = Card()
        self._where = Muted("", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self.stop = SecondaryButton("", presenter.stop, icon="square")
        self.again = SecondaryButton("", presenter.read_state, icon="rotate-ccw")
        self._problem = ProblemNote(words)
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._lay_out()
        self._frame.timeout.connect(self.redraw)
        presenter.trace.subscribe(lambda _state: self._soon())
        self.trace.kept.connect(presenter.trace.keep)

    def _lay_out(self) -> None:
        for part in (self._where, self._bar, self.stop, self.again):
            self._session.body.addWidget(part)
        side = column(self._session, self._problem, space=theme.SPACE[3])
        side.addWidget(self.trace.layers, 1)
        beside = QWidget()
        beside.setLayout(side)
        beside.setFixedWidth(_SIDE_PX)
        whole = line(space=theme.SPACE[3])
        whole.addWidget(self.trace, 1)
        whole.addWidget(beside)
        self.setLayout(whole)

    def redraw(self) -> None:
        """Draw both States as they are."""
        state, trace = self._presenter.state, self._presenter.trace.state
        self._show_session(state)
        self._problem.show_problem(trace.problem or state.problem)
        self.trace.show_trace(self._shown(state, trace))

    def _show_session(self, state: OpticalState) -> None:
        words = self._words
        title = "meter.session_writing" if state.is_writing else "meter.session_running"
        self._session.say(words(title if state.running else "meter.session"))
        said = where_of(words, state) if state.running else ending_of(words, state)
        self._where.say(said)
        self._where.setVisible(bool(said))
        self._bar.setRange(0, max(1, len(state.plan)))
        self._bar.setValue(max(0, len(state.done) - 1))
        self._bar.setAccessibleName(said)
        self._bar.setVisible(state.running)
        self.stop.say(words("meter.stop"))
        self.stop.setVisible(state.running)
        self.again.say(words("meter.again_optical"))
        self.again.setVisible(not state.running)
        self.again.setEnabled(bool(state.source))

    def _shown(self, state: OpticalState, trace: SessionTraceState) -> TraceShown:
        rows, idle = trace.rows, not (state.running or trace.keeping)
        file = FileShown(
            began=rows[0].at if rows else None,
            may_keep=idle and bool(rows) and state.errand.purpose is not None,
            busy="keep" if trace.keeping else "",
            note=trace.file,
        )
        return TraceShown(rows, trace.dropped, file, empty=self._words("trace.empty"))

    def showEvent(self, event: QShowEvent) -> None:
        """What came meanwhile is drawn."""
        super().showEvent(event)
        self.redraw()

    def _soon(self) -> None:
        if self.isVisible() and not self._frame.isActive():
            self._frame.start()
