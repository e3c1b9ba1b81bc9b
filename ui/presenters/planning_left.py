"""What visits left behind, for the planner: checks, work that has to follow, what to review.

In come the office's lists; out come rows. Rule: a check whose day has passed stays listed,
marked, as long as the work that it became is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from fieldapp.domain.pending import CODES
from fieldapp.domain.work_order import WorkKind
from sync.client.left import CheckLine, FollowUpLine
from ui.presenters import planning_inbox
from ui.presenters.planning_inbox import Aside, Dispute
from ui.presenters.planning_office import Office

DANGER = "danger"
"""The reason of what follows a report of gas smell or other danger."""

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_OPEN, _MISSED = "open", "missed"


class Section(StrEnum):
    """The three lists."""

    CHECKS = "checks"
    FOLLOW_UPS = "follow_ups"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that a visit left to be proven; `number` is the visit's.

    Attributes:
        days: from today to the last day; 0 on that day itself.
        missed: the last day has passed, and it became work that has to follow.
    """

    id: str
    what: str
    visit: str
    number: str
    proven_by: str
    until: date
    days: int
    missed: bool = False

    @property
    def key(self) -> str:
        """What it is known by in its list."""
        return f"{self.id}:{self.what}"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Work that has to follow a visit; `number` is that visit's."""

    id: str
    visit: str
    number: str
    work: WorkKind
    reason: str
    asked_at: datetime

    @property
    def key(self) -> str:
        """What it is known by in its list."""
        return self.id

    @property
    def missed(self) -> bool:
        """Whether a check became this because its day has passed."""
        return self.reason in CODES

    @property
    def danger(self) -> bool:
        """Whether danger was reported."""
        return self.reason == DANGER


@dataclass(frozen=True, slots=True)
class Left:
    """The lists: the most urgent check first, of the others the oldest first.

    Attributes:
        today: the office's day; None before the first answer.
    """

    today: date | None = None
    checks: tuple[Check, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    inbox: tuple[Dispute | Aside, ...] = ()

    def of(self, visit: str) -> Left:
        """What one visit left; everything where none is named."""
        if not visit:
            return self
        return Left(
            self.today,
            tuple(one for one in self.checks if one.visit == visit),
            tuple(one for one in self.follow_ups if one.visit == visit),
            tuple(one for one in self.inbox if one.visit == visit),
        )

    def rows(self, section: Section) -> tuple[Check | FollowUp | Dispute | Aside, ...]:
        """A list's rows."""
        match section:
            case Section.CHECKS:
                return self.checks
            case Section.FOLLOW_UPS:
                return self.follow_ups
            case Section.INBOX:
                return self.inbox

    def count(self, section: Section) -> int:
        """How many rows a list has."""
        return len(self.rows(section))

    def pressing(self, section: Section) -> int:
        """How many can't wait: missed checks, reported danger, facts that were set aside."""
        match section:
            case Section.CHECKS:
                return sum(row.missed for row in self.checks)
            case Section.FOLLOW_UPS:
                return sum(row.danger for row in self.follow_ups)
            case Section.INBOX:
                return sum(isinstance(row, Aside) for row in self.inbox)

    def __bool__(self) -> bool:
        """Whether anything was left."""
        return bool(self.checks or self.follow_ups or self.inbox)


async def look(office: Office, at: datetime) -> Left:
    """Ask for the lists, at the office's moment `at`.

    Raises:
        SyncError: as the office's calls.
    """
    today = at.astimezone(_AMSTERDAM).date()
    lines = await office.checks(_OPEN)
    follow_ups = tuple(_follow_up(line) for line in await office.follow_ups())
    late = {(one.visit, one.reason) for one in follow_ups if one.missed}
    if late:
        lines += [one for one in await office.checks(_MISSED) if (one.visit, one.what) in late]
    found = sorted(lines, key=lambda one: (one.until, one.number, one.what))
    checks = tuple(_check(line, today) for line in found)
    return Left(today, checks, follow_ups, await planning_inbox.look(office))


def _check(line: CheckLine, today: date) -> Check:
    return Check(
        id=line.id,
        what=line.what,
        visit=line.visit,
        number=line.number,
        proven_by=line.proven_by,
        until=line.until,
        days=(line.until - today).days,
        missed=line.state == _MISSED,
    )


def _follow_up(line: FollowUpLine) -> FollowUp:
    return FollowUp(
        id=line.id,
        visit=line.visit,
        number=line.number,
        work=WorkKind(line.work),
        reason=line.reason,
        asked_at=line.asked_at,
    )
