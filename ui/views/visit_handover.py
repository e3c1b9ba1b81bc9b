"""Handing over: a colleague goes on with what was begun.

In come a reason and a note for the colleague; out goes one intent. Rule: what was done stays
with the visit and the colleague sees it; who goes on answers the risk analysis anew.
"""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.presenters.visit_page import Primary
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_work import Work
from ui.views.widgets import Field, Muted, TextField

REASONS = ("end_of_shift", "other_tools", "other_designation", "help_needed")


class HandOverEditor(Editor):
    """Give work that was begun to a colleague, through the office."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Muted(self.words("visit.hand_over_means"), wrap=True))
        options = [(code, self.words(f"visit.hand_over_{code}")) for code in REASONS]
        self._why = Options(options, self.field("why"), across=2)
        self._why.chosen.connect(lambda code: self.keep("why", code))
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(self._why)
        self.body.addWidget(Field(self.words("visit.hand_over_note"), self._note))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """To a colleague."""
        return self.words("visit.hand_over_title"), self.words("visit.hand_over_line")

    def button(self) -> str:
        """Hand over."""
        return self.words("visit.button.hand_over")

    def lacks(self) -> str:
        """Why."""
        return "" if self._why.code else self.words("visit.reason_needed")

    def first(self) -> QWidget | None:
        """The reasons."""
        return self._why.first()

    async def submit(self) -> bool:
        """This laptop is through with it."""
        return await self.work.visit.hand_over(self._why.code, self._note.text().strip())
