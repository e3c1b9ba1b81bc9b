"""What a planner can wish of a check or a follow-up: proven, planned, not needed.

In comes the office; out comes the number of the visit that it was about. Rule: none of them can
be taken back, so whoever makes one has asked first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from ui.presenters.planning_office import Office
from ui.presenters.planning_state import Notice


class Wish(Protocol):
    """One of them."""

    @property
    def done(self) -> Notice:
        """What the page says once it is done."""
        ...

    @property
    def on(self) -> date | None:
        """The day that this speaks of, if any."""
        ...

    async def ask(self, office: Office) -> str:
        """Have the office do it; the number of the visit.

        Raises:
            SyncError: as the office's calls.
        """
        ...


@dataclass(frozen=True, slots=True)
class Prove:
    """A check was proven."""

    id: str
    what: str
    done: Notice = Notice.PROVEN
    on: date | None = None

    async def ask(self, office: Office) -> str:
        """See `Wish.ask`."""
        return (await office.prove(self.id, self.what)).number


@dataclass(frozen=True, slots=True)
class PlanFollowUp:
    """Make a visit of a follow-up, in the pool of day `on`."""

    id: str
    on: date
    done: Notice = Notice.FOLLOWED

    async def ask(self, office: Office) -> str:
        """See `Wish.ask`."""
        return (await office.plan_follow_up(self.id, self.on)).number


@dataclass(frozen=True, slots=True)
class DropFollowUp:
    """A follow-up is not needed."""

    id: str
    done: Notice = Notice.DROPPED
    on: date | None = None

    async def ask(self, office: Office) -> str:
        """See `Wish.ask`."""
        return (await office.drop_follow_up(self.id)).number
