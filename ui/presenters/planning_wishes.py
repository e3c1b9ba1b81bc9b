"""What a planner can wish: a check proven, work planned or dropped, a conflict decided, ...

In comes the office; out comes the number of the visit that it was about. Rule: what can't be
taken back was asked about first; a conflict can be decided again, so its row stays in sight.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sync.client.people import Basis
from ui.presenters.planning_inbox import OPEN, Dispute, dispute
from ui.presenters.planning_office import Office
from ui.presenters.planning_state import Notice


@dataclass(frozen=True, slots=True)
class Done:
    """It was done.

    Attributes:
        number: the visit's.
        again: a conflict as it was decided, which can be decided again.
    """

    number: str
    again: Dispute | None = None


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

    async def ask(self, office: Office) -> Done:
        """Have the office do it.

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

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.prove(self.id, self.what)).number)


@dataclass(frozen=True, slots=True)
class PlanFollowUp:
    """Make a visit of a follow-up, in the pool of day `on`."""

    id: str
    on: date
    done: Notice = Notice.FOLLOWED

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.plan_follow_up(self.id, self.on)).number)


@dataclass(frozen=True, slots=True)
class DropFollowUp:
    """A follow-up is not needed."""

    id: str
    done: Notice = Notice.DROPPED
    on: date | None = None

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.drop_follow_up(self.id)).number)


@dataclass(frozen=True, slots=True)
class Decide:
    """Keep `field`, `office` or, with a value, `merge`; `basis` is what was looked at."""

    id: str
    keep: str
    basis: Basis
    value: str = ""
    done: Notice = Notice.DECIDED
    on: date | None = None

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        line = (await office.decide(self.id, self.keep, self.value, self.basis)).line
        return Done(line.number, dispute(line))


@dataclass(frozen=True, slots=True)
class MarkSeen:
    """A conflict of a whole visit was seen, as far as `basis` tells of it."""

    id: str
    basis: Basis
    done: Notice = Notice.SEEN
    on: date | None = None

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.decide(self.id, "seen", "", self.basis)).line.number)


@dataclass(frozen=True, slots=True)
class Take:
    """What was set aside counts after all."""

    id: str
    done: Notice = Notice.TAKEN
    on: date | None = None

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.take(self.id, OPEN)).line.number)


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """What was set aside is left out, with a reason."""

    id: str
    reason: str
    done: Notice = Notice.LEFT_OUT
    on: date | None = None

    async def ask(self, office: Office) -> Done:
        """See `Wish.ask`."""
        return Done((await office.drop(self.id, self.reason, OPEN)).line.number)
