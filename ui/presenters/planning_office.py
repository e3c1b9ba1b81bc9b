"""What the planner's page asks of the office: one line, one method a call.

Rule: a protocol only; `sync.client.desk` is the one who answers.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Protocol

from sync.client.board import Board, Place, PlanChange, TechnicianChange
from sync.client.evidence import VisitFileLine
from sync.client.left import CheckLine, FollowUpLine
from sync.client.people import (
    Basis,
    ConflictLine,
    OpenedConflict,
    OpenedSetAside,
    SetAsideLine,
)


class Office(Protocol):
    """A signed-in dispatcher's line to the office."""

    async def board(self, on: date) -> Board:
        """A day's visits and technicians."""
        ...

    async def places(self, on: date) -> list[Place]:
        """Where a day's visits are."""
        ...

    async def preview(self, draft: PlanChange) -> list[TechnicianChange]:
        """What publishing would change."""
        ...

    async def publish(self, draft: PlanChange) -> int:
        """Carry a draft out and publish."""
        ...

    async def checks(self, state: str) -> list[CheckLine]:
        """What visits left to be proven."""
        ...

    async def prove(self, check: str, what: str) -> CheckLine:
        """Close a pending check."""
        ...

    async def follow_ups(self) -> list[FollowUpLine]:
        """Work that has to follow visits and is not planned yet."""
        ...

    async def plan_follow_up(self, which: str, on: date) -> FollowUpLine:
        """Make a visit of it, in a day's pool."""
        ...

    async def drop_follow_up(self, which: str) -> FollowUpLine:
        """Say that it is not needed."""
        ...

    async def files(self, visit: str) -> list[VisitFileLine]:
        """The files of a visit; the look is in the office's trail."""
        ...

    async def picture(self, visit: str, look: str) -> bytes:
        """A picture of one of them; the look is in the office's trail."""
        ...

    async def conflicts(self) -> list[ConflictLine]:
        """Conflicts that nobody has decided."""
        ...

    async def conflict(self, which: str) -> OpenedConflict:
        """One with both values."""
        ...

    async def decide(
        self, which: str, keep: str, value: str, basis: Basis | None
    ) -> OpenedConflict:
        """Keep `field`, `office` or, with a value, `merge`; `seen` for a whole visit."""
        ...

    async def quarantine(self) -> list[SetAsideLine]:
        """Operations that were set aside and that nobody has decided on."""
        ...

    async def set_aside(self, which: str) -> OpenedSetAside:
        """One with what it says."""
        ...

    async def take(self, which: str, seen: str) -> OpenedSetAside:
        """Have one judged and applied."""
        ...

    async def drop(self, which: str, reason: str, seen: str) -> OpenedSetAside:
        """Leave one out."""
        ...

    async def close(self) -> None:
        """End the line."""
        ...


async def hold(office: Office) -> None:
    """Close the line when the program ends, whoever forgot to."""
    try:
        await asyncio.Event().wait()
    finally:
        await office.close()
