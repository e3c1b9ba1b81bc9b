"""What may happen beside the steps: a pause, an end without the work, a refusal, a complaint.

In come reasons; out go one intent each. Rule: some reasons ask for a photo, as the domain says;
nothing here is more than two taps away, and nothing happens with one.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from fieldapp.domain.status import PHOTO_REASONS, NotDoneReason, VisitState
from fieldapp.domain.work_order import MeterKind
from ui.presenters.visit import NotDone
from ui.presenters.visit_page import Primary, VisitPage
from ui.views import theme
from ui.views.visit_editor import Editor
from ui.views.visit_options import Options
from ui.views.visit_words import capital
from ui.views.visit_work import Work
from ui.views.widgets import Check, EntryButton, Field, Label, Muted, TextField

PAUSES = ("break", "material", "customer", "colleague")
REFUSALS = ("too_far", "no_time", "not_competent", "unsafe_before")


ASIDES = frozenset(
    {"pause", "hand_over", "not_done", "refuse", "photo", "refusal", "complaint", "close"}
)
"""Every panel beside the steps, whether it makes sense now or not."""


def asides(page: VisitPage) -> list[tuple[str, str]]:
    """The panels that make sense now, with their icons."""
    under_way = not page.state.final and page.state is not VisitState.PLANNED
    all_of_them = (
        ("pause", "pause", page.may_become(VisitState.PAUSED)),
        ("hand_over", "users", page.may_become(VisitState.HANDED_OVER)),
        ("not_done", "ban", page.may_become(VisitState.NOT_DONE)),
        ("refuse", "undo-2", page.may_become(VisitState.REFUSED)),
        ("photo", "camera", page.state is VisitState.STARTED),
        ("refusal", "user", under_way and page.kind == "placement"),
        ("complaint", "sticky-note", page.state is not VisitState.PLANNED),
        ("close", "circle-check", page.may_become(VisitState.DONE)),
    )
    return [(name, icon) for name, icon, now in all_of_them if now]


class MoreEditor(Editor):
    """Everything else that can be done, as large buttons."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.setSpacing(theme.SPACE[1])
        for name, icon in asides(work.page):
            text = self.words(f"visit.more_{name}")
            self.body.addWidget(EntryButton(text, self.does(name), icon=icon))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """Something else."""
        return self.words("visit.more_title"), self.words("visit.more_line")

    def button(self) -> str:
        """No button of its own."""
        return ""


class PauseEditor(Editor):
    """Let the work stand still."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Muted(self.words("visit.pause_means"), wrap=True))
        options = [(code, self.words(f"visit.pause_{code}")) for code in PAUSES]
        self._why = Options(options, self.field("why"), across=2)
        self._why.chosen.connect(lambda code: self.keep("why", code))
        self.body.addWidget(self._why)
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """A pause."""
        return self.words("visit.more_pause"), self.words("visit.pause_line")

    def button(self) -> str:
        """Pause."""
        return self.words("visit.button.pause")

    async def submit(self) -> bool:
        """Stand still, with the reason where one was chosen."""
        return await self.work.visit.pause(self._why.code)


class RefuseEditor(Editor):
    """Give a planned visit back to the pool."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        options = [(code, self.words(f"visit.refuse_{code}")) for code in REFUSALS]
        self._why = Options(options, self.field("why"), across=2)
        self._why.chosen.connect(lambda code: self.keep("why", code))
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(self._why)
        self.body.addWidget(Field(self.words("visit.note"), self._note))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """Back to the office."""
        return self.words("visit.refuse_title"), self.words("visit.refuse_line")

    def button(self) -> str:
        """Give it back."""
        return self.words("visit.button.refuse")

    def lacks(self) -> str:
        """Why."""
        return "" if self._why.code else self.words("visit.reason_needed")

    def first(self) -> QWidget | None:
        """The reasons."""
        return self._why.first()

    async def submit(self) -> bool:
        """The office plans it again."""
        note = self._note.text().strip()
        reason = f"{self._why.code}: {note}" if note else self._why.code
        return await self.work.visit.refuse(reason)


class NotDoneEditor(Editor):
    """End the visit without its work."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        reasons = [(r.value, capital(self.words.code("not_done", r))) for r in NotDoneReason]
        self._why = Options(reasons, self.field("why"), across=2)
        self._why.chosen.connect(self._chosen)
        self._text = TextField("")
        self.bind("text", self._text)
        self._photo = self.photo_box("not_done_photo")
        self._again = Check(self.words("visit.follow_up"))
        self._again.setChecked(self.field("follow_up") != "no")
        self._again.toggled.connect(lambda on: self.keep("follow_up", "" if on else "no"))
        self.body.addWidget(self._why)
        self.body.addWidget(Field(self.words("visit.note"), self._text))
        self.body.addWidget(self._again)
        self.body.addWidget(self._photo, 1)
        self._photo.setVisible(self._asks_photo())

    def title(self) -> tuple[str, str]:
        """Not done."""
        return self.words("visit.not_done_title"), self.words("visit.not_done_line")

    def button(self) -> str:
        """End it, with which reason."""
        if not self._why.code:
            return self.words("visit.not_done_title")
        reason = self.words.code("not_done", self._why.code)
        return self.words("visit.button.not_done", reason=reason)

    def lacks(self) -> str:
        """A reason, its words where it is another one, its photo where it asks for one."""
        if not self._why.code:
            return self.words("visit.reason_needed")
        if self._why.code == NotDoneReason.OTHER and not self._text.text().strip():
            return self.words("visit.note_needed")
        return self._photo.lack() if self._asks_photo() else ""

    def first(self) -> QWidget | None:
        """The part that is open."""
        if not self._why.code:
            return self._why.first()
        return self._photo.focus_here() if self._asks_photo() else self._text

    async def submit(self) -> bool:
        """End it."""
        ending = NotDone(
            NotDoneReason(self._why.code),
            self._text.text().strip(),
            await self._photo.picture() if self._asks_photo() else None,
            self._again.isChecked(),
        )
        return await self.work.visit.not_done(ending)

    def _asks_photo(self) -> bool:
        return self._why.code in {reason.value for reason in PHOTO_REASONS}

    def _chosen(self, code: str) -> None:
        self.keep("why", code)
        self._photo.setVisible(self._asks_photo())


class RefusalEditor(Editor):
    """The customer refuses the meter that is offered."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.refusal_aloud"), "lead", wrap=True))
        smart, digital = MeterKind.SMART, MeterKind.DIGITAL
        self._offered = self._ask("offered", (smart, digital))
        self._instead = self._ask("instead", (digital, smart), nothing=True)
        self._note = TextField("")
        self.bind("note", self._note)
        self.body.addWidget(Field(self.words("visit.note"), self._note))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """A refusal."""
        return self.words("visit.refusal_title"), self.words("visit.refusal_line")

    def button(self) -> str:
        """Keep the refusal."""
        return self.words("visit.button.refusal")

    def lacks(self) -> str:
        """What was offered, and what is taken in its place."""
        if not self._offered.code:
            return self.words("visit.offered_needed")
        if not self._instead.code or self._instead.code == self._offered.code:
            return self.words("visit.instead_needed")
        return ""

    def first(self) -> QWidget | None:
        """The part that is open."""
        return (self._instead if self._offered.code else self._offered).first()

    async def submit(self) -> bool:
        """Keep it, with its date."""
        instead = self._instead.code
        taken = MeterKind(instead) if instead != "nothing" else None
        offered = MeterKind(self._offered.code)
        return await self.work.visit.record_refusal(offered, taken, self._note.text().strip())

    def _ask(
        self, name: str, kinds: tuple[MeterKind, ...], *, nothing: bool = False
    ) -> Options:
        options = [(kind.value, self.words(f"visit.meter_{kind}")) for kind in kinds]
        if nothing:
            options.append(("nothing", self.words("visit.meter_nothing")))
        made = Options(options, self.field(name), across=len(options))
        made.chosen.connect(self._keeper(name))
        self.body.addWidget(Muted(self.words(f"visit.refusal_{name}")))
        self.body.addWidget(made)
        return made

    def _keeper(self, name: str) -> Callable[[str], None]:
        return lambda code: self.keep(name, code)


class ComplaintEditor(Editor):
    """A complaint or question, in the customer's words."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Label(self.words("visit.complaint_aloud"), "lead", wrap=True))
        self._text = TextField("")
        self.bind("text", self._text)
        self.body.addWidget(Field(self.words("visit.complaint_label"), self._text))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """A complaint or question."""
        return self.words("visit.complaint_title"), self.words("visit.complaint_line")

    def button(self) -> str:
        """Keep it."""
        return self.words("visit.button.complaint")

    def lacks(self) -> str:
        """Words."""
        return "" if self._text.text().strip() else self.words("visit.note_needed")

    def first(self) -> QWidget | None:
        """The field."""
        return self._text

    async def submit(self) -> bool:
        """Keep it for the office."""
        return await self.work.visit.complain(self._text.text().strip())
