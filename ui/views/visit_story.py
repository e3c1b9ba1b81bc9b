"""What a step holds: its readings, its proof, its lines, and what may be done again.

In comes the page; out comes the story of the step that is looked at. Rule: what was kept is
shown as it was kept; doing again adds, and takes nothing back.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from ui.presenters.visit_findings import rows_kept
from ui.presenters.visit_page import NeedRow
from ui.views import theme
from ui.views.finding_list import FindingList, count_line
from ui.views.icons import IconLabel
from ui.views.visit_choice import Proof
from ui.views.visit_diagnosis import StateSummary
from ui.views.visit_facts import fact_line
from ui.views.visit_registers import Doubts, RegisterTable, doubtful
from ui.views.visit_thumbnail import Thumbnail
from ui.views.visit_words import inside, need_name
from ui.views.visit_work import Work
from ui.views.widgets import Label, Muted, QuietButton, column, line

AGAIN = "redo:"
NOTE = "note:"
_MAY_AGAIN = frozenset(
    {
        Need.READINGS,
        Need.PHOTO,
        Need.MEASURE,
        Need.SEAL,
        Need.STATE,
        Need.FINDING,
        Need.ACTION,
        Need.CHOICE,
        Need.PREFERENCE,
        Need.ANSWER,
        Need.TELEGRAM,
        Need.FINDINGS,
    }
)
_ELSEWHERE = (f.ReadingTaken, f.StepDone, f.PreferenceApplied, f.FindingRecorded)
Open = Callable[[str], None]


class Story(QWidget):
    """The story of the current step; `opened` is asked for a panel by its name."""

    def __init__(self, work: Work, opened: Open) -> None:
        super().__init__()
        self._work = work
        self._opened = opened
        rows = column(space=theme.SPACE[2])
        for part in self._parts():
            rows.addWidget(part)
        self.setLayout(rows)

    def _parts(self) -> list[QWidget]:
        page = self._work.page
        parts: list[QWidget] = []
        if page.registers:
            table = RegisterTable(self._work.words)
            table.show_rows(page.registers)
            parts.append(table)
        parts += [self._doubt(row.register.obis) for row in doubtful(page.registers)]
        if page.preference is not None and page.preference.step == page.current:
            parts.append(Proof(self._work))
        for fact in self._once():
            parts += self._told(fact)
        found = rows_kept(page.kept)
        if found:
            parts.append(Muted(count_line(self._work.words, found), wrap=True))
            parts.append(FindingList(self._work.words, found))
        again = self._again()
        return [*parts, again] if again is not None else parts

    def _once(self) -> list[f.AnyFact]:
        """The facts with a line; of those that say the same the last one."""
        said = {fact_line(self._work.words, fact): fact for fact in self._work.page.kept}
        return [fact for text, fact in said.items() if text]

    def _told(self, fact: f.AnyFact) -> list[QWidget]:
        if isinstance(fact, _ELSEWHERE):
            return []
        text = fact_line(self._work.words, fact)
        told = QWidget()
        time = Label(self._work.words.time(fact.at), "muted")
        row = line(IconLabel("check", "done", 16), Label(text, wrap=True), time)
        row.setStretch(1, 1)
        if isinstance(fact, f.EvidenceAdded):
            row.insertWidget(2, Thumbnail(self._work, fact.sha256, text))
        told.setLayout(row)
        if isinstance(fact, f.StateRetrieved) and fact.channel is f.Channel.P0:
            return [told, StateSummary(self._work, fact)]
        return [told]

    def _doubt(self, obis: str) -> QWidget:
        row = next(r for r in self._work.page.registers if r.register.obis == obis)
        text = self._work.words("visit.note_reading")
        note = QuietButton(text, lambda: self._opened(NOTE + obis), icon="sticky-note")
        return Doubts(self._work.words, row, note)

    def _again(self) -> QWidget | None:
        """One button for each need that may be met once more."""
        step = self._work.page.step
        if step is None or self._work.page.state != "started":
            return None
        row = line(space=theme.SPACE[1])
        for need in step.needs:
            if need.need in _MAY_AGAIN and not need.open:
                row.addWidget(self._one_again(need))
        if not row.count():
            return None
        row.addStretch(1)
        made = QWidget()
        made.setLayout(row)
        return made

    def _one_again(self, need: NeedRow) -> QuietButton:
        words = self._work.words
        text = words("visit.again", about=inside(need_name(words, need)))
        return QuietButton(text, lambda: self._opened(AGAIN + need.code), icon="rotate-ccw")
