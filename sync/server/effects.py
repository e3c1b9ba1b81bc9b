"""What a fact from the site sets going in the office besides its visit's state.

In comes a fact that counts, with the operation that carried it; in the same transaction rows
are made: checks that a closed visit left pending, and work that has to follow. Rule: a repeat
makes nothing twice, because a row is known by its operation; free text stays sealed in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress
from fieldapp.domain.refusal import refuses_both
from fieldapp.domain.work_order import Visit, WorkKind
from sync.server import follow_ups
from sync.server.follow_ups import Asked
from sync.server.tables_followed import checks

OPEN, PROVEN, MISSED = "open", "proven", "missed"
DANGER = "danger"
REPORT_TO_RDI = "report_to_rdi"
"""Both kinds of meter are refused: somebody reports it to the regulator (trade.md)."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that counts, with its operation, its visit and where that stands with it."""

    visit: Visit
    progress: Progress
    operation: str
    fact: f.AnyFact


def note(c: Connection, told: Told, now: datetime) -> None:
    """Make the rows that follow from a fact of a visit."""
    visit, operation, fact = told.visit, told.operation, told.fact
    match fact:
        case f.VisitClosed():
            for check in fact.pending:
                _leave_open(c, visit, operation, check)
        case _:
            wanted = _wanted(told)
            if wanted is not None:
                asked = Asked(visit.region, operation, visit.id, *wanted)
                follow_ups.ask(c, asked, now)


def _wanted(told: Told) -> tuple[WorkKind, str] | None:
    """The work that a fact asks for, and why."""
    fact = told.fact
    match fact:
        case f.VisitNotDone() if fact.follow_up:
            return told.visit.kind, fact.reason.value
        case f.RefusalRecorded() if refuses_both(told.visit, told.progress):
            return WorkKind.PLACEMENT, REPORT_TO_RDI
        case f.FollowUpAsked():
            return fact.work, fact.reason[:64]
        case f.DangerReported():
            return WorkKind.FAULT, DANGER
        case _:
            return None


def _leave_open(c: Connection, visit: Visit, operation: str, check: f.PendingCheck) -> None:
    c.execute(
        insert(checks).values(
            region=visit.region,
            id=operation,
            visit=visit.id,
            what=check.what[:64],
            proven_by=check.by[:64],
            until=check.until,
            state=OPEN,
            settled_by="",
        )
    )
