"""What speaks against a fact from the site: in one line, without data of a customer.

In come a visit with what a laptop told about it, and its next fact; out comes a reason, or an
empty text. The same `rules.advance` runs on the laptop before a fact is stored. Rule: nothing
is refused or written here; `judging` takes the fact and keeps the reason with it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from fieldapp.domain.facts import AnyFact, MeterPlaced, VisitStarted
from fieldapp.domain.progress import Progress
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.van import doubt
from fieldapp.domain.work_order import Visit
from fieldapp.errors import IllegalTransition, MissingEvidence, RuleError
from sync.server import stock
from sync.server.dayfile import LOCAL
from sync.server.designations import may_not, permit_of
from sync.server.laptops import Laptop
from sync.server.office import Office

REASSIGNED, CANCELLED = "reassigned", "cancelled"
FINISHED_ELSEWHERE = "finished_elsewhere"


@dataclass(slots=True)
class Case:
    """A visit with what this laptop has told about it so far."""

    visit: Visit
    technician: str | None
    cancelled: bool
    progress: Progress
    ever_given: bool
    state: VisitState


@dataclass(frozen=True, slots=True)
class Teller:
    """The laptop that tells, in the transaction that takes what it says."""

    office: Office
    c: Connection
    laptop: Laptop


def objection(teller: Teller, case: Case, fact: AnyFact) -> str:
    """What speaks against this fact, or empty."""
    if case.technician != teller.laptop.technician:
        return REASSIGNED
    if case.cancelled:
        return CANCELLED
    if case.state.final and not case.progress.state.final:
        return FINISHED_ELSEWHERE
    return _broken(case, fact) or _doubtful(teller, case, fact)


def _broken(case: Case, fact: AnyFact) -> str:
    """The rule of the visit that a fact breaks."""
    try:
        advance(case.visit, case.progress, fact)
    except RuleError as error:
        return _reason_of(error)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return "rules_failed"
    return ""


def _doubtful(teller: Teller, case: Case, fact: AnyFact) -> str:
    """What the office knows besides the visit's rules."""
    match fact:
        case VisitStarted():
            return _undesignated(teller, case, fact)
        case MeterPlaced():
            return _doubt(teller, case, fact)
        case _:
            return ""


def _reason_of(error: RuleError) -> str:
    match error:
        case IllegalTransition():
            return f"illegal_transition:{error.state}>{error.wanted}"
        case MissingEvidence():
            return f"missing_evidence:{','.join(error.missing)}"
        case _:
            return f"rule:{str(error).partition(':')[0]}"


def _undesignated(teller: Teller, case: Case, fact: VisitStarted) -> str:
    """Whether the technician was not designated for the work on the day he began it."""
    permit = permit_of(teller.c, teller.laptop.region, teller.laptop.technician)
    on = fact.at.astimezone(LOCAL).date()
    return "rule:not_designated" if may_not(case.visit, permit, on) else ""


def _doubt(teller: Teller, case: Case, fact: MeterPlaced) -> str:
    """What speaks against a placed meter, also where the technician said why it hangs."""
    visit = case.visit
    known = stock.known_of(teller.office, teller.c, teller.laptop, visit.id, fact.number)
    doubted = doubt(visit, case.progress, fact, known)
    if doubted is None:
        return "rule:meter_all_the_same" if fact.despite else ""
    return _reason_of(doubted)
