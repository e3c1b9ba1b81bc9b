"""A visit in hand: loaded, kept up, and one intent at a time run on it.

In come intents as work of the store; out comes a `VisitPage` after each of them and after every
commit that touches this laptop's visits. Rule: nothing is kept here that the store does not
hold; a visit opened after a kill shows the same step.
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.store import attachments, device
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.findings import Findings
from fieldapp.work.refusals import NoSuchVisit
from fieldapp.work.visit import VisitWork
from ui.messages import Lang, Message, explain
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.presenters.visit_drafts import Drafts
from ui.presenters.visit_page import VisitPage
from ui.presenters.visit_paging import load
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox"})


@dataclass(frozen=True, slots=True)
class Room:
    """What a visit's presenter works with."""

    db: Database
    work: VisitWork
    clock: Clock
    tasks: Tasks
    lang: Lang


class HeldVisit(Presenter[VisitPage]):
    """Shows one visit; `VisitPresenter` adds what can be done with it."""

    def __init__(self, room: Room, visit_id: str) -> None:
        """Work `visit_id`; `open` loads it."""
        super().__init__(VisitPage(visit_id))
        self._room = room
        self._id = visit_id
        self._selected = ""
        self._technician = ""
        self._busy = False
        self._doubted = ""
        self._findings = Findings(room.db, room.clock)
        self.drafts = Drafts(room.db, room.tasks, visit_id, room.lang)
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)

    async def open(self) -> bool:
        """Load, and keep up from now on; the audit trail notes that the visit was looked at."""
        owner = await self._room.db.read(device.device)
        self._technician = owner.technician if owner else ""
        await self.drafts.open()
        done = await self._do(self._room.work.look(self._id))
        await self._refresher.open(self._room.db)
        return done

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()

    async def refresh(self) -> None:
        """Ask the store again."""
        await self._load(self.state.problem)

    async def select(self, step: str) -> None:
        """Look at another step; empty goes back to the one in turn."""
        self._selected = step
        await self._load(None)

    async def picture(self, sha256: str) -> bytes:
        """A photo or signature that is kept here; nothing where it is not."""
        found: list[bytes] = []

        async def load() -> None:
            content = await self._room.db.read(lambda c: _content(c, self._id, sha256))
            found.append(content)

        await attempt(load(), self._room.lang)
        return found[0] if found else b""

    async def _record(self, *facts: f.AnyFact) -> bool:
        return await self._do(self._room.work.record(self._id, *facts))

    async def _do(self, work: Coroutine[Any, Any, object]) -> bool:
        """Run one intent: the page shows that it runs, and afterwards how it ended.

        While one runs another is not begun, so that a double tap does nothing twice.
        """
        if self._busy:
            work.close()
            return False
        self._busy = True
        self._show(replace(self.state, busy=True, problem=None))
        try:
            problem = await attempt(work, self._room.lang)
            page = await self._page(problem)
        except BaseException:
            self._busy = False
            self._show(replace(self.state, busy=False))
            raise
        self._busy = False
        self._show(page)
        if self.state.state.final:
            self.drafts.forget()
        return problem is None

    async def _load(self, problem: Message | None) -> None:
        page = await self._page(problem)
        self._show(replace(page, busy=self._busy))

    async def _page(self, problem: Message | None) -> VisitPage:
        room = self._room
        page = await room.db.read(lambda c: load(c, self._id, self._selected, room.clock))
        if page is None:
            problem = problem or explain(NoSuchVisit(self._id), room.lang)
            page = replace(self.state, busy=False)
        return replace(page, problem=problem, doubted=self._doubted)

    @property
    def _step(self) -> str:
        return self.state.current

    def _now(self) -> datetime:
        return self._room.clock.now()


def _content(c: Transaction, visit_id: str, sha256: str) -> bytes:
    try:
        return attachments.open_plain(c, visit_id, sha256)
    except KeyError:
        return b""
