from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, drafts, inbox
from fieldapp.store.database import Database
from fieldapp.store.inbox import InboxChange
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import Picture, attach

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
TOUCHED = frozenset({"drafts"})
FACE = b"a face that nobody should find " * 100
FIELD = "final_readings/take_photo:old_meter/photo"


async def _photos(db: Database, *fields: str, visit: str = "visit-1") -> list[bytes]:
    def load(c: Transaction) -> list[bytes]:
        return [drafts.load_photo(c, visit, field) for field in fields]

    return await db.read(load)


def _saves(visit: str, **photos: bytes) -> Callable[[Transaction], None]:
    def change(c: Transaction) -> None:
        for field, content in photos.items():
            drafts.save_photo(c, visit, field, content)

    return change


async def test_photos_are_kept_by_field_and_go_by_prefix(enrolled: Database) -> None:
    await enrolled.write(_saves("visit-1", ab=b"1", ac=b"2", b=b"3"), touched=TOUCHED)
    await enrolled.write(_saves("visit-10", ab=b"4"), touched=TOUCHED)
    await enrolled.write(_saves("visit-1", ab=b"5"), touched=TOUCHED)
    assert await _photos(enrolled, "ab", "ac", "b") == [b"5", b"2", b"3"]
    await enrolled.write(lambda c: drafts.remove_photos(c, "visit-1", "a"), touched=TOUCHED)
    assert await _photos(enrolled, "ab", "ac", "b") == [b"", b"", b"3"]
    await enrolled.write(lambda c: drafts.save(c, "visit-1", {}), touched=TOUCHED)
    assert await _photos(enrolled, "b") == [b"3"]
    await enrolled.write(lambda c: drafts.remove(c, "visit-1"), touched=TOUCHED)
    assert await _photos(enrolled, "b") == [b""]
    assert await _photos(enrolled, "ab", visit="visit-10") == [b"4"]


async def test_a_photo_that_becomes_a_file_of_the_visit_is_no_draft_any_more(
    enrolled: Database, plan: Callable[..., Visit]
) -> None:
    def taken(c: Transaction) -> None:
        inbox.store_page(c, [InboxChange(plan(1).id, 1, plan(1))], 1)
        drafts.save_photo(c, plan(1).id, FIELD, FACE)
        drafts.save_photo(c, plan(1).id, "other", b"another")

    await enrolled.write(taken, touched=TOUCHED)

    def saved(c: Transaction) -> None:
        attach(c, plan(1).id, "old_meter", Picture(FACE))

    await enrolled.write(saved, touched=TOUCHED)
    assert await _photos(enrolled, FIELD, "other") == [b"", b"another"]
    kept = await enrolled.read(lambda c: attachments.of_visit(c, plan(1).id))
    assert [file.size for file in kept] == [len(FACE)]


async def test_a_draft_that_could_not_become_a_file_stays(enrolled: Database) -> None:
    await enrolled.write(_saves("visit-1", photo=FACE), touched=TOUCHED)

    def fails(c: Transaction) -> None:
        attach(c, "visit-1", "old_meter", Picture(FACE))
        raise LookupError

    with pytest.raises(LookupError):
        await enrolled.write(fails, touched=TOUCHED)
    assert await _photos(enrolled, "photo") == [FACE]


async def test_drafts_leave_with_a_visit_that_the_office_takes_back(
    enrolled: Database, plan: Callable[..., Visit]
) -> None:
    def planned(c: Transaction) -> None:
        inbox.store_page(c, [InboxChange(plan(1).id, 1, plan(1))], 1)
        drafts.save(c, plan(1).id, {"note": "belt om vier uur"})
        drafts.save_photo(c, plan(1).id, FIELD, FACE)

    await enrolled.write(planned, touched=TOUCHED)
    await enrolled.write(
        lambda c: inbox.store_page(c, [InboxChange(plan(1).id, 2, None)], 2), touched=TOUCHED
    )
    assert await _photos(enrolled, FIELD, visit=plan(1).id) == [b""]
    assert await enrolled.read(lambda c: drafts.load(c, plan(1).id)) == {}


async def test_no_octet_of_a_draft_stands_in_the_clear(
    enrolled: Database, tmp_path: Path
) -> None:
    await enrolled.write(_saves("visit-1", photo=FACE), touched=TOUCHED)
    written = _all_octets(tmp_path)
    assert written
    assert FACE[:31] not in written


def _all_octets(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
