"""The ledger: takes operations in, in the order of their chain, each exactly once.

In come a laptop and its signed operations; out comes one verdict each, kept in the same
transaction as the effect, so that a repeat gets the same word. The chain per (laptop,
incarnation) follows what was received, not what was applied: an unknown predecessor is `held`
until the gap is filled, a fork is `quarantined`. Rule: one operation never blocks another; only
the seat in the chain decides the order; all of a batch is read together before and written
together at the end (`ledger_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from fieldapp.domain.operation import SignedOperation
from sync.server import ledger_rows
from sync.server.chain import Chain, Link, Place
from sync.server.contact import note_contact
from sync.server.examination import Parcel, examine
from sync.server.judging import Bench, HeldOperation, Ruling
from sync.server.laptops import Laptop, locked
from sync.server.ledger_rows import Known, Rows
from sync.server.office import Office
from sync.server.vault import seal
from sync.wire import Outcome, Verdict


def push(
    office: Office,
    laptop: Laptop,
    signed: Sequence[SignedOperation],
    beside: Callable[[Connection], None] = lambda _c: None,
) -> tuple[Verdict, ...]:
    """Take the operations in and say what became of each, in the order they were sent.

    `beside` writes what else the laptop told, in the same transaction.
    """
    examined = [examine(laptop, one) for one in signed]
    parcels = [one for one in examined if isinstance(one, Parcel)]
    if parcels:
        office.partitions.keep_ahead(office.database, office.clock.now())
        with office.database.writing() as c:
            held = locked(c, laptop.region, laptop.id)
            note_contact(c, held, office.clock.now())
            beside(c)
            book = _Book.open(office, c, held, parcels)
            for parcel in parcels:
                book.enter(parcel)
            kept = book.close()
    return tuple(one if isinstance(one, Verdict) else _word(one, kept) for one in examined)


def _word(parcel: Parcel, kept: dict[str, Verdict]) -> Verdict:
    """A refused copy is rejected, whatever became of a good one with the same header."""
    if parcel.refusal:
        return Verdict(id=parcel.header.id, outcome=Outcome.REJECTED, reason=parcel.refusal)
    return kept[parcel.sha256]


@dataclass(slots=True)
class _Book:
    """One laptop's page of the ledger, open in one transaction.

    Attributes:
        known: the operations of this batch that are here, and all that wait for a seat.
    """

    c: Connection
    laptop: Laptop
    bench: Bench
    rows: Rows
    known: dict[str, Known]
    chains: dict[int, Chain] = field(default_factory=dict)

    @classmethod
    def open(
        cls, office: Office, c: Connection, laptop: Laptop, parcels: Sequence[Parcel]
    ) -> _Book:
        """Open the page; holds the visits of these operations and of those that wait."""
        waiting = ledger_rows.waiting(c, laptop)
        ids = {p.header.id for p in parcels} | {k.id for k in waiting}
        days = {p.made_on for p in parcels} | {k.made_on for k in waiting}
        here = ledger_rows.named(c, laptop, ids, days)
        bench = Bench(office, c, laptop)
        bench.remember(ids, here)
        concerned = {p.header.visit for p in parcels} | {k.visit for k in waiting}
        bench.lock(concerned)
        names = {p.sha256 for p in parcels}
        known = {k.sha256: k for k in here if k.sha256 in names}
        known |= {k.sha256: k for k in waiting}
        return cls(c, laptop, bench, Rows(laptop, known.values()), known)

    def close(self) -> dict[str, Verdict]:
        """Write everything down; answers the word on each operation that is known here."""
        self.bench.close()
        ends = {n: (c.sequence, c.sha256) for n, c in self.chains.items()}
        self.rows.write(self.c, ends)
        return {
            sha256: Verdict(
                id=k.id, outcome=k.outcome, reason=k.reason, received_at=k.received_at
            )
            for sha256, k in self.known.items()
        }

    def chain(self, incarnation: int) -> Chain:
        """The chain of an incarnation as it is now."""
        if incarnation not in self.chains:
            waiting = [
                k.link for k in self.known.values() if k.incarnation == incarnation and k.waits
            ]
            end = ledger_rows.end(self.c, self.laptop, incarnation)
            self.chains[incarnation] = Chain(*end, waiting)
        return self.chains[incarnation]

    def enter(self, parcel: Parcel) -> None:
        """Keep an operation unless it is here, and settle what follows from it."""
        known = self.known.get(parcel.sha256)
        if known is None:
            self._enter_new(parcel)
        elif known.outcome is Outcome.REJECTED and not parcel.refusal:
            self._enter_mended(parcel, known)

    def _enter_new(self, parcel: Parcel) -> None:
        chain = self.chain(parcel.header.incarnation)
        place = chain.place(parcel.link)
        self._insert(parcel, self._ruling(parcel, place), place)
        for link, settled in chain.settle():
            self._settle(link, settled)

    def _enter_mended(self, parcel: Parcel, known: Known) -> None:
        """A good copy of an operation that first came in damaged."""
        if known.seated:
            self._delete(known)
            self._insert(parcel, self.bench.rule(parcel), Place.SEATED)
            return
        for trusted in (True, False):
            link = Link(parcel.header.sequence, parcel.sha256, parcel.header.previous, trusted)
            self.chain(parcel.header.incarnation).forget(link)
        self._delete(known)
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
        known = self.known[link.sha256]
        counts = False
        if known.outcome is Outcome.HELD:
            ruling = self._ruling(self.bench.reopen(self._held(known)), place)
            known.outcome, known.reason, counts = ruling.outcome, ruling.reason, ruling.counts
        known.seated = place is Place.SEATED
        known.waits = False
        self.bench.note(known, counts=counts)
        self.rows.change(
            known,
            {
                "in_chain": known.seated,
                "counts": counts,
                "outcome": known.outcome.value,
                "reason": known.reason,
            },
        )

    def _held(self, known: Known) -> HeldOperation:
        return HeldOperation(*self.rows.held(self.c, known))

    def _delete(self, known: Known) -> None:
        del self.known[known.sha256]
        self.rows.delete(self.c, known)

    def _insert(self, parcel: Parcel, ruling: Ruling, place: Place) -> None:
        """Write the operation down with what became of it; a refused one without payload."""
        header, holder = parcel.header, self.bench.holder_for(parcel.header.visit)
        payload = b"" if parcel.refusal else parcel.signed.payload
        known = Known(
            id=header.id,
            sha256=parcel.sha256,
            made_on=parcel.made_on,
            incarnation=header.incarnation,
            sequence=header.sequence,
            previous=header.previous,
            visit=header.visit,
            payload_sha256=header.payload_sha256,
            outcome=ruling.outcome,
            reason=ruling.reason,
            received_at=self.bench.now,
            seated=place is Place.SEATED,
            waits=place is Place.WAITS,
        )
        self.known[parcel.sha256] = known
        self.bench.note(known, counts=ruling.counts)
        self.rows.add(
            known,
            {
                "kind": header.kind,
                "header": parcel.signed.header,
                "signature": parcel.signed.signature,
                "holder": holder.id,
                "sealed": seal(holder.key, payload, f"operation:{parcel.sha256}"),
                "counts": ruling.counts,
                "device_time": header.device_time,
                "trusted_time": header.trusted_time,
                "offset_s": header.offset_s,
            },
        )
