"""A question of the flow with its answers as large buttons.

In comes the question with what was answered before; out goes the answer. Rule: one tap answers
where nothing hangs on it; a question without another way, and any change of mind, is recorded
with the button below; an answer that stops the work is kept and says what to do.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.visit_page import Primary
from ui.views.visit_editor import Editor
from ui.views.visit_notice import Notice
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Label, Muted

_ANSWER_PX = 64


class QuestionEditor(Editor):
    """One question."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._given = self.asked.answer if self.asked else ""
        self._at_once = not self._given and bool(self.asked and self.asked.ways_out)
        self.body.addWidget(Label(self.words(f"visit.ask.{primary.about}"), "lead", wrap=True))
        how = self.words(f"visit.ask.{primary.about}_how")
        self.body.addWidget(Muted(how, wrap=True))
        options = self.asked.options if self.asked else ()
        chosen = self._given or self.field("answer")
        spoken = [
            (one, work.words.code("answers", f"{primary.about}.{one}")) for one in options
        ]
        self._options = Options(spoken, chosen, least_px=_ANSWER_PX)
        self._options.chosen.connect(self._chosen)
        self.body.addWidget(self._options)
        self._stop = Notice()
        self.body.addWidget(self._stop)
        self.body.addStretch(1)
        self._show_stop()

    def title(self) -> tuple[str, str]:
        """The step, and what a tap does."""
        key = "answer_at_once" if self._at_once else "answer_confirmed"
        return super().title()[0], self.words(f"visit.{key}")

    def lacks(self) -> str:
        """An answer, and one that lets the work go on."""
        if not self._options.code:
            return self.words("visit.answer_needed")
        return self.words("visit.answer_stops") if self._stops() else ""

    def first(self) -> QWidget | None:
        """The answers."""
        return self._options.first()

    async def submit(self) -> bool:
        """Keep the answer."""
        return await self.work.visit.answer(self.primary.about, self._options.code)

    def _chosen(self, code: str) -> None:
        at_once, self._at_once = self._at_once, False
        self.keep("answer", code)
        self._show_stop()
        if self._stops():
            visit, about = self.work.visit, self.primary.about
            self.work.do(lambda: visit.answer(about, code))
        elif at_once:
            self.pressed.emit()

    def _stops(self) -> bool:
        return self.asked is not None and self._options.code in self.asked.stops

    def _show_stop(self) -> None:
        self._stop.setVisible(self._stops())
        if self._stops():
            key = f"visit.stops.{self.primary.about}.{self._options.code}"
            phone = self.work.page.supervisor_phone or self.words("visit.lmra_no_phone")
            told = self.words(f"{key}_do", phone=phone)
            self._stop.say(self.words(key), told, tone="blocking")
