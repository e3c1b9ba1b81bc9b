"""The planner's desk: the dispatcher's calls, awaited, one after another.

In come the same values as `office.Dispatcher` takes; out come its answers, without blocking
the loop. Rule: this file owns the desk's network thread; closing cuts the call under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from sync.client.board import Board, Place, PlanChange, TechnicianChange
from sync.client.evidence import VisitFileLine
from sync.client.left import CheckLine, FollowUpLine
from sync.client.office import Dispatcher
from sync.client.people import (
    Basis,
    ConflictLine,
    Judge,
    LaptopLine,
    OpenedConflict,
    OpenedSetAside,
    SetAsideLine,
)
from sync.errors import Offline

if TYPE_CHECKING:
    from sync.client.http import Http

T = TypeVar("T")


class Desk:
    """A signed-in dispatcher; every call raises as `Http.send`."""

    def __init__(self, http: Http, token: str) -> None:
        """Use a session and the user's token; nothing is connected yet."""
        self._http = http
        self._office = Dispatcher(http, token)
        self._judge = Judge(http, token)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="desk")
        self._closed = False

    async def board(self, on: date) -> Board:
        """See `Dispatcher.board`."""
        return await self._call(lambda: self._office.board(on))

    async def places(self, on: date) -> list[Place]:
        """See `Dispatcher.places`."""
        return await self._call(lambda: self._office.places(on))

    async def preview(self, draft: PlanChange) -> list[TechnicianChange]:
        """See `Dispatcher.preview`."""
        return await self._call(lambda: self._office.preview(draft))

    async def publish(self, draft: PlanChange) -> int:
        """See `Dispatcher.publish_draft`."""
        return await self._call(lambda: self._office.publish_draft(draft))

    async def checks(self, state: str) -> list[CheckLine]:
        """See `Dispatcher.checks`."""
        return await self._call(lambda: self._office.checks(state))

    async def prove(self, check: str, what: str) -> CheckLine:
        """See `Dispatcher.prove`."""
        return await self._call(lambda: self._office.prove(check, what))

    async def follow_ups(self) -> list[FollowUpLine]:
        """Those that are open; see `Dispatcher.follow_ups`."""
        return await self._call(self._office.follow_ups)

    async def plan_follow_up(self, which: str, on: date) -> FollowUpLine:
        """See `Dispatcher.plan_follow_up`."""
        return await self._call(lambda: self._office.plan_follow_up(which, on))

    async def drop_follow_up(self, which: str) -> FollowUpLine:
        """See `Dispatcher.drop_follow_up`."""
        return await self._call(lambda: self._office.drop_follow_up(which))

    async def files(self, visit: str) -> list[VisitFileLine]:
        """See `Dispatcher.files`."""
        return await self._call(lambda: self._office.files(visit))

    async def picture(self, visit: str, look: str) -> bytes:
        """See `Dispatcher.picture`."""
        return await self._call(lambda: self._office.picture(visit, look))

    async def conflicts(self) -> list[ConflictLine]:
        """Those that are open; see `Judge.conflicts`."""
        return await self._call(self._judge.conflicts)

    async def conflict(self, which: str) -> OpenedConflict:
        """See `Judge.conflict`."""
        return await self._call(lambda: self._judge.conflict(which))

    async def decide(
        self, which: str, keep: str, value: str, basis: Basis | None
    ) -> OpenedConflict:
        """See `Judge.decide`."""
        return await self._call(lambda: self._judge.decide(which, keep, value, basis))

    async def quarantine(self) -> list[SetAsideLine]:
        """Those that are open; see `Judge.quarantine`."""
        return await self._call(self._judge.quarantine)

    async def set_aside(self, which: str) -> OpenedSetAside:
        """See `Judge.set_aside`."""
        return await self._call(lambda: self._judge.set_aside(which))

    async def take(self, which: str, seen: str) -> OpenedSetAside:
        """See `Judge.take`."""
        return await self._call(lambda: self._judge.take(which, seen))

    async def drop(self, which: str, reason: str, seen: str) -> OpenedSetAside:
        """See `Judge.drop`."""
        return await self._call(lambda: self._judge.drop(which, reason, seen))

    async def laptops(self) -> list[LaptopLine]:
        """See `Judge.laptops`."""
        return await self._call(self._judge.laptops)

    async def close(self) -> None:
        """Cut the call under way and end the thread."""
        self._closed = True
        self._http.close()
        await asyncio.to_thread(self._thread.shutdown)

    async def _call(self, call: Callable[[], T]) -> T:
        if self._closed:
            raise Offline("closed")
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)
