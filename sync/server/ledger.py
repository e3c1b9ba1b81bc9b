"""The ledger: takes operations in, in the order of their chain, each exactly once.

In come a laptop and its signed operations; out comes one verdict each, kept in the same
transaction as the effect, so that a repeat gets the same word. The chain per (laptop,
incarnation) follows what was received, not what was applied: an unknown predecessor is `held`
until the gap is filled, a fork is `quarantined`. Rule: one operation never blocks another; only
the seat in the chain decides the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from fieldapp.domain.operation import FIRST_PREVIOUS, SignedOperation
from sync.server.chain import Chain, Link, Place
from sync.server.examination import BAD_SIGNATURE, Parcel, examine
from sync.server.judging import Bench, HeldOperation, Ruling, mine
from sync.server.laptops import Laptop, locked, note_contact
from sync.server.office import Office
from sync.server.tables import operations
from sync.server.vault import seal
from sync.wire import Outcome, Verdict

_WAITING = (Outcome.HELD.value, Outcome.REJECTED.value)
_MOST = 2**31 - 1


def push(
    office: Office, laptop: Laptop, signed: Sequence[SignedOperation]
) -> tuple[Verdict, ...]:
    """Take the operations in and say what became of each, in the order they were sent."""
    examined = [examine(laptop, one) for one in signed]
    parcels = [one for one in examined if isinstance(one, Parcel)]
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        note_contact(c, held, office.clock.now())
        book = _Book.open(office, c, held, parcels)
        for parcel in parcels:
            book.enter(parcel)
        kept = _verdicts(c, held, {p.sha256 for p in parcels})
    return tuple(_word(one, kept) for one in examined)


def _word(one: Parcel | Verdict, kept: dict[str, Verdict]) -> Verdict:
    """A refused copy is rejected, whatever became of a good one with the same header."""
    if isinstance(one, Verdict):
        return one
    if one.refusal:
        return Verdict(id=one.header.id, outcome=Outcome.REJECTED, reason=one.refusal)
    return kept[one.sha256]


def _verdicts(c: Connection, laptop: Laptop, names: Iterable[str]) -> dict[str, Verdict]:
    """The kept word on these operations."""
    columns = (
        operations.c.header_sha256,
        operations.c.id,
        operations.c.outcome,
        operations.c.reason,
        operations.c.received_at,
    )
    named = operations.c.header_sha256.in_(sorted(names))
    return {
        row.header_sha256: Verdict(
            id=row.id,
            outcome=Outcome(row.outcome),
            reason=row.reason,
            received_at=row.received_at,
        )
        for row in c.execute(select(*columns).where(*mine(laptop), named))
    }


def known_sequence(c: Connection, laptop: Laptop, incarnation: int) -> int:
    """The last sequence of this incarnation whose predecessors are all here; 0 for none."""
    if not 0 < incarnation <= _MOST:
        return 0
    return _end(c, laptop, incarnation)[0]


def _end(c: Connection, laptop: Laptop, incarnation: int) -> tuple[int, str]:
    """Sequence and hash of the last seated operation; a chain's start where there is none."""
    this = (*mine(laptop), operations.c.incarnation == incarnation, operations.c.in_chain)
    query = select(operations.c.sequence, operations.c.header_sha256).where(*this)
    row = c.execute(query.order_by(operations.c.sequence.desc()).limit(1)).one_or_none()
    return (0, FIRST_PREVIOUS) if row is None else (row.sequence, row.header_sha256)


@dataclass(slots=True)
class _Book:
    """One laptop's page of the ledger, open in one transaction."""

    c: Connection
    laptop: Laptop
    bench: Bench
    outcomes: dict[str, Outcome]
    seated: set[str]
    waiting: dict[int, list[Link]]
    chains: dict[int, Chain] = field(default_factory=dict)

    @classmethod
    def open(
        cls, office: Office, c: Connection, laptop: Laptop, parcels: Iterable[Parcel]
    ) -> _Book:
        """Open the page; holds the visits of these operations and of those that wait."""
        names = {parcel.sha256 for parcel in parcels}
        concerned = {parcel.header.visit for parcel in parcels}
        book = cls(c, laptop, Bench(office, c, laptop), {}, set(), {})
        for row in _known(c, laptop, names):
            book.outcomes[row.sha256] = row.outcome
            if row.seated:
                book.seated.add(row.sha256)
            elif row.outcome.value in _WAITING:
                book.waiting.setdefault(row.incarnation, []).append(row.link)
                concerned.add(row.visit)
        book.bench.lock(concerned)
        return book

    def chain(self, incarnation: int) -> Chain:
        """The chain of an incarnation as it is now."""
        if incarnation not in self.chains:
            waiting = self.waiting.get(incarnation, [])
            end = _end(self.c, self.laptop, incarnation)
            self.chains[incarnation] = Chain(*end, waiting)
        return self.chains[incarnation]

    def enter(self, parcel: Parcel) -> None:
        """Keep an operation unless it is here, and settle what follows from it."""
        known = self.outcomes.get(parcel.sha256)
        if known is None:
            self._enter_new(parcel)
        elif known is Outcome.REJECTED and not parcel.refusal:
            self._enter_mended(parcel)

    def _enter_new(self, parcel: Parcel) -> None:
        chain = self.chain(parcel.header.incarnation)
        place = chain.place(parcel.link)
        self._insert(parcel, self._ruling(parcel, place), seated=place is Place.SEATED)
        for link, settled in chain.settle():
            self._settle(link, settled)

    def _enter_mended(self, parcel: Parcel) -> None:
        """A good copy of an operation that first came in damaged."""
        if parcel.sha256 in self.seated:
            self._delete(parcel)
            self._insert(parcel, self.bench.rule(parcel), seated=True)
            return
        for trusted in (True, False):
            link = Link(parcel.header.sequence, parcel.sha256, parcel.header.previous, trusted)
            self.chain(parcel.header.incarnation).forget(link)
        self._delete(parcel)
        self._enter_new(parcel)

    def _ruling(self, parcel: Parcel, place: Place) -> Ruling:
        if parcel.refusal:
            return Ruling(Outcome.REJECTED, parcel.refusal)
        if place is Place.WAITS:
            return Ruling(Outcome.HELD, "predecessor_missing")
        if place is Place.FORK:
            return Ruling(Outcome.QUARANTINED, "fork")
        return self.bench.rule(parcel)

    def _settle(self, link: Link, place: Place) -> None:
        """Write down that an operation which waited has its seat now, or is a fork."""
        values: dict[str, object] = {"in_chain": place is Place.SEATED}
        if self.outcomes[link.sha256] is Outcome.HELD:
            ruling = self._ruling(self.bench.reopen(self._held(link)), place)
            self.outcomes[link.sha256] = ruling.outcome
            values |= {
                "counts": ruling.counts,
                "outcome": ruling.outcome.value,
                "reason": ruling.reason,
            }
        if place is Place.SEATED:
            self.seated.add(link.sha256)
        this = (*mine(self.laptop), operations.c.header_sha256 == link.sha256)
        self.c.execute(update(operations).where(*this).values(values))

    def _held(self, link: Link) -> HeldOperation:
        query = select(
            operations.c.holder,
            operations.c.header_sha256,
            operations.c.header,
            operations.c.signature,
            operations.c.sealed,
        ).where(*mine(self.laptop), operations.c.header_sha256 == link.sha256)
        return HeldOperation(*self.c.execute(query).one())

    def _delete(self, parcel: Parcel) -> None:
        this = (*mine(self.laptop), operations.c.header_sha256 == parcel.sha256)
        self.c.execute(delete(operations).where(*this))

    def _insert(self, parcel: Parcel, ruling: Ruling, *, seated: bool) -> None:
        """Write the operation down with what became of it; a refused one without payload."""
        header, holder = parcel.header, self.bench.holder_for(parcel.header.visit)
        payload = b"" if parcel.refusal else parcel.signed.payload
        self.c.execute(
            insert(operations).values(
                region=self.laptop.region,
                laptop=self.laptop.id,
                header_sha256=parcel.sha256,
                id=header.id,
                incarnation=header.incarnation,
                sequence=header.sequence,
                visit=header.visit,
                kind=header.kind,
                previous=header.previous,
                payload_sha256=header.payload_sha256,
                header=parcel.signed.header,
                signature=parcel.signed.signature,
                holder=holder.id,
                sealed=seal(holder.key, payload, f"operation:{parcel.sha256}"),
                in_chain=seated,
                counts=ruling.counts,
                outcome=ruling.outcome.value,
                reason=ruling.reason,
                device_time=header.device_time,
                trusted_time=header.trusted_time,
                offset_s=header.offset_s,
                received_at=self.bench.now,
            )
        )
        self.outcomes[parcel.sha256] = ruling.outcome
        if seated:
            self.seated.add(parcel.sha256)


@dataclass(frozen=True, slots=True)
class _Known:
    """An operation that is here already."""

    sha256: str
    outcome: Outcome
    seated: bool
    incarnation: int
    visit: str
    link: Link


def _known(c: Connection, laptop: Laptop, names: Iterable[str]) -> list[_Known]:
    """Those of the named operations that are here, and all that wait for a seat."""
    waits = operations.c.outcome.in_(_WAITING) & operations.c.in_chain.is_(False)
    named = operations.c.header_sha256.in_(sorted(names))
    query = select(
        operations.c.header_sha256,
        operations.c.outcome,
        operations.c.reason,
        operations.c.in_chain,
        operations.c.incarnation,
        operations.c.visit,
        operations.c.sequence,
        operations.c.previous,
    ).where(*mine(laptop), waits | named)
    return [
        _Known(
            sha256=row.header_sha256,
            outcome=Outcome(row.outcome),
            seated=row.in_chain,
            incarnation=row.incarnation,
            visit=row.visit,
            link=Link(
                row.sequence, row.header_sha256, row.previous, row.reason != BAD_SIGNATURE
            ),
        )
        for row in c.execute(query.order_by(operations.c.received_at, operations.c.sequence))
    ]
