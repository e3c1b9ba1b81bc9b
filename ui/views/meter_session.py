"""The session as named steps: done, running, to come; with stop, and how it ended.

In comes the optical State; out come begin again and stop. Rule: stopping says what was done.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QProgressBar, QWidget

from ui.presenters.optical import OpticalState
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.language import Words
from ui.views.meter_ports import PortSelect, ProblemNote
from ui.views.widgets import Card, Label, Muted, SecondaryButton, Small, column, line

_LOOKS = {
    "done": ("circle-check", "done", "meter.step_done"),
    "now": ("circle-dot", "accent", "meter.step_now"),
    "failed": ("circle-alert", "attention", "meter.step_failed"),
    "waits": ("circle", "neutral", "meter.step_waits"),
}


class StepRow(QWidget):
    """One step: its icon and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("circle", "neutral", 18)
        self._name = Label("")
        row = line(self._icon, space=theme.SPACE[1])
        row.addWidget(self._name, 1)
        self.setLayout(row)
        self.setMinimumHeight(26)

    def show_step(self, words: Words, step: str, looks: str) -> None:
        """Show this step: `done`, `now`, `failed` or `waits`."""
        icon, tone, state = _LOOKS[looks]
        self._icon.set_icon(icon, tone)
        self._name.say(words(f"meter.step_{step}"), tone if looks in {"now", "failed"} else "")
        self.setAccessibleName(f"{self._name.text()}: {words(state)}")


class SessionCard(Card):
    """The card; `begun`, `stopped` and `picked` tell what was pressed."""

    begun = Signal()
    stopped = Signal()
    picked = Signal(str)

    def __init__(self, words: Words, columns: int = 1) -> None:
        super().__init__()
        self._words = words
        self._columns = columns
        self._rows: list[StepRow] = []
        self._grid = QGridLayout()
        self._grid.setVerticalSpacing(2)
        self._grid.setHorizontalSpacing(theme.SPACE[3])
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._count = Small("")
        self._ended = Muted("", wrap=True)
        self._problem = ProblemNote(words)
        self._ports = PortSelect(words)
        self._ports.picked.connect(self.picked)
        self.stop = SecondaryButton("", self.stopped.emit, icon="square")
        self.again = SecondaryButton("", self.begun.emit, icon="rotate-ccw")
        self.body.addLayout(column(self._bar, self._count, space=theme.SPACE[0]))
        self.body.addLayout(self._grid)
        for part in (self._ended, self._problem):
            self.body.addWidget(part)
        beside = line if columns > 1 else column
        self.body.addLayout(beside(self._ports, self.stop, self.again))

    def show_state(self, state: OpticalState) -> None:
        """Draw the session that runs, or how the last one ended."""
        words = self._words
        title = "meter.session_writing" if state.is_writing else "meter.session_running"
        self.say(words(title if state.running else "meter.session"))
        unfinished = state.running or state.stopped or state.problem is not None
        self._show_steps(state, shown=unfinished)
        self._bar.setVisible(state.running)
        self._count.setVisible(state.running)
        self._ended.say(ending_of(words, state))
        self._ended.setVisible(not state.running and bool(self._ended.text()))
        self._problem.show_problem(state.problem)
        self._ports.show_ports(state.ports, state.source)
        self._ports.setVisible(not state.running and (unfinished or state.reading is None))
        self.stop.say(words("meter.stop"))
        self.stop.setVisible(state.running)
        first = state.reading is None and not unfinished
        self.again.say(words("meter.start_optical" if first else "meter.again_optical"))
        self.again.setVisible(not state.running)
        self.again.setEnabled(bool(state.source))

    def _show_steps(self, state: OpticalState, *, shown: bool) -> None:
        plan = state.plan if shown else ()
        down = -(-len(plan) // self._columns) or 1
        while len(self._rows) < len(plan):
            self._rows.append(StepRow())
        for place, row in enumerate(self._rows):
            row.setVisible(place < len(plan))
            self._grid.addWidget(row, place % down, place // down)
        for row, step in zip(self._rows, plan, strict=False):
            row.show_step(self._words, step, looks_of(state, step))
        n, every = min(len(state.done), len(plan)), max(1, len(plan))
        self._bar.setRange(0, every)
        self._bar.setValue(max(0, n - 1))
        text = self._words("meter.step_of", n=max(1, n), all=every)
        self._count.say(text)
        self._bar.setAccessibleName(text)


def where_of(words: Words, state: OpticalState) -> str:
    """`stap 3 van 14: klok`: how far a session is that runs."""
    n = max(1, min(len(state.done), len(state.plan)))
    told = words("meter.step_of", n=n, all=max(1, len(state.plan)))
    return f"{told}: {words(f'meter.step_{state.done[-1]}')}" if state.done else told


def ending_of(words: Words, state: OpticalState) -> str:
    """How the last session ended; empty where a problem says so."""
    if state.stopped:
        done = [words(f"meter.step_{step}") for step in state.done[:-1]]
        if not done:
            return words("meter.stopped_optical_none")
        return words("meter.stopped_optical", steps=", ".join(done))
    if state.is_writing and state.problem is None:
        return words("meter.session_written")
    if state.problem is not None or state.reading is None or state.read_at is None:
        return ""
    return words(
        "meter.session_read_at",
        time=words.time(state.read_at),
        bytes=words.size(state.reading.bytes_read),
        seconds=words.number(state.reading.seconds, "s"),
    )


def looks_of(state: OpticalState, step: str) -> str:
    """How a step stands."""
    if step not in state.done:
        return "waits"
    if step != state.done[-1]:
        return "done"
    if state.running:
        return "now"
    return "failed" if state.problem is not None or state.stopped else "done"
