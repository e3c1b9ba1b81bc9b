"""Judges facts from the site by the rules of the visit, which never refuse them.

In come operations that have their seat in the chain; out comes a `Ruling`: applied, applied
with a conflict and its reason (`against`), or set aside for a person. Rule: what happened on
site is taken; a broken rule, a re-assigned or a cancelled visit make a conflict, never a loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from fieldapp.domain.facts import AnyFact, DayClosed
from fieldapp.domain.operation import SignedOperation
from fieldapp.domain.progress import continued, fold
from fieldapp.domain.status import VisitState
from sync.server import conflicts, day_closing, effects, holders, stock
from sync.server.against import FINISHED_ELSEWHERE, REASSIGNED, Case, Teller, objection
from sync.server.changes import SEALED, SealedVisit, opened
from sync.server.examination import Parcel, reopen
from sync.server.laptops import Laptop
from sync.server.ledger_rows import Known, named
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.tables import changes, operations, visits
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


_HOLD = Prepared(
    select(*SEALED, visits.c.technician, visits.c.cancelled, visits.c.state)
    .where(
        visits.c.region == bindparam("of_region"),
        visits.c.id.in_(bindparam("visits", expanding=True)),
    )
    .order_by(visits.c.id)
    .with_for_update()
)
_STATE = Prepared(
    update(visits)
    .where(visits.c.region == bindparam("of_region"), visits.c.id == bindparam("of_visit"))
    .values(state=bindparam("to_state"))
)
_GIVEN = Prepared(
    select(changes.c.number)
    .where(
        changes.c.region == bindparam("of_region"),
        changes.c.visit == bindparam("of_visit"),
        changes.c.technician == bindparam("to_technician"),
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class _Locked:
    """A visit's row as it is held, its holder's key (None: erased), and the days told of."""

    sealed: SealedVisit
    technician: str | None
    cancelled: bool
    state: VisitState
    key: bytes | None
    days: list[date]


def _earlier(seat: Seat) -> ColumnElement[bool]:
    return (operations.c.incarnation < seat.incarnation) | (
        (operations.c.incarnation == seat.incarnation) & (operations.c.sequence < seat.sequence)
    )


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
    _cases: dict[str, Case | None] = field(default_factory=dict)
    _holders: dict[str, holders.Holder] = field(default_factory=dict)
    _locked: dict[str, _Locked | None] = field(default_factory=dict)
    _counted: dict[str, Known | None] = field(default_factory=dict)
    _states: dict[str, VisitState] = field(default_factory=dict)
    _conflicts: dict[tuple[str, str], conflicts.Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = self.office.clock.now()

    def lock(self, ids: set[str]) -> None:
        """Hold these visits until the transaction ends, in ascending order."""
        these = {"of_region": self.laptop.region, "visits": sorted(ids)}
        held = [(SealedVisit(*row[:-3]), *row[-3:]) for row in _HOLD.rows(self.c, these)]
        # the keys after the rows are held: an erasure that came first has taken its key along
        those = {sealed.holder for sealed, *_ in held}
        keys = holders.keys(self.office, self.c, self.laptop.region, those)
        days = days_of(self.c, self.laptop.region, ids)
        self._locked |= dict.fromkeys(ids)
        for sealed, technician, cancelled, state in held:
            key, told_on = keys.get(sealed.holder), days.get(sealed.id, [])
            self._locked[sealed.id] = _Locked(
                sealed, technician, cancelled, VisitState(state), key, told_on
            )

    def remember(self, ids: set[str], here: Iterable[Known]) -> None:
        """Know of these operations' ids which of them counted already."""
        self._counted |= dict.fromkeys(ids)
        self._counted |= {k.id: k for k in here if k.counts}

    def note(self, known: Known, *, counts: bool) -> None:
        """One more operation that counts, or one that does not."""
        if counts:
            self._counted[known.id] = known

    def close(self) -> None:
        """Let the visits' rows and the list of conflicts follow what was told, each once."""
        for visit, state in sorted(self._states.items()):
            this = {"of_region": self.laptop.region, "of_visit": visit}
            _STATE.changed(self.c, {**this, "to_state": state.value})
        self._states.clear()
        for (about, reason), one in self._conflicts.items():
            conflicts.note_whole(self.office, self.c, one, self.holder_for(about), reason)
        self._conflicts.clear()

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
        told = self._told(parcel)
        first = self._conflicts.setdefault((told.about, reason), told)
        self._conflicts[told.about, reason] = replace(first, operation=told.operation)
        return Ruling(Outcome.APPLIED_WITH_CONFLICT, reason, counts=True)

    def _close_day(self, parcel: Parcel, closed: DayClosed) -> Ruling:
        """A day belongs to no visit, so no visit's rules judge it."""
        conflict = day_closing.take(self.office, self.c, self.laptop, closed)
        if conflict:
            return self._in_conflict(parcel, conflict)
        return Ruling(Outcome.APPLIED, counts=True)

    def settle_state(self, visit: str) -> None:
        """Let a visit's row follow all that its technician told, a pardoned fact included."""
        self.lock({visit})  # looked at anew: what was told of it is more than a moment ago
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
        name = parcel.header.id
        if name not in self._counted:
            self.remember({name}, named(self.c, self.laptop, {name}, {parcel.made_on}))
        known = self._counted[name]
        if known is None:
            return None
        if known.payload_sha256 != parcel.header.payload_sha256:
            return Ruling(Outcome.QUARANTINED, "id_reused")
        return Ruling(known.outcome, known.reason)

    def _apply(self, case: Case, fact: AnyFact) -> str:
        """Remember a fact; answers what speaks against it, or empty."""
        conflict = objection(Teller(self.office, self.c, self.laptop), case, fact)
        case.progress = fold(case.progress, fact)
        if conflict not in {REASSIGNED, FINISHED_ELSEWHERE} and self.pardon is None:
            self._note_state(case)
        return conflict

    def _note_state(self, case: Case) -> None:
        """The visit's row follows what its technician told."""
        if case.progress.state is case.state:
            return
        case.state = self._states[case.visit.id] = case.progress.state

    def _case(self, visit: str) -> Case | None:
        if visit not in self._cases:
            self._cases[visit] = self._load(visit, self.pardon)
        return self._cases[visit]

    def _load(self, visit: str, before: Seat | None) -> Case | None:
        """The case, or None for a visit that is unknown here or can't be read any more."""
        if visit not in self._locked:
            self.lock({visit})
        held = self._locked[visit]
        if held is None or held.key is None:
            return None
        bundle, state = opened(held.key, held.sealed), held.state
        facts = told(self.office, self.c, self.laptop, visit) if held.days else ()
        progress = continued(bundle, facts)
        if before is not None:
            own = progress.state is state
            earlier = told(self.office, self.c, self.laptop, visit, _earlier(before))
            progress = continued(bundle, earlier)
            state = progress.state if own else state
        return Case(
            visit=bundle,
            technician=held.technician,
            cancelled=held.cancelled,
            progress=progress,
            ever_given=self._ever_given(visit),
            state=state,
        )

    def _ever_given(self, visit: str) -> bool:
        """Whether this visit was ever in the technician's list."""
        mine = {"of_region": self.laptop.region, "to_technician": self.laptop.technician}
        return _GIVEN.first(self.c, {**mine, "of_visit": visit}) is not None
