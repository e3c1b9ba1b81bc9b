"""The fault's screens: the meter's whole state, and what was done about it.

In comes the moment; out go a readout and one action. Rule: what a readout told is shown in a
few lines, and after the work what changed by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis import Change, Evidence, difference
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.finding_words import evidence_name
from ui.views.language import Words
from ui.views.visit_contact import READOUT, step_words
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_words import capital
from ui.views.visit_work import Work
from ui.views.widgets import Field, Label, Muted, Pill, TextField, column, line

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
        changes = changed_by_work(work.page.facts, fact)
        if changes:
            rows.addWidget(Muted(words("findings.changed")))
        for change in changes:
            rows.addWidget(Label(change_line(words, change), wrap=True))
        self.setLayout(rows)


def changed_by_work(facts: Sequence[f.AnyFact], fact: f.StateRetrieved) -> tuple[Change, ...]:
    """What is different from the last state before the work, of the same meter."""
    before = [
        one
        for one in facts
        if isinstance(one, f.StateRetrieved)
        and (one.moment, one.meter, one.channel) == ("before", fact.meter, fact.channel)
    ]
    if fact.moment != "after" or not before:
        return ()
    return difference(before[-1].state, fact.state)


def change_line(words: Words, change: Change) -> str:
    """`spanning L2: was 0,0 V, is 231,2 V`."""
    name = evidence_name(words, Evidence(change.name, unit=change.unit))
    before, after = (_changed(words, change, value) for value in (change.before, change.after))
    return words("findings.change", name=capital(name), before=before, after=after)


def _changed(words: Words, change: Change, value: str) -> str:
    if not value:
        return words("findings.nothing")
    if change.kind == "preference":
        return words.code("preferences", value)
    if change.kind == "alarm":
        return words("findings.set")
    return f"{value} {change.unit}".strip()
