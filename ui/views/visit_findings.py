"""The screens of the findings: what every rule says, recorded with one tap, or said otherwise.

In comes the work in hand; out go all answers at once, a person's own, or a look at P1. Rule:
nothing has to be typed; who sees something else says what he sees.
"""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from fieldapp.domain.diagnosis import BY_HAND, RULES
from ui.presenters.visit_page import Primary
from ui.views import theme
from ui.views.finding_list import FindingList, count_line
from ui.views.finding_words import rule_name
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Field, Muted, QuietButton, TextField, clear, column, line

FINDING = "finding:"
"""The panel where a person says something; a rule's code may follow."""
VERDICTS = ("found", "ruled_out", "not_examined")


class FindingsEditor(Editor):
    """Every rule's answer; one tap records them."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._shown: object = None
        self._count = Muted(wrap=True)
        self._list = column(space=0)
        self.body.addLayout(self._head())
        self.body.addLayout(self._list)
        self.body.addStretch(1)
        self.redraw()

    def button(self) -> str:
        """Record them."""
        return self.words("findings.record")

    def redraw(self) -> None:
        """The list, made anew only when something changed."""
        rows = self.work.page.findings
        if rows == self._shown:
            return
        self._shown = rows
        self._count.say(count_line(self.words, rows))
        clear(self._list)
        self._list.addWidget(FindingList(self.words, rows, self._overrule))

    async def submit(self) -> bool:
        """Keep them all."""
        return await self.work.visit.diagnose()

    def _head(self) -> QHBoxLayout:
        """How many, and what adds to them: telegrams, and what a person sees."""
        head = line(space=theme.SPACE[1])
        head.addWidget(self._count, 1)
        if self.work.meters.state.sources.p1:
            listen = QuietButton(self.words("findings.listen"), self._listen, icon="activity")
            listen.setToolTip(self.words("findings.listen_hint"))
            head.addWidget(listen)
        own = self.words("findings.own")
        head.addWidget(QuietButton(own, self.does(FINDING), icon="plus"))
        return head

    def _overrule(self, rule: str) -> None:
        self.opened.emit(FINDING + rule)

    def _listen(self) -> None:
        step = self.primary.step
        self.work.do(lambda: self.work.meters.judge_line(step))


class OwnFindingEditor(Editor):
    """One thing that was looked at, the verdict, and what shows it, in a person's words."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._rule = QComboBox()
        self._rule.addItem(self.words("visit.rule_choose"), "")
        for rule in (*BY_HAND, *RULES):
            self._rule.addItem(rule_name(self.words, rule), rule)
        chosen = self.field("rule") or primary.about
        self._rule.setCurrentIndex(max(0, self._rule.findData(chosen)))
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

    def title(self) -> tuple[str, str]:
        """Whether it is an own finding, or another than the rule's."""
        if self.primary.about:
            return self.words("findings.overrule_title"), self.words("findings.overrule_line")
        return self.words("findings.own_title"), self.words("findings.own_line")

    def button(self) -> str:
        """Record this one."""
        return self.words("findings.record_own")

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
