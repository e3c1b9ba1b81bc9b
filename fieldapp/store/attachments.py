"""Photos, signatures and captures of the visits: what there is, where it stands, its content.

In comes content with its visit and slot; out come rows and, piece by piece, the content again.
Content lies sealed in the vault, named opaquely; the row knows its SHA-256. Rule: a file is
known by its visit and its content, as at the office: the same photo at two visits is two files,
each delivered when the office has read that one back, each kept until its own visit is purged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from fieldapp.errors import StoreCorrupt
from fieldapp.store import state
from fieldapp.store.database import vault_of
from fieldapp.store.tables import attachments
from fieldapp.store.tables_thumbnails import thumbnails

_NAME = "files_held"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a visit.

    Attributes:
        sha256: of the plain content, hex; its name at the office.
        size: octets of the plain content.
        slot: what it shows, as in the first fact that names it.
        delivered_at: when the office had read it back, or None.
        held_since: when it was first held back for an unmetered connection, or None.
        original: SHA-256 of the photo of which this is the thumbnail; empty for all others.
    """

    sha256: str
    size: int
    media_type: str
    slot: str
    visit: str
    delivered_at: datetime | None = None
    held_since: datetime | None = None
    original: str = ""


def add(c: Connection, content: bytes, *, visit: str, slot: str, media_type: str) -> Attachment:
    """Keep content; the same content of a visit is kept once, in the slot it had first.

    Raises:
        StoreFull: no room; nothing is left behind.
    """
    made = Attachment(
        hashlib.sha256(content).hexdigest(), len(content), media_type, slot, visit
    )
    known = _attachments(c, _rows().where(*_this(visit, made.sha256)))
    if known:
        return known[0]
    c.execute(
        insert(attachments).values(
            file=vault_of(c).add(content),
            sha256=made.sha256,
            size=made.size,
            media_type=media_type,
            slot=slot,
            visit=visit,
        )
    )
    return made


def waiting(c: Connection) -> tuple[Attachment, ...]:
    """The files that the office does not have yet, small ones first; no thumbnails."""
    query = _rows().where(attachments.c.delivered_at.is_(None))
    by_size = query.order_by(attachments.c.size, attachments.c.visit, attachments.c.sha256)
    return _attachments(c, by_size)


def of_visit(c: Connection, visit_id: str) -> tuple[Attachment, ...]:
    """All files of a visit that are kept here, by slot."""
    query = _rows().where(attachments.c.visit == visit_id)
    return _attachments(c, query.order_by(attachments.c.slot, attachments.c.sha256))


def note_delivered(
    c: Connection, visit_id: str, sha256: str, at: datetime, *, was_there: bool = False
) -> None:
    """The office has read this visit's file back; the first time counts.

    Its thumbnail, which was to be there before it, is of no more use. `was_there`: the office
    said so before anything was sent, and so it is in the number that it said last.
    """
    mine = (*_this(visit_id, sha256), attachments.c.delivered_at.is_(None))
    if not c.execute(update(attachments).where(*mine).values(delivered_at=at)).rowcount:
        return
    small = (thumbnails.c.visit == visit_id, thumbnails.c.original == sha256)
    c.execute(delete(thumbnails).where(*small))
    if not was_there:
        _hold(c, _held(c) + 1)


def note_held(c: Connection, number: int) -> bool:
    """How many of this laptop's files the office says to have; answers whether all go again.

    Fewer than it had means that it was restored from a backup, and nobody can say which ones
    it lost: all that are kept here are offered once more. One that it has costs a question.
    """
    before = _held(c)
    if number < before:
        offer_again(c)
    if number != before:
        _hold(c, number)
    return number < before


def offer_again(c: Connection) -> None:
    """Let every file that is kept here be offered once more."""
    delivered = attachments.c.delivered_at.is_not(None)
    c.execute(update(attachments).where(delivered).values(delivered_at=None))


def open_plain(
    c: Connection, visit_id: str, sha256: str, start: int = 0, size: int | None = None
) -> bytes:
    """The plain content of a visit's file, or `size` octets of it from `start`.

    Raises:
        KeyError: the visit has no such file here.
        StoreCorrupt: the file is gone, cut or changed.
    """
    query = select(attachments.c.file, attachments.c.size)
    row = c.execute(query.where(*_this(visit_id, sha256))).one_or_none()
    if row is None:
        raise KeyError(sha256)
    end = row.size if size is None else min(row.size, start + size)
    content = vault_of(c).read(row.file, start, max(start, end))
    if len(content) != max(0, end - start):
        raise StoreCorrupt(row.file)
    return content


def remove(c: Connection, visit_id: str) -> None:
    """Let all files of a visit go, once the transaction is committed."""
    mine = attachments.c.visit == visit_id
    for name in c.execute(select(attachments.c.file).where(mine)).scalars().all():
        vault_of(c).remove(name)
    c.execute(delete(attachments).where(mine))
    c.execute(delete(thumbnails).where(thumbnails.c.visit == visit_id))


class _Held(msgspec.Struct, frozen=True):
    """How many of this laptop's files the office has: what it said last, and took since."""

    number: int = 0


def _held(c: Connection) -> int:
    return (state.load(c, _NAME, _Held) or _Held()).number


def _hold(c: Connection, number: int) -> None:
    state.save(c, _NAME, _Held(number))


def _rows() -> Select[Any]:
    return select(attachments)


def _this(visit_id: str, sha256: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which row a file is."""
    return attachments.c.visit == visit_id, attachments.c.sha256 == sha256


def _attachments(c: Connection, query: Select[Any]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            slot=row.slot,
            visit=row.visit,
            delivered_at=row.delivered_at,
            held_since=row.held_since,
        )
        for row in c.execute(query)
    )


def kept(c: Connection, *, everything: bool) -> tuple[int, int]:
    """How many files the office does not have yet, and their octets; `everything`: of all."""
    query = select(func.count(), func.coalesce(func.sum(attachments.c.size), 0))
    if not everything:
        query = query.where(attachments.c.delivered_at.is_(None))
    row = c.execute(query).one()
    return int(row[0]), int(row[1])
