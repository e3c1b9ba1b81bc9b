"""What the planner's page asks of the office: one line, one method a call.

Rule: a protocol only; `sync.client.desk` is the one who answers.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from sync.client.board import Board, Place, PlanChange, TechnicianChange
from sync.client.left import CheckLine, FollowUpLine


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

    async def close(self) -> None:
        """End the line."""
        ...
