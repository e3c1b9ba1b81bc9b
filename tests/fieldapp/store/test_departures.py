from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fieldapp.store import attachments, departures, thumbnails
from fieldapp.store.attachments import Attachment
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
FILES = frozenset({"files"})
PHOTO = bytes(thumbnails.LARGEST + 1)


def add(
    c: Transaction, content: bytes, slot: str = "old", media_type: str = "image/jpeg"
) -> Attachment:
    return attachments.add(c, content, visit="v1", slot=slot, media_type=media_type)


@pytest.fixture
async def photo(db: Database) -> Attachment:
    return await db.write(lambda c: add(c, PHOTO), touched=FILES)


async def test_which_photos_want_a_thumbnail(db: Database, photo: Attachment) -> None:
    def others(c: Transaction) -> None:
        add(c, b"small enough")
        add(c, PHOTO + b"1", slot="signature")
        add(c, PHOTO + b"2", media_type="application/pdf")

    await db.write(others, touched=FILES)
    assert await db.read(thumbnails.wanted) == (photo,)


async def test_a_thumbnail_goes_with_its_original(db: Database, photo: Attachment) -> None:
    await db.write(lambda c: thumbnails.add(c, photo, b"small"), touched=FILES)
    await db.write(lambda c: thumbnails.add(c, photo, b"another"), touched=FILES)
    assert await db.read(thumbnails.wanted) == ()
    (small,) = await db.read(thumbnails.waiting)
    assert (small.original, small.slot, small.size) == (photo.sha256, "old", 5)
    assert await db.read(lambda c: thumbnails.content(c, small)) == b"small"
    assert await db.read(departures.queue) == (small, photo)
    await db.write(lambda c: thumbnails.note_delivered(c, small, AT), touched=FILES)
    assert await db.read(departures.queue) == (photo,)
    await db.write(
        lambda c: attachments.note_delivered(c, "v1", photo.sha256, AT), touched=FILES
    )
    with pytest.raises(KeyError):
        await db.read(lambda c: thumbnails.content(c, small))


@pytest.mark.parametrize("drawn", [b"", bytes(thumbnails.LARGEST + 1)])
async def test_a_photo_that_can_have_none_is_asked_once(
    db: Database, photo: Attachment, drawn: bytes
) -> None:
    await db.write(lambda c: thumbnails.add(c, photo, drawn), touched=FILES)
    assert await db.read(thumbnails.wanted) == ()
    assert await db.read(departures.queue) == (photo,)


async def test_what_is_let_go_takes_its_thumbnail_along(
    db: Database, photo: Attachment
) -> None:
    await db.write(lambda c: thumbnails.add(c, photo, b"small"), touched=FILES)
    await db.write(lambda c: attachments.remove(c, "v1"), touched=FILES)
    assert await db.read(departures.queue) == ()
    await db.write(lambda c: thumbnails.add(c, photo, b"too late"), touched=FILES)
    assert await db.write(lambda c: add(c, PHOTO), touched=FILES) == photo
    assert await db.read(thumbnails.wanted) == (photo,)


async def test_nothing_is_held_longer_than_some_days(db: Database, photo: Attachment) -> None:
    async def held(at: datetime) -> list[str]:
        files = await db.write(lambda c: departures.hold(c, at), touched=FILES)
        return [file.sha256 for file in files]

    await db.write(lambda c: add(c, b"ink", slot="signature"), touched=FILES)
    assert await held(AT) == []
    await db.write(lambda c: departures.note_wish(c, wait=True), touched=FILES)
    assert await held(AT) == [photo.sha256]
    assert await held(AT + departures.LONGEST - timedelta(seconds=1)) == [photo.sha256]
    assert await held(AT + departures.LONGEST) == []
    long_before = AT - timedelta(days=300)  # the clock was put back
    assert await held(long_before) == [photo.sha256]
    assert await held(long_before + departures.LONGEST) == []
    await db.write(lambda c: departures.note_wish(c, wait=False), touched=FILES)
    assert await held(long_before) == []


async def test_what_is_let_go_is_not_held_again(db: Database, photo: Attachment) -> None:
    def later(c: Transaction) -> tuple[Attachment, ...]:
        departures.note_wish(c, wait=True)
        departures.let_go(c)
        add(c, b"later")
        return departures.hold(c, AT)

    (held,) = await db.write(later, touched=FILES)
    assert held.sha256 != photo.sha256
