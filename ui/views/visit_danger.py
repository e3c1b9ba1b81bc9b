"""Gas smell or danger: what to do now, whom to call, and the work stops.

One tap from any step. Rule: instructions and the number stand there without any network; the
report is confirmed in another place than the tap that opened it (trade.md, Status).
"""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from fieldapp.domain import facts as f
from ui.presenters.visit_page import Primary, VisitPage
from ui.views import theme
from ui.views.icons import IconLabel
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import BigNumber, Label, column, dress, line

FAULT_NUMBER = "0800-9009"
"""The national number for gas and power faults."""

DANGER = "danger"
DANGERS = ("gas_smell", "danger")
_RULES = 5


class DangerEditor(Editor):
    """What to do, the number, and the report."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        kinds = [(code, self.words(f"visit.danger.{code}")) for code in DANGERS]
        self._kind = Options(kinds, self.field("kind"), across=2)
        self._kind.chosen.connect(lambda code: self.keep("kind", code))
        call = BigNumber(FAULT_NUMBER, "", self.words("visit.danger_call"))
        loud = QFrame()
        loud.setLayout(column(call, margin=theme.SPACE[2]))
        dress(loud, "banner", "blocking")
        self.body.addWidget(loud)
        for number in range(1, _RULES + 1):
            rule = line(IconLabel("triangle-alert", "blocking"), space=theme.SPACE[2])
            rule.addWidget(Label(self.words(f"visit.danger_rule_{number}"), wrap=True), 1)
            self.body.addLayout(rule)
        self.body.addWidget(self._kind)
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """What it is."""
        return self.words("visit.danger_button"), self.words("visit.danger_line")

    def button(self) -> str:
        """Report, and stop the work."""
        return self.words("visit.button.danger")

    def lacks(self) -> str:
        """Which of the two."""
        return "" if self._kind.code else self.words("visit.danger_needed")

    def first(self) -> QWidget | None:
        """The two kinds."""
        return self._kind.first()

    async def submit(self) -> bool:
        """The office hears at the first contact; work under way stands still."""
        return await self.work.visit.report_danger(self._kind.code)


def danger_now(page: VisitPage) -> f.DangerReported | None:
    """The danger that was reported since the work began last, if any."""
    for fact in reversed(page.facts):
        if isinstance(fact, f.DangerReported):
            return fact
        if isinstance(fact, f.VisitStarted):
            return None
    return None
