from collections.abc import Iterable
from pathlib import Path

import pytest

from fieldapp.errors import (
    StoreCorrupt,
    StoreTooNew,
)
from fieldapp.store.database import Database
from fieldapp.store.opening import make_engine
from tests.fieldapp.store.rows import fill, kill_after, place, snapshot

PAGE = 4096


async def test_a_damaged_check_file_is_mended(path: Path, key: bytes) -> None:
    await fill(path, key)
    whole = snapshot(path.parent)
    place(path.with_suffix(".check"), b"damaged")
    db = await Database.open(path, key)
    await db.close()
    assert snapshot(path.parent)["store.check"] == whole["store.check"]


@pytest.mark.parametrize(
    "content", [b"SQLite format 3\x00" + bytes(PAGE - 16), b"no database", b"\x00" * 1000]
)
async def test_what_is_no_database_is_said_to_be_damaged(
    path: Path, key: bytes, content: bytes
) -> None:
    place(path, content)
    with pytest.raises(StoreCorrupt):
        await Database.open(path, key)
    assert snapshot(path.parent)["store.db"] == content


async def test_a_damaged_first_page_is_not_a_wrong_key(path: Path, key: bytes) -> None:
    await fill(path, key)
    damage(path, [20])
    with pytest.raises(StoreCorrupt):
        await Database.open(path, key)


async def test_a_damaged_page_is_found_when_read_and_when_checked(
    path: Path, key: bytes
) -> None:
    await fill(path, key)
    damage_later_pages(path)
    db = await Database.open(path, key)
    with pytest.raises(StoreCorrupt):
        await db.read(lambda c: c.exec_driver_sql("SELECT name, body FROM state").all())
    with pytest.raises(StoreCorrupt):
        await db.check()
    await db.close()


async def test_damage_is_found_on_opening_after_a_kill(path: Path, key: bytes) -> None:
    await fill(path, key)
    kill_after(path, key, "late")
    damage_later_pages(path)
    with pytest.raises(StoreCorrupt):
        await Database.open(path, key)


async def test_a_healthy_database_passes_its_check(path: Path, key: bytes) -> None:
    await fill(path, key)
    db = await Database.open(path, key)
    await db.check()
    await db.close()


def damage_later_pages(path: Path) -> None:
    damage(path, range(30 * PAGE, path.stat().st_size, PAGE))


def damage(path: Path, places: Iterable[int]) -> None:
    content = bytearray(path.read_bytes())
    for offset in places:
        content[offset] ^= 0xFF
    path.write_bytes(content)


async def test_a_newer_schema_is_left_alone(path: Path, key: bytes) -> None:
    await fill(path, key)
    engine = make_engine(path, key)
    with engine.begin() as c:
        c.exec_driver_sql("PRAGMA user_version = 99")
    engine.dispose()
    with pytest.raises(StoreTooNew) as caught:
        await Database.open(path, key)
    assert caught.value.detail == "99"
