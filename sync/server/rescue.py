"""Takes a laptop's rescue file in, as if the laptop had synced: each thing exactly once.

In come an open file and the office; out comes what became of each operation and file, and what
is missing. Operations go through the same ledger, so what came by sync before is a repeat here
and what comes by sync later is a repeat there; files go through the same verification. Rule:
the whole file is read and proven before the first thing is taken, every step is a transaction
of its own, and a run that was killed is simply done again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import select

from fieldapp.domain import rescue
from fieldapp.domain.facts import EvidenceAdded
from fieldapp.domain.operation import SignedOperation, sha256_hex
from sync.server import audit, files, holders
from sync.server.examination import Parcel, examine
from sync.server.files import LARGEST, Announcement, Upload
from sync.server.laptops import Laptop, find
from sync.server.ledger import push
from sync.server.office import Office
from sync.server.rescue_file import Found, RescueFault, RescueFile
from sync.server.sealed_file import RECORD, SealedFile
from sync.server.tables import files as file_rows
from sync.server.tables import operations
from sync.wire import MAX_OPERATIONS, Outcome, Verdict

Tell = Callable[[int, int], None]
"""How far it is: octets of contents, of how many."""

_NEW = "new"
_UNSIGNED = "unsigned"
_BAD_SIZE = "bad_size"
_ERASED = "erased"
_KNOWN = "known"
_BAD = "hash_differs"
_TAKEN = "taken"


@dataclass(slots=True)
class Outcomes:
    """What became of everything.

    Attributes:
        repeats: operations that the office had already; they are counted in `verdicts` too.
        verdicts: by outcome; in a dry run `new` stands for what would be taken.
        files: by what became of them: `taken`, `known`, `new` in a dry run, `unsigned`,
            `bad_size`, `hash_differs`, `erased`.
        missing_files: SHA-256 of files that facts in here name and the office does not have.
    """

    found: Found
    laptop: str
    technician: str
    withdrawn: bool
    signed: bool
    dry_run: bool
    repeats: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    missing_files: tuple[str, ...] = ()


def import_rescue(
    office: Office, file: RescueFile, *, dry_run: bool, unsigned: bool, tell: Tell | None = None
) -> Outcomes:
    """Take the file in; `dry_run` says what would come of it and changes nothing.

    With `unsigned` its files (photos) are taken also where the laptop could not sign the whole;
    operations need no such word, because each carries its own signature.

    Raises:
        RescueFault: it is not whole, not of a laptop of this office, or somebody else's;
            nothing was changed.
    """
    found = file.look()
    laptop = _laptop(office, found)
    signed = found.is_signed_by(laptop.public_key)
    if found.signed and not signed:
        raise RescueFault("bad_signature")
    done = Outcomes(
        found=found,
        laptop=laptop.id,
        technician=laptop.technician,
        withdrawn=laptop.withdrawn,
        signed=signed,
        dry_run=dry_run,
    )
    run = _Run(office, laptop, done, tell or (lambda _done, _total: None))
    if not dry_run:
        run.note("rescue_begun", found.digest.hex()[:16])
    run.take(file.records(), with_files=signed or unsigned)
    done.missing_files = run.missing()
    if not dry_run:
        run.note("rescue_imported", found.digest.hex()[:16])
    return done


def _laptop(office: Office, found: Found) -> Laptop:
    told = found.manifest
    if told.office not in {"", office.vault.office}:
        raise RescueFault("other_office", told.office)
    with office.database.reading() as c:
        laptop = find(c, told.laptop[:64].replace("\0", ""))
    if laptop is None:
        raise RescueFault("unknown_laptop", told.laptop[:64])
    return laptop


class _Run:
    """One import under way."""

    def __init__(self, office: Office, laptop: Laptop, done: Outcomes, tell: Tell) -> None:
        self._office = office
        self._laptop = laptop
        self._done = done
        self._tell = tell
        self._named: set[tuple[str, str]] = set()
        self._octets = 0

    def note(self, action: str, which: str) -> None:
        """An entry in the laptop's trail."""
        with self._office.database.writing() as c:
            entry = audit.Entry(action, which, "signed" if self._done.signed else "unsigned")
            audit.append(c, self._office.clock.now(), f"laptop:{self._laptop.id}", entry)

    def take(self, records: Iterator[rescue.Record], *, with_files: bool) -> None:
        """Everything, in the order of the file: operations first."""
        batch: list[SignedOperation] = []
        receiver: _Receiver | None = None
        for record in records:
            if isinstance(record, rescue.Operation):
                batch.append(SignedOperation(record.header, record.signature, record.payload))
                if len(batch) == MAX_OPERATIONS:
                    self._operations(batch)
                    batch = []
                continue
            self._operations(batch)
            batch = []
            match record:
                case rescue.File():
                    receiver = self._receiver(record, with_files=with_files)
                case rescue.Content():
                    self._octets += len(record.octets)
                    self._tell(self._octets, self._done.found.octets)
                    if receiver is not None:
                        receiver.add(record.octets)
                case _:
                    continue
            if receiver is not None and receiver.is_whole:
                self._done.files[receiver.settle()] += 1
                receiver = None

    def _operations(self, batch: list[SignedOperation]) -> None:
        if not batch:
            return
        examined = [examine(self._laptop, one) for one in batch]
        parcels = [one for one in examined if isinstance(one, Parcel)]
        for parcel in parcels:
            if isinstance(parcel.fact, EvidenceAdded):
                self._named.add((parcel.header.visit, parcel.fact.sha256))
        known = self._known({parcel.sha256 for parcel in parcels})
        self._done.repeats += len(known)
        if self._done.dry_run:
            verdicts: list[Verdict | None] = [
                one if isinstance(one, Verdict) else _foreseen(one, known) for one in examined
            ]
        else:
            verdicts = list(push(self._office, self._laptop, batch))
        for verdict in verdicts:
            self._done.verdicts[verdict.outcome.value if verdict else _NEW] += 1
            if verdict is not None and verdict.reason:
                self._done.reasons[verdict.reason] += 1

    def _known(self, names: set[str]) -> dict[str, Verdict]:
        """Those that the office holds already, and its word on each."""
        columns = (
            operations.c.header_sha256,
            operations.c.id,
            operations.c.outcome,
            operations.c.reason,
        )
        query = select(*columns).where(
            operations.c.region == self._laptop.region,
            operations.c.laptop == self._laptop.id,
            operations.c.header_sha256.in_(sorted(names)),
        )
        with self._office.database.reading() as c:
            return {
                row.header_sha256: Verdict(
                    id=row.id, outcome=Outcome(row.outcome), reason=row.reason
                )
                for row in c.execute(query)
            }

    def _receiver(self, record: rescue.File, *, with_files: bool) -> _Receiver | None:
        refusal = self._refusal(record, with_files=with_files)
        if refusal:
            self._done.files[refusal] += 1
            return None
        if self._done.dry_run:
            known = self._complete({(record.visit, record.sha256)})
            self._done.files[_KNOWN if known else _NEW] += 1
            return None
        said = Announcement(
            record.sha256, record.visit, record.slot, record.media_type, record.size
        )
        upload = files.announce(self._office, self._laptop, said)
        if upload.complete:
            self._done.files[_KNOWN] += 1
            return None
        try:
            return _Receiver(self._office, upload)
        except holders.Erased:
            self._done.files[_ERASED] += 1
            return None

    @staticmethod
    def _refusal(record: rescue.File, *, with_files: bool) -> str:
        if not with_files:
            return _UNSIGNED
        return "" if 0 < record.size <= LARGEST else _BAD_SIZE

    def missing(self) -> tuple[str, ...]:
        """Files that the facts in here name and that are not in the office."""
        there = self._complete(self._named)
        return tuple(sorted(sha256 for visit, sha256 in self._named - there))

    def _complete(self, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
        query = select(file_rows.c.visit, file_rows.c.sha256).where(
            file_rows.c.region == self._laptop.region,
            file_rows.c.laptop == self._laptop.id,
            file_rows.c.complete_at.is_not(None),
            file_rows.c.visit.in_(sorted({visit for visit, _ in wanted})),
        )
        with self._office.database.reading() as c:
            return wanted & {(row.visit, row.sha256) for row in c.execute(query)}


def _foreseen(parcel: Parcel, known: dict[str, Verdict]) -> Verdict | None:
    """The word on one that is here or will be refused; None: it would be taken."""
    if parcel.refusal:
        return Verdict(id=parcel.header.id, outcome=Outcome.REJECTED, reason=parcel.refusal)
    return known.get(sha256_hex(parcel.signed.header))


class _Receiver:
    """Brings one file to its end from where the office's copy ends."""

    def __init__(self, office: Office, upload: Upload) -> None:
        self._office = office
        self._upload = upload
        self._stored: SealedFile = files.content(office, upload)
        self._there = self._kept = files.offset(office, upload)
        self._came = 0
        self._buffer = bytearray()

    @property
    def is_whole(self) -> bool:
        """Whether all of the file came by."""
        return self._came == self._upload.length

    def add(self, octets: bytes) -> None:
        """The next octets; those that are there are passed over."""
        new = octets[max(0, self._there - self._came) :]
        self._came += len(octets)
        self._buffer += new
        if len(self._buffer) >= RECORD or self.is_whole:
            self._stored.add(self._kept, bytes(self._buffer))
            self._kept += len(self._buffer)
            self._buffer.clear()

    def settle(self) -> str:
        """Read it back: what became of it."""
        if self._there == self._upload.length:
            return _KNOWN
        return _TAKEN if files.settle(self._office, self._upload, self._stored) else _BAD
