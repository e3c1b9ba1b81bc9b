"""Judges facts from the site by the rules of the visit, which never refuse them.

In come operations that have their seat in the chain; out comes a `Ruling`: applied, applied
with a conflict and its reason, or set aside for a person. The same `progress.advance` runs on
the laptop before a fact is stored. Rule: what happened on site is taken; a broken rule, a
re-assigned or a cancelled visit make a conflict, never a loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select, update

from fieldapp.domain.facts import AnyFact, DayClosed, MeterPlaced, VisitStarted
from fieldapp.domain.operation import SignedOperation
from fieldapp.domain.progress import Progress, continued, fold
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.van import doubt
from fieldapp.domain.work_order import Visit
from fieldapp.errors import IllegalTransition, MissingEvidence, RuleError
from sync.server import conflicts, day_closing, effects, holders, stock
from sync.server.changes import SEALED, SealedVisit, open_bundle
from sync.server.dayfile import LOCAL
from sync.server.designations import may_not, permit_of
from sync.server.examination import Parcel, reopen
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables import changes, operations, visits
from sync.server.told import told
from sync.server.vault import unseal
from sync.wire import Outcome


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of an operation; `counts` says whether it has an effect on its visit."""

    outcome: Outcome
    reason: str = ""
    counts: bool = False


@dataclass(frozen=True, slots=True)
class HeldOperation:
    """An operation that waits for its predecessor, as it lies in the database."""

    holder: str
    header_sha256: str
    header: bytes
    signature: bytes
    sealed: bytes


@dataclass(slots=True)
class _Case:
    """A visit with what this laptop has told about it so far."""

    visit: Visit
    technician: str | None
    cancelled: bool
    progress: Progress
    ever_given: bool
    state: VisitState


def mine(laptop: Laptop) -> tuple[ColumnElement[bool], ...]:
    """The condition that an operation is this laptop's."""
    return (operations.c.region == laptop.region, operations.c.laptop == laptop.id)


def _earlier(seat: Seat) -> ColumnElement[bool]:
    return (operations.c.incarnation < seat.incarnation) | (
        (operations.c.incarnation == seat.incarnation) & (operations.c.sequence < seat.sequence)
    )


def reason_of(error: RuleError) -> str:
    """A broken rule in one line without data of a customer."""
    match error:
        case IllegalTransition():
            return f"illegal_transition:{error.state}>{error.wanted}"
        case MissingEvidence():
            return f"missing_evidence:{','.join(error.missing)}"
        case _:
            return f"rule:{str(error).partition(':')[0]}"


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an operation stands among all of its laptop's."""

    incarnation: int
    sequence: int


@dataclass(slots=True)
class Bench:
    """Judges the operations of one laptop in one transaction.

    Attributes:
        pardon: the one operation that a person takes although it was set aside; it is judged
            by what was told before it.
    """

    office: Office
    c: Connection
    laptop: Laptop
    pardon: Seat | None = None
    now: datetime = field(init=False)
    _cases: dict[str, _Case | None] = field(default_factory=dict)
    _holders: dict[str, holders.Holder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.office.clock.now()

    def lock(self, ids: set[str]) -> None:
        """Hold these visits until the transaction ends, in ascending order."""
        query = select(visits.c.id).where(
            visits.c.region == self.laptop.region, visits.c.id.in_(sorted(ids))
        )
        self.c.execute(query.order_by(visits.c.id).with_for_update())

    def holder_for(self, visit: str) -> holders.Holder:
        """Whose key seals a fact of this visit."""
        if visit not in self._holders:
            owner = holders.Owner(self.laptop.region, self.laptop.id)
            self._holders[visit] = holders.sealing(self.office, self.c, owner, visit)
        return self._holders[visit]

    def reopen(self, row: HeldOperation) -> Parcel:
        """A held operation as it came in; without its fact where the holder was erased."""
        try:
            key = holders.key(self.office, self.c, self.laptop.region, row.holder)
        except holders.Erased:
            return reopen(SignedOperation(row.header, row.signature, b""))
        about = f"operation:{row.header_sha256}"
        payload = unseal(key, row.sealed, about)
        return reopen(SignedOperation(row.header, row.signature, payload))

    def rule(self, parcel: Parcel) -> Ruling:
        """What becomes of an operation that is next in its chain."""
        aside = self._set_aside(parcel)
        if aside or parcel.fact is None:
            return Ruling(Outcome.QUARANTINED, aside)
        told_before = self._told_before(parcel)
        if told_before is not None:
            return told_before
        if isinstance(parcel.fact, DayClosed):
            return self._close_day(parcel, parcel.fact)
        return self._rule_visit(parcel, parcel.fact)

    def _rule_visit(self, parcel: Parcel, fact: AnyFact) -> Ruling:
        case = self._case(parcel.header.visit)
        if case is None:
            return Ruling(Outcome.QUARANTINED, "unknown_visit")
        if not case.ever_given and self.pardon is None:
            return Ruling(Outcome.QUARANTINED, "never_assigned")
        before = case.progress
        conflict = self._apply(case, fact)
        happened = effects.Told(case.visit, case.progress, parcel.header.id, fact)
        effects.note(self.c, happened, self.now)
        moved = stock.Told(self.laptop, parcel.header.id, case.visit, before)
        stock.note(self.office, self.c, moved, fact)
        told = self._told(parcel)
        fields = conflicts.note_fields(self.office, self.c, told, case.visit, fact)
        if conflict:
            return self._in_conflict(parcel, conflict)
        if fields:
            reason = f"{conflicts.FIELDS}:{','.join(fields)}"
            return Ruling(Outcome.APPLIED_WITH_CONFLICT, reason, counts=True)
        return Ruling(Outcome.APPLIED, counts=True)

    def _told(self, parcel: Parcel) -> conflicts.Told:
        header = parcel.header
        return conflicts.Told(self.laptop, header.id, header.visit, header.visit_version)

    def _in_conflict(self, parcel: Parcel, reason: str) -> Ruling:
        """Taken, and on the list of what a person looks at."""
        holder, told = self.holder_for(parcel.header.visit), self._told(parcel)
        conflicts.note_whole(self.office, self.c, told, holder, reason)
        return Ruling(Outcome.APPLIED_WITH_CONFLICT, reason, counts=True)

    def _close_day(self, parcel: Parcel, closed: DayClosed) -> Ruling:
        """A day belongs to no visit, so no visit's rules judge it."""
        conflict = day_closing.take(self.office, self.c, self.laptop, closed)
        if conflict:
            return self._in_conflict(parcel, conflict)
        return Ruling(Outcome.APPLIED, counts=True)

    def settle_state(self, visit: str) -> None:
        """Let a visit's row follow all that its technician told, a pardoned fact included."""
        case = self._load(visit, None)
        if case is None or case.technician != self.laptop.technician:
            return
        if case.progress.state.final or not case.state.final:
            self._note_state(case)

    def _set_aside(self, parcel: Parcel) -> str:
        """Why a person has to look before anything else, or empty."""
        if self.pardon is not None:
            return parcel.trouble
        if self.laptop.withdrawn:
            return "laptop_withdrawn"
        if parcel.header.incarnation > self.laptop.incarnation:
            return "unknown_incarnation"
        return parcel.trouble

    def _told_before(self, parcel: Parcel) -> Ruling | None:
        """The same operation under another header: a restored laptop signed it anew."""
        row = self.c.execute(
            select(operations.c.payload_sha256, operations.c.outcome, operations.c.reason)
            .where(*mine(self.laptop), operations.c.id == parcel.header.id)
            .where(operations.c.counts)
        ).one_or_none()
        if row is None:
            return None
        if row.payload_sha256 != parcel.header.payload_sha256:
            return Ruling(Outcome.QUARANTINED, "id_reused")
        return Ruling(Outcome(row.outcome), row.reason)

    def _apply(self, case: _Case, fact: AnyFact) -> str:
        """Remember a fact; answers what speaks against it, or empty."""
        conflict = self._conflict(case, fact)
        case.progress = fold(case.progress, fact)
        if conflict not in {"reassigned", "finished_elsewhere"} and self.pardon is None:
            self._note_state(case)
        return conflict

    def _conflict(self, case: _Case, fact: AnyFact) -> str:
        if case.technician != self.laptop.technician:
            return "reassigned"
        if case.cancelled:
            return "cancelled"
        if case.state.final and not case.progress.state.final:
            return "finished_elsewhere"
        return self._broken(case, fact)

    def _broken(self, case: _Case, fact: AnyFact) -> str:
        """The rule that a fact breaks, or empty."""
        try:
            advance(case.visit, case.progress, fact)
        except RuleError as error:
            return reason_of(error)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return "rules_failed"
        if isinstance(fact, VisitStarted):
            return self._undesignated(case, fact)
        return self._doubt(case, fact)

    def _undesignated(self, case: _Case, fact: VisitStarted) -> str:
        """Whether the technician was not designated for the work on the day he began it."""
        permit = permit_of(self.c, self.laptop.region, self.laptop.technician)
        on = fact.at.astimezone(LOCAL).date()
        return "rule:not_designated" if may_not(case.visit, permit, on) else ""

    def _doubt(self, case: _Case, fact: AnyFact) -> str:
        """What speaks against a placed meter, also where the technician said why it hangs."""
        if not isinstance(fact, MeterPlaced):
            return ""
        visit, number = case.visit, fact.number
        known = stock.known_of(self.office, self.c, self.laptop, visit.id, number)
        doubted = doubt(visit, case.progress, fact, known)
        if doubted is None:
            return "rule:meter_all_the_same" if fact.despite else ""
        return reason_of(doubted)

    def _note_state(self, case: _Case) -> None:
        """The visit's row follows what its technician told."""
        if case.progress.state is case.state:
            return
        case.state = case.progress.state
        self.c.execute(
            update(visits)
            .where(visits.c.region == self.laptop.region, visits.c.id == case.visit.id)
            .values(state=case.state.value)
        )

    def _case(self, visit: str) -> _Case | None:
        if visit not in self._cases:
            self._cases[visit] = self._load(visit, self.pardon)
        return self._cases[visit]

    def _load(self, visit: str, before: Seat | None) -> _Case | None:
        """The case, or None for a visit that is unknown here or can't be read any more."""
        row = self.c.execute(
            select(*SEALED, visits.c.technician, visits.c.cancelled, visits.c.state).where(
                visits.c.region == self.laptop.region, visits.c.id == visit
            )
        ).one_or_none()
        if row is None:
            return None
        try:
            bundle = open_bundle(self.office, self.c, SealedVisit(*row[:5]))
        except holders.Erased:
            return None
        facts = told(self.office, self.c, self.laptop, visit)
        progress, state = continued(bundle, facts), VisitState(row.state)
        if before is not None:
            own = progress.state is state
            earlier = told(self.office, self.c, self.laptop, visit, _earlier(before))
            progress = continued(bundle, earlier)
            state = progress.state if own else state
        return _Case(
            visit=bundle,
            technician=row.technician,
            cancelled=row.cancelled,
            progress=progress,
            ever_given=self._ever_given(visit),
            state=state,
        )

    def _ever_given(self, visit: str) -> bool:
        """Whether this visit was ever in the technician's list."""
        query = select(changes.c.number).where(
            changes.c.region == self.laptop.region,
            changes.c.visit == visit,
            changes.c.technician == self.laptop.technician,
        )
        return self.c.execute(query.limit(1)).first() is not None
