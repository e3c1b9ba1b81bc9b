"""The fault's screens: the meter's whole state, what was found, what was done about it.

In come the moment and the findings so far; out go a readout, findings and one action. Rule:
every rule that was looked at answers found, ruled out or not examined (trade.md, Findings).
"""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from fieldapp.domain import facts as f
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.visit_contact import READOUT, step_words
from ui.views.visit_editor import Editor
from ui.views.visit_facts import fact_line
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Field, Label, Muted, Pill, TextField, column, line

RULES = (
    "voltage_out_of_range",
    "phase_missing",
    "phase_order",
    "neutral_fault",
    "meter_display",
    "meter_clock",
    "p1_silent",
    "optical_silent",
    "gas_coupling",
    "modem_signal",
    "feed_in_unknown",
    "connection_loose",
    "customer_installation",
    "other",
)
VERDICTS = ("found", "ruled_out", "not_examined")
DEEDS = ("repaired", "replaced", "referred", "nothing")


class StateEditor(Editor):
    """Read everything the meter tells, in named steps."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.state_what"), "lead", wrap=True))
        parts = [step_words(self.words, code) for code in READOUT[4:-1]]
        self.body.addWidget(Muted(" · ".join(parts), wrap=True))
        self.body.addStretch(1)

    def lacks(self) -> str:
        """A port to read over."""
        return "" if self.work.meters.state.sources.p0 else self.words("visit.no_p0")

    async def submit(self) -> bool:
        """Read it."""
        return await self.work.meters.retrieve_state(self.primary.step, self.primary.about)


class FindingEditor(Editor):
    """One rule, its verdict and why."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        for fact in work.page.facts:
            if isinstance(fact, f.FindingRecorded):
                self.body.addWidget(Label(fact_line(self.words, fact), wrap=True))
        self._rule = QComboBox()
        self._rule.addItem(self.words("visit.rule_choose"), "")
        for rule in RULES:
            self._rule.addItem(self.words(f"visit.rule.{rule}"), rule)
        self._rule.setCurrentIndex(max(0, self._rule.findData(self.field("rule"))))
        self._rule.currentIndexChanged.connect(lambda _at: self.keep("rule", self._code()))
        self.body.addWidget(Field(self.words("visit.rule_label"), self._rule))
        verdicts = [(v, self.words(f"visit.verdict.{v}")) for v in VERDICTS]
        self._verdict = Options(verdicts, self.field("verdict"), across=3)
        self._verdict.chosen.connect(lambda code: self.keep("verdict", code))
        self.body.addWidget(self._verdict)
        self._why = TextField("")
        self.bind("why", self._why)
        hint = self.words("visit.why_hint")
        self.body.addWidget(Field(self.words("visit.why_label"), self._why, hint))
        self.body.addStretch(1)

    def lacks(self) -> str:
        """What, whether, and why."""
        missing = (
            ("visit.rule_needed", self._code()),
            ("visit.verdict_needed", self._verdict.code),
            ("visit.why_needed", self._why.text().strip()),
        )
        return next((self.words(key) for key, there in missing if not there), "")

    def first(self) -> QWidget | None:
        """The part that is open."""
        if not self._code():
            return self._rule
        return self._why if self._verdict.code else self._verdict.first()

    async def submit(self) -> bool:
        """Keep the finding."""
        why = self._why.text().strip()
        return await self.work.visit.find(self._code(), self._verdict.code, why)

    def _code(self) -> str:
        return str(self._rule.currentData() or "")


class ActionEditor(Editor):
    """What was done about it."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        deeds = [(deed, self.words(f"visit.deed.{deed}")) for deed in DEEDS]
        self._deed = Options(deeds, self.field("deed"), across=2)
        self._deed.chosen.connect(lambda code: self.keep("deed", code))
        self.body.addWidget(self._deed)
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(Field(self.words("visit.deed_note"), self._note))
        self.body.addStretch(1)

    def lacks(self) -> str:
        """An answer, and where nothing was done, why."""
        if not self._deed.code:
            return self.words("visit.deed_needed")
        quiet = self._deed.code in {"repaired", "replaced"} or self._note.text().strip()
        return "" if quiet else self.words("visit.deed_why")

    def first(self) -> QWidget | None:
        """The answers, then the note."""
        return self._note if self._deed.code else self._deed.first()

    async def submit(self) -> bool:
        """Keep what was done."""
        return await self.work.visit.act(self._deed.code, self._note.text().strip())


class StateSummary(QWidget):
    """What the last readout of a step told, in a few lines."""

    def __init__(self, work: Work, fact: f.StateRetrieved) -> None:
        super().__init__()
        words, state = work.words, fact.state
        rows = column(space=theme.SPACE[1])
        clock = (state.get("clock") or {}).get("deviation_s")
        if clock is not None:
            rows.addWidget(Label(words("visit.state_clock", seconds=clock)))
        volts = [r for r in state.get("phases", []) if str(r["name"]).startswith("voltage")]
        if volts:
            values = " · ".join(f"{one['value']} {one['unit']}" for one in volts)
            rows.addWidget(Label(words("visit.state_voltages", values=values)))
        lit = line(space=theme.SPACE[1])
        for name in (*state.get("alarms", []), *state.get("errors", [])):
            lit.addWidget(Pill(str(name).replace("_", " "), "attention", "triangle-alert"))
        if not lit.count():
            lit.addWidget(Pill(words("visit.state_no_alarms"), "done", "check"))
        lit.addStretch(1)
        rows.addLayout(lit)
        self.setLayout(rows)
