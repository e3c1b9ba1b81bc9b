"""What a technician does in a visit: facts checked by the rules and kept, all or none.

In come facts and photos; out comes how far the visit is. Each call is one transaction of the
store: the rules, the signed operations and the files go in together, so that a kill at any
moment leaves the visit at a step that it can go on from. Rule: a broken rule stores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.designation import lacking
from fieldapp.domain.flow import Need
from fieldapp.domain.privacy import purpose_of
from fieldapp.domain.progress import Progress
from fieldapp.domain.report import REPORT
from fieldapp.domain.rules import advance
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.steps import activities_of
from fieldapp.domain.van import doubt
from fieldapp.domain.work_order import Visit
from fieldapp.errors import NotDesignated
from fieldapp.store import attachments, audit, drafts, orders, outbox, permit, van
from fieldapp.store.database import Database
from fieldapp.store.device import trusted_time
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.refusals import NoSuchVisit

TOUCHED = frozenset({"visits", "outbox"})
LOOK = "look"
"""The audit trail's word for showing a customer's data on a screen."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo, signature or capture on its way in: plain bytes and what they are."""

    data: bytes
    media_type: str = "image/jpeg"


@dataclass(frozen=True, slots=True)
class NotDone:
    """Why a visit ends without its work; some reasons ask for a photo."""

    reason: NotDoneReason
    text: str = ""
    photo: Picture | None = None
    follow_up: bool = True


@dataclass(frozen=True, slots=True)
class WayOut:
    """The alternative taken for a requirement of a step, and why."""

    requirement: str
    way_out: str
    reason: str
    photo: Picture | None = None


class VisitWork:
    """The work room of visits."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Work on the visits of `db`."""
        self._db = db
        self._clock = clock

    async def record(self, visit_id: str, *facts: f.AnyFact) -> Progress:
        """Check the facts in order and keep them, signed, in one transaction.

        Raises:
            NoSuchVisit: not on this laptop.
            RuleError: one of them breaks a rule; none is kept.
            StoreError: none is kept.
        """

        def change(c: Transaction) -> Progress:
            return keep(c, visit_id, facts, self._clock)

        return await self._db.write(change, touched=TOUCHED)

    async def add_photo(self, visit_id: str, step: str, slot: str, picture: Picture) -> str:
        """Keep a file and its fact; answers the file's SHA-256. Errors as `record`.

        The sealed file is on the disk before the transaction that names it commits; a kill in
        between leaves a file that nobody names, which the store sweeps.
        """

        def change(c: Transaction) -> str:
            evidence = attach(c, visit_id, slot, picture)
            fact = evidence_of(self._clock.now(), step, slot, evidence)
            keep(c, visit_id, (fact,), self._clock)
            return evidence.sha256

        return await self._db.write(change, touched=TOUCHED | {"files"})

    async def start(self, visit_id: str, answers: Mapping[str, str], by: str) -> Progress:
        """Answer the last-minute risk analysis and begin, or begin again after a pause.

        The answers are kept even where they forbid the start. Errors as `record`.
        """
        now = self._clock.now()
        stored = await self.stored(visit_id)
        lmra = f.LmraAnswered(
            at=now, version=stored.visit.lmra.version, answers=dict(answers), by=by
        )
        await self.record(visit_id, lmra)
        return await self.record(visit_id, f.VisitStarted(at=now))

    async def not_done(self, visit_id: str, ending: NotDone) -> Progress:
        """End the visit without its work; the photo is kept with it. Errors as `record`."""

        def change(c: Transaction) -> Progress:
            sha256 = _shot(c, visit_id, f"not_done_{ending.reason}", ending.photo)
            fact = f.VisitNotDone(
                at=self._clock.now(),
                reason=ending.reason,
                text=ending.text,
                photo=sha256,
                follow_up=ending.follow_up,
            )
            return keep(c, visit_id, (fact,), self._clock)

        return await self._db.write(change, touched=TOUCHED | {"files"})

    async def close(
        self, visit_id: str, closing: f.VisitClosed, report: Picture | None = None
    ) -> Progress:
        """End the visit; the customer's document is kept with it. Errors as `record`."""

        def change(c: Transaction) -> Progress:
            if report is None:
                return keep(c, visit_id, (closing,), self._clock)
            made = evidence_of(closing.at, "", REPORT, attach(c, visit_id, REPORT, report))
            return keep(c, visit_id, (made, closing), self._clock)

        return await self._db.write(change, touched=TOUCHED | {"files"})

    async def waive(self, visit_id: str, step: str, way_out: WayOut) -> Progress:
        """Take a requirement's way out, with its reason. Errors as `record`."""

        def change(c: Transaction) -> Progress:
            about = way_out.requirement.partition(":")[2] or way_out.requirement
            sha256 = _shot(c, visit_id, f"waived_{about}", way_out.photo)
            fact = f.WaivedRequirement(
                at=self._clock.now(),
                step=step,
                requirement=way_out.requirement,
                way_out=way_out.way_out,
                reason=way_out.reason,
                photo=sha256,
            )
            return keep(c, visit_id, (fact,), self._clock)

        return await self._db.write(change, touched=TOUCHED | {"files"})

    async def sign(self, visit_id: str, step: str, signature: Picture) -> str:
        """Keep the customer's signature; answers and errors as `add_photo`."""
        return await self.add_photo(visit_id, step, str(Need.SIGNATURE), signature)

    async def stored(self, visit_id: str) -> StoredVisit:
        """The visit and how far it is.

        Raises:
            NoSuchVisit: not on this laptop.
        """
        return await self._db.read(lambda c: stored_visit(c, visit_id))

    async def look(self, visit_id: str) -> StoredVisit:
        """As `stored`, for showing it to a person, which the audit trail notes."""

        def change(c: Transaction) -> StoredVisit:
            stored = stored_visit(c, visit_id)
            self._note_look(c, stored)
            return stored

        return await self._db.write(change, touched=frozenset({"audit"}))

    async def look_at_day(self, on: date) -> tuple[StoredVisit, ...]:
        """The visits of a local date, for showing them to a person; each is noted."""

        def change(c: Transaction) -> tuple[StoredVisit, ...]:
            visits = orders.day(c, on)
            for stored in visits:
                self._note_look(c, stored)
            return visits

        return await self._db.write(change, touched=frozenset({"audit"}))

    def _note_look(self, c: Transaction, stored: StoredVisit) -> None:
        entry = audit.Entry(
            at=self._clock.now(),
            purpose=purpose_of(stored.visit.kind),
            visit=stored.visit.id,
            action=LOOK,
            outcome="done",
        )
        audit.append(c, entry)


def attach(
    c: Transaction, visit_id: str, slot: str, picture: Picture
) -> attachments.Attachment:
    """Within a transaction: keep a file of a visit, whole on the disk before it commits."""
    drafts.photo_was_kept(c, visit_id, picture.data)
    return attachments.add(
        c, picture.data, visit=visit_id, slot=slot, media_type=picture.media_type
    )


def evidence_of(
    at: datetime, step: str, slot: str, file: attachments.Attachment
) -> f.EvidenceAdded:
    """The fact that names a kept file; `slot` may be another than the file had first."""
    return f.EvidenceAdded(
        at=at,
        step=step,
        slot=slot,
        sha256=file.sha256,
        size=file.size,
        media_type=file.media_type,
    )


def _shot(c: Transaction, visit_id: str, slot: str, picture: Picture | None) -> str:
    return "" if picture is None else attach(c, visit_id, slot, picture).sha256


def stored_visit(c: Transaction, visit_id: str) -> StoredVisit:
    """The visit with this id.

    Raises:
        NoSuchVisit: not on this laptop.
    """
    stored = orders.visit(c, visit_id)
    if stored is None:
        raise NoSuchVisit(visit_id)
    return stored


def find_visit(c: Transaction, name: str) -> StoredVisit:
    """The visit with this id, or with this number.

    Raises:
        NoSuchVisit: neither is on this laptop.
    """
    held = (orders.visit(c, visit_id) for visit_id in (name, *orders.versions(c)))
    for stored in held:
        if stored is not None and name in {stored.visit.id, stored.visit.number}:
            return stored
    raise NoSuchVisit(name)


def keep(c: Transaction, visit_id: str, facts: tuple[f.AnyFact, ...], clock: Clock) -> Progress:
    """Within a transaction: check the facts in order and append them to the outbox.

    Raises:
        NoSuchVisit: not on this laptop.
        RuleError: one of them breaks a rule; the caller's transaction ends with it.
    """
    stored = stored_visit(c, visit_id)
    progress, kept = stored.progress, []
    for fact in facts:
        one = from_van(c, stored.visit, progress, fact)
        if isinstance(one, f.VisitStarted):
            check_designated(c, stored.visit, progress, clock)
        progress = advance(stored.visit, progress, one)
        kept.append(one)
    for fact in kept:
        outbox.append(c, stored.visit, fact, clock)
    return progress


def from_van(c: Transaction, visit: Visit, progress: Progress, fact: f.AnyFact) -> f.AnyFact:
    """Within a transaction: the fact with what the van knows of a meter that was placed.

    Raises:
        StockDoubt: something speaks against that meter, and no reason was given.
    """
    if not isinstance(fact, f.MeterPlaced):
        return fact
    known = van.known_of(c, visit, progress, fact.number)
    doubted = doubt(visit, progress, fact, known)
    if doubted is not None and not fact.despite:
        raise doubted
    return msgspec.structs.replace(fact, taken=known.stock)


def check_designated(c: Transaction, visit: Visit, progress: Progress, clock: Clock) -> None:
    """Within a transaction: whether this laptop's technician may work the visit today.

    Raises:
        NotDesignated: for one of its activities he may not.
    """
    today = orders.local_day(trusted_time(c, clock) or clock.now())
    found = lacking(permit.permit(c), activities_of(visit, progress), today)
    if found is not None:
        told = " ".join(t for t in (found.supervisor, found.supervisor_phone) if t)
        asked = found.asked
        raise NotDesignated(asked.activity, asked.scheme, asked.level, told)
