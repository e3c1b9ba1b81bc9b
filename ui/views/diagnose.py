"""Diagnose: ports as they come and go, what is on them, and the line octet by octet.

In come the States of the diagnosis presenter; out come its intents. Rule: reading only; drawn
at most ten times a second; out of view it lets go of the port.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ui.presenters.diagnosis import LISTEN_RATES, DiagnosisState
from ui.views import theme
from ui.views.diagnose_ports import PortColumn
from ui.views.diagnose_words import told
from ui.views.language import Words
from ui.views.meter_ports import ProblemNote
from ui.views.page import Context, Page
from ui.views.trace_card import TraceCard, TraceShown
from ui.views.trace_file_line import FileShown
from ui.views.widgets import (
    Card,
    Label,
    Muted,
    PrimaryButton,
    SecondaryButton,
    Select,
    column,
    line,
)

FRAME_MS = 100
_PORTS_PX, _SIDE_PX = 250, 380


class DiagnosePage(Page):
    """The page."""

    code = "diagnose"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.diagnosis = context.desk.diagnosis_presenter()
        self.ports = PortColumn(self.words)
        self.trace = TraceCard(self.words)
        self.finding = FindingCard(self.words)
        self.problem = ProblemNote(self.words)
        self._tools = QWidget()
        self.find_out = PrimaryButton("", self.diagnosis.find, icon="search")
        self.listen = SecondaryButton("", self._listen, icon="activity")
        self.stop = PrimaryButton("", self.diagnosis.stop, icon="square")
        self._rates = Select()
        self._side = QWidget()
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._lay_out()
        self._connect()
        self._told = self.headline()

    def _lay_out(self) -> None:
        buttons = (self._rates, self.listen, self.find_out, self.stop)
        self._tools.setLayout(line(*buttons, space=theme.SPACE[1]))
        self.ports.setFixedWidth(_PORTS_PX)
        whole = line(self.ports, space=theme.SPACE[3])
        whole.addWidget(self.trace, 1)
        whole.addWidget(self._laid_out_side())
        self.setLayout(whole)

    def _laid_out_side(self) -> QWidget:
        side = column(self.problem, self.finding, space=theme.SPACE[3])
        side.addWidget(self.trace.layers, 1)
        self._side.setLayout(side)
        self._side.setFixedWidth(_SIDE_PX)
        return self._side

    def _connect(self) -> None:
        for rate in LISTEN_RATES:
            self._rates.addItem(f"{rate}", rate)
        self._frame.timeout.connect(self.redraw)
        self.diagnosis.subscribe(lambda _state: self._soon())
        self.ports.chosen.connect(self.diagnosis.select)
        self.ports.added.connect(
            lambda source: self.context.spawn(self.diagnosis.add(source), "add a port")
        )
        self.trace.kept.connect(self.diagnosis.keep)
        self.trace.read.connect(self.diagnosis.read)

    def headline(self) -> tuple[str, str]:
        """The title, and why this laptop may read now."""
        errand, words = self.diagnosis.state.errand, self.words
        line = words("diagnose.summary_none")
        if errand.is_workshop:
            line = words("diagnose.summary_workshop")
        elif errand.purpose is not None:
            visit = " · ".join(part for part in (errand.number, errand.place) if part)
            line = words("diagnose.summary_visit", visit=visit)
        return words("diagnose.title"), line

    def tools(self) -> QWidget | None:
        """Listen, find out, stop."""
        return self._tools

    def right_column(self) -> QWidget | None:
        """The message that is looked at folds away."""
        return self._side

    def redraw(self) -> None:
        """Draw the State as it is."""
        state = self.diagnosis.state
        self._show_tools(state)
        self.ports.show_state(state)
        self.trace.show_trace(self._shown(state))
        self.problem.show_problem(state.problem)
        self.finding.show_state(state)
        self._tell()

    def _show_tools(self, state: DiagnosisState) -> None:
        words, idle = self.words, not state.busy
        may = state.errand.purpose is not None and bool(state.selected)
        self.find_out.say(words("diagnose.find"))
        self.listen.say(words("diagnose.listen"))
        self.stop.say(words("diagnose.stop"))
        self._rates.setAccessibleName("baud")
        for part in (self.find_out, self.listen, self._rates):
            part.setVisible(idle)
            part.setEnabled(may)
        self.stop.setVisible(not idle)

    def _shown(self, state: DiagnosisState) -> TraceShown:
        words, rows, idle = self.words, state.rows, not state.busy
        remarks = [words("diagnose.stopped")] if state.stopped else []
        if state.busy == "find" and state.step.startswith(("listen", "ask")):
            remarks.append(words(f"diagnose.step_{state.step}"))
        file = FileShown(
            began=rows[0].at if rows else None,
            may_keep=idle and bool(rows) and state.errand.purpose is not None,
            may_read=idle,
            busy=state.busy,
            share=state.share,
            note=state.file,
        )
        empty = words("trace.empty" if state.ports else "diagnose.no_ports")
        return TraceShown(rows, state.dropped, file, tuple(remarks), empty)

    def _listen(self) -> None:
        self.trace.follow_newest()
        self.diagnosis.listen(int(self._rates.currentData()))

    def _soon(self) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def _tell(self) -> None:
        said = self.headline()
        if said != self._told:
            self._told = said
            self.headline_changed.emit()

    async def open(self) -> None:
        """Look at the ports, and go on looking."""
        await self.diagnosis.open()
        self.redraw()

    def leave(self) -> None:
        """Let go of the port; nothing goes on behind other pages."""
        self.diagnosis.close()


class FindingCard(Card):
    """What was found on the port looked at: what, why, what to do."""

    def __init__(self, words: Words) -> None:
        super().__init__(tone="neutral")
        self._words = words
        self._what = Label("", "strong", wrap=True)
        self._why = Muted("", wrap=True)
        self._do = Label("", wrap=True)
        self.body.addLayout(column(self._what, self._why, self._do, space=theme.SPACE[0]))

    def show_state(self, state: DiagnosisState) -> None:
        """Show the finding of the selected port; without one there is no card."""
        finding = state.findings.get(state.selected)
        self.setVisible(finding is not None and not state.busy)
        if finding is None:
            return
        said = told(self._words, finding)
        self._what.say(said.what)
        self._why.say(said.why)
        self._do.say(said.do)
        self.setAccessibleName(f"{said.what} {said.why} {said.do}")
        self.setProperty("tone", said.tone)
        self.update()


def make(context: Context) -> DiagnosePage:
    """The page, for the table of pages."""
    return DiagnosePage(context)
