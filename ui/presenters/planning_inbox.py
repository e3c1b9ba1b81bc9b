"""What a person has to review, for the planner: conflicts, and what the office set aside.

In come the office's lists; out come rows, and what one of them holds once it is asked for.
Rule: a list shows no customer's data; only a row that is looked at does, and the office writes
that look down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from fieldapp.domain.facts import AnyFact
from sync.client.people import Basis, ConflictLine, OpenedConflict, OpenedSetAside, SetAsideLine
from ui.presenters.planning_office import Office

OPEN = "open"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A conflict; of a field, or of the whole visit or day with a reason.

    Attributes:
        number: the visit's, or a day's subject.
        state: `open`, or what was decided.
        operation: the one that told it last.
    """

    id: str
    visit: str
    number: str
    technician: str
    field: str
    reason: str
    found_at: datetime
    state: str = OPEN
    operation: str = ""

    @property
    def key(self) -> str:
        """What it is known by in its list."""
        return self.id

    def basis(self, now: str | None = None) -> Basis:
        """What a decision is made on: this row, and what its visit held as it was looked at."""
        return Basis(state=self.state, operation=self.operation, now=now)


@dataclass(frozen=True, slots=True)
class Aside:
    """An operation that the office set aside."""

    id: str
    visit: str
    number: str
    technician: str
    withdrawn: bool
    what: str
    reason: str
    made_at: datetime
    received_at: datetime

    @property
    def key(self) -> str:
        """What it is known by in its list."""
        return self.id


@dataclass(frozen=True, slots=True)
class Opened:
    """What a row holds.

    Attributes:
        key: the row's.
        before, site, office: of a field; None for an operation.
        now: what the visit holds.
        fact: what an operation says, its plain values where this program does not know such
            facts; None where nobody can read it any more.
    """

    key: str
    before: str | None = None
    site: str | None = None
    office: str | None = None
    now: str | None = None
    fact: AnyFact | dict[str, Any] | None = None


async def look(office: Office) -> tuple[Dispute | Aside, ...]:
    """Both lists: what was set aside first, then the conflicts, each the oldest first.

    Raises:
        SyncError: as the office's calls.
    """
    aside = [_aside(line) for line in await office.quarantine()]
    return (*aside, *(dispute(line) for line in await office.conflicts()))


async def open_row(office: Office, row: Dispute | Aside) -> Opened:
    """What one row holds; errors as `look`."""
    if isinstance(row, Aside):
        return _opened_aside(await office.set_aside(row.id))
    return opened(await office.conflict(row.id))


def dispute(line: ConflictLine) -> Dispute:
    """The row of a conflict."""
    return Dispute(
        id=line.id,
        visit=line.visit,
        number=line.number,
        technician=line.technician,
        field=line.field,
        reason=line.reason,
        found_at=line.found_at,
        state=line.state,
        operation=line.operation,
    )


def opened(conflict: OpenedConflict) -> Opened:
    """Both values of a conflict."""
    return Opened(
        conflict.line.id, conflict.before, conflict.site, conflict.office, conflict.now
    )


def _aside(line: SetAsideLine) -> Aside:
    return Aside(
        id=line.id,
        visit=line.visit,
        number=line.number,
        technician=line.technician,
        withdrawn=line.withdrawn,
        what=line.kind,
        reason=line.reason,
        made_at=line.device_time,
        received_at=line.received_at,
    )


def _opened_aside(shown: OpenedSetAside) -> Opened:
    return Opened(shown.line.id, fact=None if shown.fact is None else _read(shown.fact))


def _read(fact: dict[str, Any]) -> AnyFact | dict[str, Any]:
    """The fact, where this program knows its kind; else its plain values."""
    try:
        known: AnyFact = msgspec.convert(fact, AnyFact)
    except msgspec.ValidationError:
        return fact
    return known
