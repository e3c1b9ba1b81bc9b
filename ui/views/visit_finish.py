"""The ends: a step that has all it needs, a step that is looked back at, the visit itself.

Rule: closing says what still blocks it, and what stays open as a pending check with a date.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldapp.domain.preference import wanted_status
from ui.messages import requirement
from ui.presenters.documents import CUSTOMER, FILE
from ui.presenters.visit import Picture
from ui.presenters.visit_page import Primary, StepState
from ui.views import theme
from ui.views.visit_documents import PDF, DocumentCard, Papers, language_options
from ui.views.visit_editor import Editor
from ui.views.visit_facts import fact_line
from ui.views.visit_notice import Notice
from ui.views.visit_readings import meter_line
from ui.views.visit_signed import SignedTable
from ui.views.visit_story import Story
from ui.views.visit_words import capital, choice_name, inside, need_name, state_line, step_name
from ui.views.visit_work import Work
from ui.views.widgets import Check, Label, Muted, Pill, column, line


class FinishEditor(Editor):
    """All needs are met: look it over, and go on."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self.body.addWidget(Story(work, self.opened.emit))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """The step, and the meter that was read."""
        return super().title()[0], meter_line(self.work, "")

    async def submit(self) -> bool:
        """The step is done."""
        return await self.work.visit.finish_step()


class ReviewEditor(Editor):
    """A step that is done, or whose turn has not come."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        step = work.page.step
        if step is not None and step.state is not StepState.DONE:
            self.body.addWidget(Label(self._waits(), "lead", wrap=True))
            self.body.addWidget(Muted(self.words("visit.asks")))
            for need in step.needs:
                self.body.addWidget(Label(f"·  {need_name(self.words, need)}", wrap=True))
        self.body.addWidget(Story(work, self.opened.emit))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """The step that is looked at."""
        return step_name(self.words, self.work.page.current), meter_line(self.work, "")

    def button(self) -> str:
        """Go on where work stands."""
        turn = self.work.page.turn
        if not turn:
            return self.words("visit.button.to_closing")
        name = inside(step_name(self.words, turn))
        return self.words("visit.button.to_turn", step=name)

    async def submit(self) -> bool:
        """Look at the step in turn again."""
        await self.work.visit.select("")
        return True

    def _waits(self) -> str:
        """What has to be done before it: for safety, else in the order of the work."""
        page = self.work.page
        before = page.step.after if page.step is not None else ""
        name = step_name(self.words, before or page.turn)
        return self.words("visit.waits_for", step=name)


class CloseEditor(Editor):
    """What was done, what stays open, and the end."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        self._differs()
        self.body.addWidget(SignedTable(self.words, work.page))
        self._checks: list[Check] = []
        blocked = bool(work.page.blockers)
        self._pending = () if blocked else work.visit.pending()
        self._language = language_options(work)
        if blocked:
            self.body.addWidget(Muted(self.words("visit.close_left")))
            self.body.addWidget(Label(self._left(), wrap=True))
        else:
            self._ask_pending()
            self._ask_language()
        self.body.addStretch(1)

    def _ask_pending(self) -> None:
        if self._pending:
            self.body.addWidget(Muted(self.words("visit.pending_line"), wrap=True))
        ticks = column(space=0)
        for one in self._pending:
            what = self.words(f"visit.pending.{one.check.what}")
            until = self.words.day(one.check.until)
            tick = Check(self.words("visit.pending_until", what=what, until=until))
            tick.setChecked(self.field(one.check.what) != "no" or one.must)
            tick.setEnabled(not one.must)
            tick.toggled.connect(self._ticked(one.check.what))
            self._checks.append(tick)
            ticks.addWidget(tick)
        self.body.addLayout(ticks)

    def _ask_language(self) -> None:
        self.body.addWidget(Muted(self.words("documents.closing_language"), wrap=True))
        self.body.addWidget(self._language)

    def title(self) -> tuple[str, str]:
        """The end of the visit."""
        key = "visit.close_blocked_line" if self.work.page.blockers else "visit.close_line"
        return self.words("visit.close_title"), self.words(key)

    def button(self) -> str:
        """Close the visit, also while that is blocked; what blocks it stands beside."""
        return self.words("visit.close_title")

    def lacks(self) -> str:
        """What still blocks closing."""
        left = self.work.page.blockers
        if not left:
            return ""
        key = "visit.close_blocked_one" if len(left) == 1 else "visit.close_blocked"
        return self.words(key, n=len(left), first=self._blocker(left[0]))

    async def submit(self) -> bool:
        """Close, with what stays open, and keep what the customer gets."""
        ticked = zip(self._pending, self._checks, strict=True)
        open_checks = [one.check for one, tick in ticked if tick.isChecked()]
        closing = self.work.visit.closing(*open_checks)
        paper = await Papers(self.work, self._language.code).customer(closing)
        report = Picture(paper, PDF) if paper else None
        return await self.work.visit.close_visit(closing, report)

    def _left(self) -> str:
        """Each thing that blocks closing, one a line."""
        blockers = self.work.page.blockers
        return "\n".join(f"·  {capital(self._blocker(code))}" for code in blockers)

    def _blocker(self, code: str) -> str:
        """A step by its name alone, anything else as the domain calls it."""
        kind, _, about = code.partition(":")
        if kind == "step":
            return inside(step_name(self.words, about))
        return requirement(code, self.words.lang)

    def _ticked(self, what: str) -> Callable[[bool], None]:
        return lambda on: self.keep(what, "" if on else "no")

    def _differs(self) -> None:
        """The choice and the meter's value are separate facts; where they differ it is said."""
        page = self.work.page
        if page.choice is None or page.preference is None:
            return
        if page.preference.after != wanted_status(page.choice.preference):
            warning = Notice()
            what = self.words("visit.differs_what")
            chosen = choice_name(self.words, page.choice.preference)
            warning.say(what, self.words("visit.differs_do", choice=chosen))
            self.body.addWidget(warning)


class FinalEditor(Editor):
    """The visit is over."""

    def __init__(self, work: Work, primary: Primary) -> None:
        super().__init__(work, primary)
        page = work.page
        done = page.state == "done"
        word = capital(work.words.code("states", page.state))
        pill = Pill(word, "done" if done else "attention", "circle-check" if done else "ban")
        pills = line(pill, space=theme.SPACE[1])
        sent = self.words("visit.all_sent")
        if page.undelivered:
            sent = self.words("visit.to_send", n=page.undelivered)
        pills.addWidget(Pill(sent, "neutral", "send"))
        pills.addStretch(1)
        self.body.addLayout(pills)
        self.body.addWidget(
            SignedTable(self.words, page) if done else Label(self._told(), wrap=True)
        )
        if done:
            self.body.addWidget(DocumentCard(work, CUSTOMER))
        self.body.addWidget(DocumentCard(work, FILE))
        self.body.addStretch(1)

    def title(self) -> tuple[str, str]:
        """How it ended."""
        page = self.work.page
        return capital(state_line(self.words, page)), self.words(f"visit.ended_{page.state}")

    def button(self) -> str:
        """On to the next visit."""
        return self.words("visit.button.to_today")

    async def submit(self) -> bool:
        """Show the day."""
        self.work.context.go("today", "")
        return True

    def _told(self) -> str:
        told = (fact_line(self.words, fact) for fact in self.work.page.facts)
        return "\n".join(text for text in told if text)
