"""Judges facts from the site by the rules of the visit, which never refuse them.

In come operations that have their seat in the chain; out comes a `Ruling`: applied, applied
with a conflict and its reason, or set aside for a person. The same `progress.advance` runs on
the laptop before a fact is stored. Rule: what happened on site is taken; a broken rule, a
re-assigned or a cancelled visit make a conflict, never a loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, select, update

from fieldapp.domain.facts import AnyFact, DayClosed, MeterPlaced, VisitStarted
from fieldapp.domain.operation import SignedOperation
from fieldapp.domain.progress import Progress, continued, fold
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.van import doubt
from fieldapp.domain.work_order import Visit
from fieldapp.errors import IllegalTransition, MissingEvidence, RuleError
from sync.server import day_closing, effects, holders, stock
from sync.server.changes import SEALED, SealedVisit, opened
from sync.server.dayfile import LOCAL
from sync.server.designations import may_not, permit_of
from sync.server.examination import Parcel, reopen
from sync.server.laptops import Laptop
from sync.server.ledger_rows import Known, named
from sync.server.office import Office
from sync.server.tables import changes, visits
from sync.server.told import days_of, told
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


_VISIT = (*SEALED, visits.c.technician, visits.c.cancelled, visits.c.state)


@dataclass(frozen=True, slots=True)
class _Locked:
    """A visit's row as it is held, its holder's key (None: erased), and the days told of."""

    sealed: SealedVisit
    technician: str | None
    cancelled: bool
    state: VisitState
    key: bytes | None
    days: list[date]


@dataclass(slots=True)
class _Case:
    """A visit with what this laptop has told about it so far."""

    visit: Visit
    technician: str | None
    cancelled: bool
    progress: Progress
    ever_given: bool
    state: VisitState


def reason_of(error: RuleError) -> str:
    """A broken rule in one line without data of a customer."""
    match error:
        case IllegalTransition():
            return f"illegal_transition:{error.state}>{error.wanted}"
        case MissingEvidence():
            return f"missing_evidence:{','.join(error.missing)}"
        case _:
            return f"rule:{str(error).partition(':')[0]}"


@dataclass(slots=True)
class Bench:
    """Judges the operations of one laptop in one transaction."""

    office: Office
    c: Connection
    laptop: Laptop
    now: datetime = field(init=False)
    _cases: dict[str, _Case | None] = field(default_factory=dict)
    _holders: dict[str, holders.Holder] = field(default_factory=dict)
    _locked: dict[str, _Locked | None] = field(default_factory=dict)
    _counted: dict[str, Known | None] = field(default_factory=dict)
    _states: dict[str, VisitState] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.office.clock.now()

    def lock(self, ids: set[str]) -> None:
        """Hold these visits until the transaction ends, in ascending order."""
        query = select(*_VISIT).where(
            visits.c.region == self.laptop.region, visits.c.id.in_(sorted(ids))
        )
        rows = self.c.execute(query.order_by(visits.c.id).with_for_update()).all()
        # the keys after the rows are held: an erasure that came first has taken its key along
        those = {row.holder for row in rows}
        keys = holders.keys(self.office, self.c, self.laptop.region, those)
        days = days_of(self.c, self.laptop.region, ids)
        self._locked |= dict.fromkeys(ids)
        self._locked |= {
            row.id: _Locked(
                SealedVisit(row.region, row.id, row.holder, row.version, row.sealed),
                row.technician,
                row.cancelled,
                VisitState(row.state),
                keys.get(row.holder),
                days.get(row.id, []),
            )
            for row in rows
        }

    def remember(self, ids: set[str], here: Iterable[Known]) -> None:
        """Know of these operations' ids which of them counted already."""
        self._counted |= dict.fromkeys(ids)
        self._counted |= {k.id: k for k in here if k.counts}

    def note(self, known: Known, *, counts: bool) -> None:
        """One more operation that counts, or one that does not."""
        if counts:
            self._counted[known.id] = known

    def close(self) -> None:
        """Let the visits' rows follow what was told, each once."""
        for visit, state in sorted(self._states.items()):
            this = (visits.c.region == self.laptop.region, visits.c.id == visit)
            self.c.execute(update(visits).where(*this).values(state=state.value))
        self._states.clear()

    def holder_for(self, visit: str) -> holders.Holder:
        """Whose key seals a fact of this visit."""
        if visit not in self._holders:
            self._holders[visit] = self._sealing(visit)
        return self._holders[visit]

    def _sealing(self, visit: str) -> holders.Holder:
        owner = holders.Owner(self.laptop.region, self.laptop.id)
        if visit not in self._locked:
            return holders.sealing(self.office, self.c, owner, visit)
        held = self._locked[visit]
        if held is not None and held.key is not None:
            return holders.Holder(held.sealed.holder, held.key)
        return holders.own(self.office, self.c, owner)

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
            return self._close_day(parcel.fact)
        case = self._case(parcel.header.visit)
        if case is None:
            return Ruling(Outcome.QUARANTINED, "unknown_visit")
        if not case.ever_given:
            return Ruling(Outcome.QUARANTINED, "never_assigned")
        before = case.progress
        ruling = self._apply(case, parcel.fact)
        happened = effects.Told(case.visit, case.progress, parcel.header.id, parcel.fact)
        effects.note(self.c, happened, self.now)
        moved = stock.Told(self.laptop, parcel.header.id, case.visit, before)
        stock.note(self.office, self.c, moved, parcel.fact)
        return ruling

    def _close_day(self, closed: DayClosed) -> Ruling:
        """A day belongs to no visit, so no visit's rules judge it."""
        conflict = day_closing.take(self.office, self.c, self.laptop, closed)
        if conflict:
            return Ruling(Outcome.APPLIED_WITH_CONFLICT, conflict, counts=True)
        return Ruling(Outcome.APPLIED, counts=True)

    def _set_aside(self, parcel: Parcel) -> str:
        """Why a person has to look before anything else, or empty."""
        if self.laptop.withdrawn:
            return "laptop_withdrawn"
        if parcel.header.incarnation > self.laptop.incarnation:
            return "unknown_incarnation"
        return parcel.trouble

    def _told_before(self, parcel: Parcel) -> Ruling | None:
        """The same operation under another header: a restored laptop signed it anew."""
        name = parcel.header.id
        if name not in self._counted:
            self.remember({name}, named(self.c, self.laptop, {name}, {parcel.made_on}))
        known = self._counted[name]
        if known is None:
            return None
        if known.payload_sha256 != parcel.header.payload_sha256:
            return Ruling(Outcome.QUARANTINED, "id_reused")
        return Ruling(known.outcome, known.reason)

    def _apply(self, case: _Case, fact: AnyFact) -> Ruling:
        conflict = self._conflict(case, fact)
        case.progress = fold(case.progress, fact)
        if conflict not in {"reassigned", "finished_elsewhere"}:
            self._note_state(case)
        if conflict:
            return Ruling(Outcome.APPLIED_WITH_CONFLICT, conflict, counts=True)
        return Ruling(Outcome.APPLIED, counts=True)

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
        case.state = self._states[case.visit.id] = case.progress.state

    def _case(self, visit: str) -> _Case | None:
        if visit not in self._cases:
            self._cases[visit] = self._load(visit)
        return self._cases[visit]

    def _load(self, visit: str) -> _Case | None:
        """The case, or None for a visit that is unknown here or can't be read any more."""
        if visit not in self._locked:
            self.lock({visit})
        held = self._locked[visit]
        if held is None or held.key is None:
            return None
        bundle = opened(held.key, held.sealed)
        facts = told(self.office, self.c, self.laptop, visit) if held.days else ()
        progress = continued(bundle, facts)
        return _Case(
            visit=bundle,
            technician=held.technician,
            cancelled=held.cancelled,
            progress=progress,
            ever_given=self._ever_given(visit),
            state=held.state,
        )

    def _ever_given(self, visit: str) -> bool:
        """Whether this visit was ever in the technician's list."""
        query = select(changes.c.number).where(
            changes.c.region == self.laptop.region,
            changes.c.visit == visit,
            changes.c.technician == self.laptop.technician,
        )
        return self.c.execute(query.limit(1)).first() is not None
