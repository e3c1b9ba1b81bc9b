"""The hands of the visit page: one intent at a time, and the page follows before the next.

In come intents of the two presenters; they run as tasks of the window. Rule: while one runs
every button is busy, and it stays so until the visit's own page shows what the intent did, so
that a double tap never does a thing twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fieldapp.errors import WorkerGone
from ui.messages import Loudness, Message, explain
from ui.presenters.metering import MeterPresenter
from ui.presenters.visit import VisitPresenter
from ui.presenters.visit_page import Primary, VisitPage
from ui.views.language import Words
from ui.views.page import Context
from ui.views.visit_darkroom import PhotoDraft

_NUMBERS = "numbers/"
Intent = Callable[[], Awaitable[bool]]


class Work:
    """One visit in hand: its presenters, whether something runs, and what went wrong last."""

    def __init__(
        self,
        context: Context,
        visit: VisitPresenter,
        meters: MeterPresenter,
        on_change: Callable[[], None],
    ) -> None:
        """Work with these; `on_change` is called when a run begins and when it has ended."""
        self.context = context
        self.worker = context.desk.tasks.worker
        self.visit = visit
        self.meters = meters
        self.busy = False
        self.problem: Message | None = None
        self._on_change = on_change

    @property
    def words(self) -> Words:
        """The words of the window."""
        return self.context.words

    @property
    def page(self) -> VisitPage:
        """What the visit shows now."""
        return self.visit.state

    def do(self, intent: Intent, then: Callable[[], None] | None = None) -> bool:
        """Begin an intent unless one runs; `then` is called once it was done."""
        if self.busy:
            return False
        self.busy = True
        self.problem = None
        self._on_change()
        self.context.spawn(self._run(intent, then), "visit intent")
        return True

    def dismiss(self) -> None:
        """The problem was seen."""
        self.problem = None
        self._on_change()

    async def _run(self, intent: Intent, then: Callable[[], None] | None) -> None:
        done, seen = False, self.meters.state.problem
        gone: Message | None = None
        try:
            done = await intent()
            await self.visit.refresh()
        except WorkerGone as e:
            gone = explain(e, self.words.lang)
        finally:
            self.busy = False
            if not done:
                self._trouble(seen, gone)
            if done and then is not None:
                then()
            self._on_change()

    def _trouble(self, seen: Message | None, gone: Message | None) -> None:
        """What went wrong just now; `seen` is what the last contact had said before."""
        fresh = self.meters.state.problem
        contact = fresh if fresh is not seen else None
        self.problem = gone or self.visit.state.problem or contact
        if self.problem is not None and self.problem.loudness is Loudness.ALARM:
            self.context.say(self.problem)

    def draft(self, primary: Primary, field: str) -> str:
        """What was typed in a field of an action and not yet recorded."""
        return self.visit.drafts.text(_name(primary, field))

    def keep(self, primary: Primary, field: str, text: str) -> None:
        """Keep what is typed in a field of an action, at once."""
        self.visit.drafts.keep(_name(primary, field), text)

    def keep_numbers(self, slot: str, numbers: tuple[str, ...]) -> None:
        """Keep the meter numbers read from a slot's photo, for where one is asked later."""
        self.visit.drafts.keep(f"{_NUMBERS}{slot}", "\n".join(numbers))

    def numbers(self) -> tuple[str, ...]:
        """The meter numbers that were read from photos of this visit."""
        return tuple("\n".join(self.visit.drafts.texts(_NUMBERS)).splitlines())

    def photo_draft(self, primary: Primary, field: str) -> PhotoDraft:
        """Where the photo of an action is kept until it is recorded."""
        drafts, name = self.visit.drafts, _name(primary, field)
        return PhotoDraft(
            load=lambda: drafts.photo(name), keep=lambda file: drafts.keep_photo(name, file)
        )

    def forget(self, primary: Primary) -> None:
        """What was typed for this action was recorded."""
        self.visit.drafts.forget(_name(primary, ""))


def _name(primary: Primary, field: str) -> str:
    return f"{primary.step}/{primary.action}:{primary.about}/{field}"
