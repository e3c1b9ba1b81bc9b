"""The ledger: takes operations in, in the order of their chain, each exactly once.

In come a laptop and its signed operations; out comes one verdict each, kept in the same
transaction as the effect, so that a repeat gets the same word. The chain per (laptop,
incarnation) follows what was received, not what was applied: an unknown predecessor is `held`
until the gap is filled, a fork is `quarantined`. Rule: one operation never blocks another; only
the seat in the chain decides the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from fieldapp.domain.operation import FIRST_PREVIOUS, SignedOperation
from sync.server.examination import Parcel, examine
from sync.server.judging import Bench, HeldOperation, Ruling, mine
from sync.server.laptops import Laptop, locked, note_contact
from sync.server.office import Office
from sync.server.tables import operations
from sync.server.vault import seal
from sync.wire import Outcome, Verdict

FORK = Ruling(Outcome.QUARANTINED, "fork")


def push(
    office: Office, laptop: Laptop, signed: Sequence[SignedOperation]
) -> tuple[Verdict, ...]:
    """Take the operations in and say what became of each, in the order they were sent."""
    examined = [examine(laptop, one) for one in signed]
    parcels = {one.sha256: one for one in examined if isinstance(one, Parcel)}
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        note_contact(c, held, office.clock.now())
        new = parcels.keys() - _kept(c, held, list(parcels)).keys()
        book = _Book.open(office, c, held, {parcels[name].header.visit for name in new})
        for name, parcel in parcels.items():
            if name in new:
                book.enter(parcel)
        kept = _kept(c, held, list(parcels))
    return tuple(one if isinstance(one, Verdict) else kept[one.sha256] for one in examined)


def known_sequence(c: Connection, laptop: Laptop, incarnation: int) -> int:
    """The last sequence of this incarnation whose predecessors are all here; 0 for none."""
    if not 0 < incarnation <= laptop.incarnation:
        return 0
    return _head(c, laptop, incarnation).sequence


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a chain ends."""

    sequence: int
    sha256: str

    def precedes(self, parcel: Parcel) -> bool:
        """Whether the operation is the very next one of this chain."""
        header = parcel.header
        return (header.sequence, header.previous) == (self.sequence + 1, self.sha256)


def _head(c: Connection, laptop: Laptop, incarnation: int) -> _Head:
    row = c.execute(
        select(operations.c.sequence, operations.c.header_sha256)
        .where(*mine(laptop), operations.c.incarnation == incarnation, operations.c.in_chain)
        .order_by(operations.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    return _Head(0, FIRST_PREVIOUS) if row is None else _Head(row.sequence, row.header_sha256)


@dataclass(slots=True)
class _Book:
    """One laptop's page of the ledger, open in one transaction."""

    office: Office
    c: Connection
    laptop: Laptop
    bench: Bench
    heads: dict[int, _Head] = field(default_factory=dict)
    held: set[tuple[int, int]] = field(default_factory=set)

    @classmethod
    def open(cls, office: Office, c: Connection, laptop: Laptop, visits: set[str]) -> _Book:
        """Open the page; holds the visits of these operations and of those that wait."""
        waiting = c.execute(
            select(operations.c.incarnation, operations.c.sequence, operations.c.visit).where(
                *mine(laptop), operations.c.outcome == Outcome.HELD.value
            )
        ).all()
        bench = Bench(office, c, laptop)
        bench.lock(visits | {row.visit for row in waiting})
        held = {(row.incarnation, row.sequence) for row in waiting}
        return cls(office, c, laptop, bench, held=held)

    def head(self, incarnation: int) -> _Head:
        """Where the chain of an incarnation ends now."""
        if incarnation not in self.heads:
            self.heads[incarnation] = _head(self.c, self.laptop, incarnation)
        return self.heads[incarnation]

    def enter(self, parcel: Parcel) -> None:
        """Keep one new operation, and seat those that waited for it."""
        header = parcel.header
        head = self.head(header.incarnation)
        if header.incarnation > self.laptop.incarnation:
            self.keep(parcel, Ruling(Outcome.QUARANTINED, "unknown_incarnation"))
        elif header.sequence > head.sequence + 1:
            self.keep(parcel, Ruling(Outcome.HELD, "predecessor_missing"))
            self.held.add((header.incarnation, header.sequence))
        elif not head.precedes(parcel):
            self.keep(parcel, FORK)
        else:
            self.keep(parcel, self.bench.rule(parcel), seated=True)
            self.release(header.incarnation)

    def keep(self, parcel: Parcel, ruling: Ruling, *, seated: bool = False) -> None:
        """Write the operation down with what became of it."""
        header, holder = parcel.header, self.bench.holder_for(parcel.header.visit)
        about = f"operation:{parcel.sha256}"
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
                sealed=seal(holder.key, parcel.signed.payload, about),
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
        if seated:
            self.heads[header.incarnation] = _Head(header.sequence, parcel.sha256)

    def release(self, incarnation: int) -> None:
        """Seat held operations whose predecessor has come, one after another."""
        head = self.head(incarnation)
        while (incarnation, head.sequence + 1) in self.held:
            self.held.discard((incarnation, head.sequence + 1))
            for row in self._held_at(incarnation, head.sequence + 1):
                self._settle(row)
            head = self.head(incarnation)

    def _held_at(self, incarnation: int, sequence: int) -> list[HeldOperation]:
        query = select(
            operations.c.holder,
            operations.c.header_sha256,
            operations.c.header,
            operations.c.signature,
            operations.c.sealed,
        ).where(
            *mine(self.laptop),
            operations.c.incarnation == incarnation,
            operations.c.sequence == sequence,
            operations.c.outcome == Outcome.HELD.value,
        )
        rows = self.c.execute(query.order_by(operations.c.received_at))
        return [HeldOperation(*row) for row in rows]

    def _settle(self, row: HeldOperation) -> None:
        parcel = self.bench.reopen(row)
        header = parcel.header
        seated = self.head(header.incarnation).precedes(parcel)
        ruling = self.bench.rule(parcel) if seated else FORK
        self.c.execute(
            update(operations)
            .where(*mine(self.laptop), operations.c.header_sha256 == parcel.sha256)
            .values(
                in_chain=seated,
                counts=ruling.counts,
                outcome=ruling.outcome.value,
                reason=ruling.reason,
            )
        )
        if seated:
            self.heads[header.incarnation] = _Head(header.sequence, parcel.sha256)


def _kept(c: Connection, laptop: Laptop, names: Sequence[str]) -> dict[str, Verdict]:
    """The word on those of these operations that are here."""
    columns = (
        operations.c.header_sha256,
        operations.c.id,
        operations.c.outcome,
        operations.c.reason,
        operations.c.received_at,
    )
    named = operations.c.header_sha256.in_(names)
    return {
        row.header_sha256: Verdict(
            id=row.id,
            outcome=Outcome(row.outcome),
            reason=row.reason,
            received_at=row.received_at,
        )
        for row in c.execute(select(*columns).where(*mine(laptop), named))
    }
