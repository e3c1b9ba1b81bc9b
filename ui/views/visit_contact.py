"""A contact with the meter while it runs: named steps, how far, and a way to stop it.

In comes the meter presenter's State; out goes the wish to stop. Rule: what is shown is what the
contact told; after a stop it says that nothing half-done was kept.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QProgressBar, QWidget

from ui.presenters.metering import MeterState
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.visit_words import capital
from ui.views.visit_work import Work
from ui.views.widgets import Label, QuietButton, SecondaryButton, clear, column, dress, line

READOUT = (
    "open_port",
    "connect",
    "compare",
    "read_state",
    "identity",
    "clock",
    "registers",
    "phases",
    "preference",
    "alarms",
    "mbus",
    "modem",
    "logs",
    "keep",
)
"""The steps of a whole readout, in order, so that the bar knows how far it is."""

_ACROSS = 2


class ContactPanel(QFrame):
    """Shown while a contact runs, and after one was stopped until it is dismissed."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work
        words = work.words
        self._what = Label("", "strong", wrap=True)
        self._stop = SecondaryButton(words("visit.stop"), work.meters.stop, icon="square")
        self._close = QuietButton(words("visit.close_note"), self._seen, icon="x")
        head = line(self._what, space=theme.SPACE[2])
        head.setStretch(0, 1)
        head.addWidget(self._stop)
        head.addWidget(self._close)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(words("visit.progress"))
        self._steps = QGridLayout()
        self._steps.setVerticalSpacing(theme.SPACE[0])
        self._steps.setHorizontalSpacing(theme.SPACE[4])
        self.setLayout(
            column(head, self._bar, self._steps, space=theme.SPACE[1], margin=theme.SPACE[3])
        )
        dress(self, "banner", "accent")
        self._dismissed = False
        self._shown: tuple[str, ...] = ()
        self.redraw()

    def redraw(self) -> None:
        """How far the contact is."""
        state = self._work.meters.state
        if state.running:
            self._dismissed = False
        self.setVisible(state.running or (state.stopped and not self._dismissed))
        self._stop.setVisible(state.running)
        self._close.setVisible(not state.running)
        self._bar.setVisible(state.running)
        words = self._work.words
        if not state.running:
            self._what.say(words("visit.stopped"))
        elif state.steps:
            self._what.say(step_words(words, state.steps[-1]))
        self._far(state)
        if state.steps != self._shown:
            self._shown = state.steps
            self._list(state)

    def _far(self, state: MeterState) -> None:
        """A readout's length is known; other contacts are too short to measure."""
        if "read_state" in state.steps:
            self._bar.setRange(0, len(READOUT))
            self._bar.setValue(min(len(state.steps), len(READOUT)))
        else:
            self._bar.setRange(0, 0)

    def _list(self, state: MeterState) -> None:
        clear(self._steps)
        for place, code in enumerate(state.steps):
            under_way = state.running and place == len(state.steps) - 1
            self._steps.addWidget(
                _step(self._work.words, code, under_way=under_way),
                place // _ACROSS,
                place % _ACROSS,
            )

    def _seen(self) -> None:
        self._dismissed = True
        self.redraw()


def step_words(words: Words, code: str) -> str:
    """A step of a contact."""
    return capital(words.code("contact", code))


def _step(words: Words, code: str, *, under_way: bool) -> QWidget:
    made = QWidget()
    icon, tone = ("circle-dot", "accent") if under_way else ("check", "done")
    made.setLayout(line(IconLabel(icon, tone, 16), Label(step_words(words, code))))
    return made
