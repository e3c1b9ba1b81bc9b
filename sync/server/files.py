"""Photos, signatures and captures: which file is expected, how much is there, does it count.

In come a laptop's announcement of a file and its octets; out come sizes. A file counts when all
of it was read back from the disk and has the SHA-256 it was announced with. Rule: the offset is
what lies on the disk, never what a table says; content is sealed under the visit's holder.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from sync.server import audit, holders
from sync.server.laptops import Laptop, locked, note_file
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.sealed_file import SealedFile
from sync.server.tables import files
from sync.server.vault import Unreadable

LARGEST = 64 * 1024 * 1024
"""Octets in one file."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a laptop says of a file before it sends it."""

    sha256: str
    visit: str
    slot: str
    media_type: str
    length: int


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
    return known


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


def _find(c: Connection, *which: ColumnElement[bool]) -> Upload | None:
    query: Select[str, str, str, str, str, int, bool] = select(
        files.c.region,
        files.c.id,
        files.c.laptop,
        files.c.holder,
        files.c.sha256,
        files.c.length,
        files.c.complete_at.is_not(None),
    ).where(*which)
    row = c.execute(query).one_or_none()
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
            started_at=office.clock.now(),
        )
    )
    return made


def content(office: Office, upload: Upload) -> SealedFile:
    """The file on the disk.

    Raises:
        holders.Erased: nobody can read or write it any more.
    """
    with office.database.reading() as c:
        key = holders.key(office, c, upload.region, upload.holder)
    return SealedFile(path_of(office, upload.id), key, upload.id)


def path_of(office: Office, file: str) -> Path:
    """Where a file lies; its name says nothing."""
    return office.settings.files / file[-2:] / file


def offset(office: Office, upload: Upload) -> int:
    """How many octets are there; a file that is all there is settled on the way.

    Raises:
        holders.Erased: its key is gone.
    """
    if upload.complete:
        return upload.length
    stored = content(office, upload)
    size = stored.size()
    if size < upload.length:
        return size
    return upload.length if settle(office, upload, stored) else 0


def settle(office: Office, upload: Upload, stored: SealedFile) -> bool:
    """Read the whole file back: it counts, or it is discarded and starts over."""
    if not _is_as_announced(upload, stored):
        stored.discard()
        return False
    now = office.clock.now()
    this = (files.c.region == upload.region, files.c.id == upload.id)
    with office.database.writing() as c:
        pending = files.c.complete_at.is_(None)
        done = c.execute(update(files).where(*this, pending).values(complete_at=now))
        if done.rowcount == 1:
            note_file(c, upload.region, upload.laptop)
            entry = audit.Entry("file_received", upload.id)
            audit.append(c, now, f"laptop:{upload.laptop}", entry)
    return True


def _is_as_announced(upload: Upload, stored: SealedFile) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        for piece in stored.read():
            digest.update(piece)
            size += len(piece)
    except Unreadable:
        return False
    return size == upload.length and digest.hexdigest() == upload.sha256
