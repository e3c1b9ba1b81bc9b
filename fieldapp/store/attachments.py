"""Photos, signatures and captures of the visits: what there is, where it stands, its content.

In comes content with its visit and slot; out come rows and, piece by piece, the content again.
Content lies sealed in the vault, named opaquely; the row knows its SHA-256. Rule: a file counts
as delivered when the office has read it back, and stays until its visit is purged.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from fieldapp.errors import StoreCorrupt
from fieldapp.store.database import vault_of
from fieldapp.store.tables import attachments


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a visit.

    Attributes:
        sha256: of the plain content, hex; its name at the office.
        size: octets of the plain content.
        slot: what it shows, as in the fact that names it.
        upload: where the office takes its bytes, once asked; empty before.
        delivered_at: when the office had read it back, or None.
    """

    sha256: str
    size: int
    media_type: str
    slot: str
    visit: str
    upload: str = ""
    delivered_at: datetime | None = None


def add(c: Connection, content: bytes, *, visit: str, slot: str, media_type: str) -> Attachment:
    """Keep content; the same content in the same slot of a visit is kept once.

    Raises:
        StoreFull: no room; nothing is left behind.
    """
    made = Attachment(
        hashlib.sha256(content).hexdigest(), len(content), media_type, slot, visit
    )
    same = _rows().where(
        attachments.c.visit == visit,
        attachments.c.slot == slot,
        attachments.c.sha256 == made.sha256,
    )
    known = _attachments(c, same)
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
            upload="",
        )
    )
    return made


def waiting(c: Connection) -> tuple[Attachment, ...]:
    """The files that the office does not have yet, small ones first."""
    query = _rows().where(attachments.c.delivered_at.is_(None))
    return _attachments(c, query.order_by(attachments.c.size, attachments.c.file))


def of_visit(c: Connection, visit_id: str) -> tuple[Attachment, ...]:
    """All files of a visit that are kept here, by slot."""
    query = _rows().where(attachments.c.visit == visit_id)
    return _attachments(c, query.order_by(attachments.c.slot, attachments.c.file))


def note_upload(c: Connection, sha256: str, location: str) -> None:
    """Remember where the office takes this file's bytes, so that a restart goes on there."""
    mine = attachments.c.sha256 == sha256
    c.execute(update(attachments).where(mine).values(upload=location))


def note_delivered(c: Connection, sha256: str, at: datetime) -> None:
    """The office has read the file back; the first time counts."""
    mine = (attachments.c.sha256 == sha256, attachments.c.delivered_at.is_(None))
    c.execute(update(attachments).where(*mine).values(delivered_at=at))


def open_plain(c: Connection, sha256: str, start: int = 0, size: int | None = None) -> bytes:
    """The plain content, or `size` octets of it from `start`.

    Raises:
        KeyError: no such file here.
        StoreCorrupt: the file is gone, cut or changed.
    """
    query = select(attachments.c.file, attachments.c.size).where(attachments.c.sha256 == sha256)
    row = c.execute(query.limit(1)).one_or_none()
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


def _rows() -> Select[Any]:
    return select(attachments)


def _attachments(c: Connection, query: Select[Any]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            sha256=row.sha256,
            size=row.size,
            media_type=row.media_type,
            slot=row.slot,
            visit=row.visit,
            upload=row.upload,
            delivered_at=row.delivered_at,
        )
        for row in c.execute(query)
    )
