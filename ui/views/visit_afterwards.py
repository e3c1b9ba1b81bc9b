"""What is proven or asked after the work: the customer port, a reset, work that has to follow.

In come ports and the step; out go a contact over P1 and a request to the office. Rule: what was
heard is shown before the step is finished; what can't be undone is agreed to apart from the
button.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from fieldapp.domain.work_order import WorkKind
from ui.presenters.visit_page import Primary
from ui.views.visit_editor import Editor
from ui.views.visit_notice import Notice
from ui.views.visit_options import Options
from ui.views.visit_upkeep import OpticalEditor
from ui.views.visit_words import capital
from ui.views.visit_work import Work
from ui.views.widgets import Field, Label, Muted, TextField


class TelegramEditor(Editor):
    """One whole telegram of the customer port."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.telegram_what"), "lead", wrap=True))
        self.body.addWidget(Muted(self.words("visit.telegram_means"), wrap=True))
        self.body.addStretch(1)

    def lacks(self) -> str:
        """A port to hear on."""
        return "" if self.work.meters.state.sources.p1 else self.words("visit.no_p1")

    async def submit(self) -> bool:
        """Hear it."""
        return await self.work.meters.hear_telegram(self.primary.step)


class ResetEditor(OpticalEditor):
    """A removed meter, set back to the factory by its own script, once that was agreed to."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        agree = self.words("visit.reset_agree")
        self.agree.setText(agree)
        self.agree.setAccessibleName(agree)
        notice = Notice()
        notice.say(self.words("visit.reset_what"), self.words("visit.reset_means"))
        for part in (notice, Muted(self.words("visit.reset_how"), wrap=True), self.agree):
            self.body.addWidget(part)
        self.body.addStretch(1)

    def lacks(self) -> str:
        """A port, and that it can't be undone was agreed to."""
        lacks = super().lacks()
        if lacks or self.agree.isChecked():
            return lacks
        return self.words("visit.reset_agree_needed")

    def first(self) -> QWidget | None:
        """What is to be agreed to."""
        return self.agree

    async def submit(self) -> bool:
        """Set it back."""
        return await self.work.meters.reset()


class FollowUpEditor(Editor):
    """Which work has to follow, and what the next one should know."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        reason = capital(work.words.code("about", primary.about))
        self.body.addWidget(Label(reason, "lead", wrap=True))
        self.body.addWidget(Muted(self.words("visit.follow_kind")))
        kinds = [(kind.value, capital(work.words.code("kinds", kind))) for kind in WorkKind]
        chosen = self.field("kind") or WorkKind.FAULT.value
        self._kind = Options(kinds, chosen, across=2)
        self._kind.chosen.connect(lambda code: self.keep("kind", code))
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(self._kind)
        self.body.addWidget(Field(self.words("visit.follow_note"), self._note))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """The step, and who takes it up."""
        return super().title()[0], self.words("visit.follow_line")

    def first(self) -> QWidget | None:
        """The kinds of work."""
        return self._kind.first()

    async def submit(self) -> bool:
        """Ask the office."""
        note = self._note.text().strip()
        kind = WorkKind(self._kind.code)
        return await self.work.visit.ask_follow_up(kind, self.primary.about, note)
