"""The office's pages of the window, joined: the planner's board and the laptops of the region.

In comes an open laptop's store and its way to an office; out come presenters. Rule: part of the
composition root, apart because a technician's day needs nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from fieldapp.clock import Clock
from fieldapp.store import planner
from fieldapp.store.database import Database
from sync.client.desk import Desk
from ui.messages import Lang
from ui.presenters.laptops import LaptopsPresenter, LaptopsRoom
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.tasks import Tasks

if TYPE_CHECKING:
    from sync.client.http import Http


@dataclass(frozen=True, slots=True)
class OfficeRooms:
    """Makes the presenters.

    Attributes:
        http: makes a session with the office at an address.
        folder: where a planner keeps drafts.
        lang: of errors.
    """

    db: Database
    clock: Clock
    tasks: Tasks
    http: Callable[[str], Http]
    folder: Path
    lang: Lang

    def planning(self, on: date) -> PlanningPresenter:
        """The dispatcher's page; it signs in by itself where this machine knows who it is."""
        made = PlanningPresenter(
            PlanningRoom(self._desk, self.tasks, self.folder, self.lang), on
        )
        self.tasks.spawn(self._sign_in(made), "sign in")
        return made

    def laptops(self) -> LaptopsPresenter:
        """The office's side of synchronising, for whoever is signed in on this machine."""
        return LaptopsPresenter(LaptopsRoom(self._own_desk, self.clock, self.tasks, self.lang))

    def _desk(self, server: str, token: str) -> Desk:
        return Desk(self.http(server), token)

    async def _own_desk(self) -> Desk | None:
        who = await self.db.read(planner.planner)
        return None if who is None else self._desk(who.server_url, who.token)

    async def _sign_in(self, page: PlanningPresenter) -> None:
        who = await self.db.read(planner.planner)
        if who is not None:
            await page.sign_in(who.server_url, who.token)
