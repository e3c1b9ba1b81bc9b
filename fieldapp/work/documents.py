"""The two documents of a visit as values: the customer's and the file's.

In comes a visit's id; out come a `Report` with its pictures, or a `FileReport`. Rule: a
document that leaves the laptop is noted in the audit trail, with the purpose of its visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.file_report import Entry, File, FileReport, Signer
from fieldapp.domain.privacy import purpose_of
from fieldapp.domain.progress import fold
from fieldapp.domain.report import Report, report_of
from fieldapp.store import attachments, audit, device, outbox
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import find_visit, stored_visit

CUSTOMER, FILE = "customer", "file"
EXPORTS = {CUSTOMER: "export_customer_document", FILE: "export_file_document"}
"""The audit trail's word for each document that left the laptop."""


@dataclass(frozen=True, slots=True)
class CustomerPaper:
    """What the customer is told, with the pictures by SHA-256 as far as they are kept here."""

    report: Report
    pictures: Mapping[str, bytes]


class DocumentWork:
    """The work room of documents."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Make documents of the visits of `db`."""
        self._db = db
        self._clock = clock

    async def named(self, name: str) -> str:
        """The id of the visit with this id or number.

        Raises:
            NoSuchVisit: neither is on this laptop.
        """
        return (await self._db.read(lambda c: find_visit(c, name))).visit.id

    async def customer(self, visit_id: str, *closing: f.AnyFact) -> CustomerPaper:
        """What the customer is told; `closing` are facts that are about to be kept.

        Raises:
            NoSuchVisit: not on this laptop.
        """
        return await self._db.read(lambda c: _customer(c, visit_id, closing))

    async def file(self, visit_id: str) -> FileReport:
        """Everything.

        Raises:
            NoSuchVisit: not on this laptop.
        """
        return await self._db.read(lambda c: _file(c, visit_id))

    async def note_export(self, visit_id: str, document: str) -> None:
        """Note in the trail that `customer` or `file` leaves the laptop, before it does.

        Raises:
            NoSuchVisit: not on this laptop.
        """

        def change(c: Transaction) -> None:
            visit = stored_visit(c, visit_id).visit
            entry = audit.Entry(
                at=self._clock.now(),
                purpose=purpose_of(visit.kind),
                visit=visit.id,
                action=EXPORTS[document],
                outcome="done",
            )
            audit.append(c, entry)

        await self._db.write(change, touched=frozenset({"audit"}))


def _customer(c: Transaction, visit_id: str, closing: tuple[f.AnyFact, ...]) -> CustomerPaper:
    stored = stored_visit(c, visit_id)
    progress = stored.progress
    for fact in closing:
        progress = fold(progress, fact)
    report = report_of(stored.visit, progress)
    shown = (*report.photos, *((report.signature,) if report.signature else ()))
    pictures: dict[str, bytes] = {}
    for photo in shown:
        with suppress(KeyError):  # a visit of another laptop, or a photo that left already
            pictures[photo.sha256] = attachments.open_plain(c, visit_id, photo.sha256)
    return CustomerPaper(report, pictures)


def _file(c: Transaction, visit_id: str) -> FileReport:
    stored, owner = stored_visit(c, visit_id), device.device(c)
    deliveries = [item.state for item in outbox.items(c, visit_id)]
    entries = zip(stored.progress.facts, deliveries, strict=True)
    return FileReport(
        visit=stored.visit,
        progress=stored.progress,
        signer=(
            Signer(owner.technician, owner.technician_name, owner.laptop)
            if owner
            else Signer("", "", "")
        ),
        entries=tuple(Entry(fact, state) for fact, state in entries),
        files=tuple(
            File(x.slot, x.sha256, x.size, x.media_type, x.delivered_at is not None)
            for x in attachments.of_visit(c, visit_id)
        ),
    )
