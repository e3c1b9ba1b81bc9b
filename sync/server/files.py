"""Photos, signatures and captures: which file is expected, how much is there, does it count.

In come a laptop's announcement of a file and its octets; out come sizes. A file counts when all
of it was read back from the store and has the SHA-256 it was announced with. Rule: the offset
is what lies in the store, never what a table says; content is sealed under the visit's holder.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from sync.server import audit, holders
from sync.server.laptops import Laptop, locked, note_file
from sync.server.objects import NoSuchObject, StoreBusy
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.sealed_file import SealedFile
from sync.server.tables import files
from sync.server.vault import Unreadable

LARGEST = 64 * 1024 * 1024
"""Octets in one file."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a laptop says of a file before it sends it.

    Attributes:
        original: SHA-256 of the file of which this is the thumbnail, or None.
    """

    sha256: str
    visit: str
    slot: str
    media_type: str
    length: int
    original: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way, or there."""

    region: str
    id: str
    laptop: str
    holder: str
    sha256: str
    length: int
    complete: bool


def announce(office: Office, laptop: Laptop, said: Announcement) -> Upload:
    """The place for a file; the same one for the same content of the same visit.

    One that was begun for a holder who was erased since starts anew under the laptop's own key:
    what happened on site is always taken.

    Raises:
        ProblemError: 422 where the content is known with another length.
    """
    mine = (
        files.c.region == laptop.region,
        files.c.laptop == laptop.id,
        files.c.visit == said.visit,
        files.c.sha256 == said.sha256,
    )
    with office.database.reading() as c:
        known = _find(c, *mine)
    if known is None:
        with office.database.writing() as c:
            locked(c, laptop.region, laptop.id)  # one announcement of a laptop at a time
            known = _find(c, *mine) or _add(office, c, laptop, said)
    if known.length != said.length:
        raise ProblemError(422, "length-differs")
    return known if known.complete else _readable(office, laptop, known, said.visit)


def _readable(office: Office, laptop: Laptop, known: Upload, visit: str) -> Upload:
    """The same file, under a key that still exists."""
    with office.database.reading() as c:
        try:
            holders.key(office, c, known.region, known.holder)
        except holders.Erased:
            pass
        else:
            return known
    SealedFile(office.objects, b"", known.id).drop_pieces()  # nobody can read them any more
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        holder = holders.sealing(office, c, holders.Owner(held.region, held.id), visit)
        c.execute(update(files).where(*_this(known)).values(holder=holder.id))
    return replace(known, holder=holder.id)


def find(office: Office, laptop: Laptop, file: str) -> Upload:
    """A laptop's own file; raises 404 for every other."""
    with office.database.reading() as c:
        found = _find(
            c,
            files.c.region == laptop.region,
            files.c.id == file,
            files.c.laptop == laptop.id,
        )
    if found is None:
        raise ProblemError(404, "file-unknown")
    return found


def uploads() -> Select[str, str, str, str, str, int, bool]:
    """The columns of an `Upload`, in its order."""
    return select(
        files.c.region,
        files.c.id,
        files.c.laptop,
        files.c.holder,
        files.c.sha256,
        files.c.length,
        files.c.complete_at.is_not(None),
    )


def _find(c: Connection, *which: ColumnElement[bool]) -> Upload | None:
    row = c.execute(uploads().where(*which)).one_or_none()
    return None if row is None else Upload(*row)


def _add(office: Office, c: Connection, laptop: Laptop, said: Announcement) -> Upload:
    owner = holders.Owner(laptop.region, laptop.id)
    holder = holders.sealing(office, c, owner, said.visit)
    made = Upload(
        region=laptop.region,
        id=office.clock.new_id(),
        laptop=laptop.id,
        holder=holder.id,
        sha256=said.sha256,
        length=said.length,
        complete=False,
    )
    c.execute(
        insert(files).values(
            region=made.region,
            id=made.id,
            laptop=made.laptop,
            visit=said.visit,
            holder=made.holder,
            slot=said.slot,
            media_type=said.media_type,
            sha256=made.sha256,
            length=made.length,
            original=said.original,
            started_at=office.clock.now(),
        )
    )
    return made


def content(office: Office, upload: Upload) -> SealedFile:
    """The file in the store.

    Raises:
        holders.Erased: nobody can read or write it any more.
    """
    with office.database.reading() as c:
        key = holders.key(office, c, upload.region, upload.holder)
    return SealedFile(office.objects, key, upload.id)


def offset(office: Office, upload: Upload) -> int:
    """How many octets are there; a file that is all there is settled on the way.

    Raises:
        holders.Erased: its key is gone.
        StoreBusy: the store can't say just now.
    """
    if upload.complete:
        return upload.length
    stored = content(office, upload)
    size = stored.size()
    if size < upload.length:
        # its pieces go once it counts, which another process may just have found
        return upload.length if _counts(office, upload) else size
    return upload.length if settle(office, upload, stored) else 0


def settle(office: Office, upload: Upload, stored: SealedFile) -> bool:
    """Make one object of the pieces and read it back: it counts, or the file starts over.

    Two may do this at once: the pieces are the same for both, so is what they make of them, and
    nobody lets a piece go before the file counts or is found to be another.
    """
    try:
        joined = stored.join(upload.sha256)
    except NoSuchObject as e:
        if not _counts(office, upload):
            raise StoreBusy("a piece is gone") from e
        return True
    if not joined:
        if _counts(office, upload):
            return True  # somebody else was first, and let the pieces go
        stored.drop_pieces()
        return False
    if not _is_as_announced(upload, stored):
        raise StoreBusy("it gives other octets back than it took")
    _note_complete(office, upload)
    with suppress(StoreBusy):  # they are let go as leftovers
        stored.drop_pieces()
    return True


def _counts(office: Office, upload: Upload) -> bool:
    with office.database.reading() as c:
        now = _find(c, *_this(upload))
    return now is not None and now.complete


def _note_complete(office: Office, upload: Upload) -> None:
    now = office.clock.now()
    done = (
        update(files)
        .where(*_this(upload), files.c.complete_at.is_(None))
        .values(complete_at=now)
        .returning(files.c.original)
    )
    with office.database.writing() as c:
        row = c.execute(done).one_or_none()
        if row is None:
            return
        if row.original is None:  # laptops don't count thumbnails
            note_file(c, upload.region, upload.laptop)
        audit.append(c, now, f"laptop:{upload.laptop}", audit.Entry("file_received", upload.id))


def _this(upload: Upload) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return files.c.region == upload.region, files.c.id == upload.id


def _is_as_announced(upload: Upload, stored: SealedFile) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in stored.read():
            digest.update(piece)
            size += len(piece)
    except (Unreadable, NoSuchObject):
        return False
    return size == upload.length and digest.hexdigest() == upload.sha256
