"""Small pictures of the photos that the office does not have yet, to be there before them.

In comes a photo and what was drawn of it; out come thumbnails that wait, and their content,
which lies in the database. Rule: a thumbnail is a help: nothing waits for it, no visit counts
it, and it goes when its original is delivered or let go.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from fieldapp.domain.flow import Need
from fieldapp.store import attachments as files
from fieldapp.store.attachments import Attachment
from fieldapp.store.tables import attachments
from fieldapp.store.tables_thumbnails import thumbnails

LARGEST = 20 * 1024
"""Octets of a thumbnail."""

MEDIA_TYPE = "image/jpeg"
_PICTURES = ("image/jpeg", "image/png")


def wanted(c: Connection) -> tuple[Attachment, ...]:
    """The photos that wait and were not asked for a thumbnail yet.

    One that is no larger than a thumbnail needs none, and a signature goes before it anyway.
    """
    known = select(thumbnails.c.visit, thumbnails.c.original)
    asked = {(row.visit, row.original) for row in c.execute(known)}
    return tuple(
        file
        for file in files.waiting(c)
        if file.media_type in _PICTURES
        and file.size > LARGEST
        and file.slot != Need.SIGNATURE
        and (file.visit, file.sha256) not in asked
    )


def add(c: Connection, photo: Attachment, content: bytes) -> None:
    """Keep a photo's thumbnail; empty or too large content: it has none and is not asked again.

    Nothing is kept where the photo went meanwhile, or has one.
    """
    if (photo.visit, photo.sha256) not in {(file.visit, file.sha256) for file in wanted(c)}:
        return
    kept = content if len(content) <= LARGEST else b""
    c.execute(
        insert(thumbnails).values(
            visit=photo.visit,
            original=photo.sha256,
            sha256=hashlib.sha256(kept).hexdigest(),
            content=kept,
        )
    )


def waiting(c: Connection) -> tuple[Attachment, ...]:
    """The thumbnails that the office does not have yet, each with its original's slot."""
    size = func.length(thumbnails.c.content)
    original = and_(
        attachments.c.visit == thumbnails.c.visit,
        attachments.c.sha256 == thumbnails.c.original,
    )
    query = (
        select(
            thumbnails.c.visit,
            thumbnails.c.original,
            thumbnails.c.sha256,
            size,
            attachments.c.slot,
        )
        .join(attachments, original)
        .where(thumbnails.c.delivered_at.is_(None), size > 0)
    )
    return tuple(
        Attachment(sha256, octets, MEDIA_TYPE, slot, visit, original=photo)
        for visit, photo, sha256, octets, slot in c.execute(query)
    )


def content(c: Connection, file: Attachment) -> bytes:
    """A thumbnail's octets.

    Raises:
        KeyError: it is gone.
    """
    mine = (thumbnails.c.visit == file.visit, thumbnails.c.original == file.original)
    found = c.execute(select(thumbnails.c.content).where(*mine)).scalar_one_or_none()
    if found is None:
        raise KeyError(file.sha256)
    return bytes(found)


def note_delivered(c: Connection, file: Attachment, at: datetime) -> None:
    """The office has read it back."""
    mine = (thumbnails.c.visit == file.visit, thumbnails.c.original == file.original)
    c.execute(update(thumbnails).where(*mine).values(delivered_at=at))
