"""A store that was put back gives no counters until the office gave a new system title."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from fieldapp.domain.counters import LIMIT
from fieldapp.errors import CounterExhausted, RestoredLaptop, StoreError
from fieldapp.store import outbox, seat
from fieldapp.store.counters import StoredCounters
from fieldapp.store.database import Database
from fieldapp.store.device import Device, device, store_device
from tests.fieldapp.store.conftest import KEY, StillClock

TOUCHED = frozenset({"counters"})


async def reserved(path: Path, clock: StillClock, scope: str = "key/title") -> int:
    """One run of 10 by a program that starts, reserves and ends."""
    db = await Database.open(path, KEY)
    try:
        return await StoredCounters(db, clock).reserve(scope, 10)
    finally:
        await db.close()


async def is_restored(path: Path) -> bool:
    db = await Database.open(path, KEY)
    try:
        return await db.read(seat.is_restored)
    finally:
        await db.close()


@pytest.fixture
async def laptop(path: Path, owner: Device) -> Path:
    db = await Database.open(path, KEY)

    def enrol(c: Connection) -> None:
        store_device(c, owner)
        seat.start_anew(c, owner.system_title)

    await db.write(enrol, touched=TOUCHED)
    await db.close()
    return path


async def test_runs_follow_each_other_from_start_to_start(
    laptop: Path, clock: StillClock
) -> None:
    assert [await reserved(laptop, clock) for _ in range(3)] == [0, 10, 20]
    assert await reserved(laptop, clock, "other key/title") == 0
    assert not await is_restored(laptop)


def the_folder(backup: Path, path: Path) -> None:
    shutil.rmtree(path.parent)
    shutil.copytree(backup, path.parent)


def the_database_alone(backup: Path, path: Path) -> None:
    shutil.copy2(backup / path.name, path)


def the_database_as_another_file(backup: Path, path: Path) -> None:
    path.unlink()
    shutil.copy2(backup / path.name, path)


PUT_BACK = [the_folder, the_database_alone, the_database_as_another_file]


@pytest.mark.parametrize("put_back", PUT_BACK)
@pytest.mark.parametrize("before", [0, 1])
async def test_a_backup_put_back_gives_nothing(
    before: int,
    put_back: Callable[[Path, Path], None],
    laptop: Path,
    clock: StillClock,
    tmp_path: Path,
) -> None:
    for _ in range(before):
        await reserved(laptop, clock)
    shutil.copytree(laptop.parent, tmp_path / "backup")
    await reserved(laptop, clock)
    put_back(tmp_path / "backup", laptop)
    assert await is_restored(laptop)
    with pytest.raises(RestoredLaptop):
        await reserved(laptop, clock)


async def test_with_a_new_system_title_it_goes_on(
    laptop: Path, clock: StillClock, tmp_path: Path
) -> None:
    await reserved(laptop, clock)
    shutil.copytree(laptop.parent, tmp_path / "backup")
    the_folder(tmp_path / "backup", laptop)
    db = await Database.open(laptop, KEY)
    await db.write(lambda c: outbox.start_incarnation(c, 2, b"FLD-NEW2"), touched=TOUCHED)
    owner = await db.read(device)
    assert owner is not None
    assert owner.system_title == b"FLD-NEW2"
    assert not await db.read(seat.is_restored)
    await db.close()
    assert await reserved(laptop, clock, "key/new title") == 0
    assert await reserved(laptop, clock, "key/new title") == 10


async def test_a_copy_elsewhere_is_a_copy(
    laptop: Path, clock: StillClock, tmp_path: Path
) -> None:
    await reserved(laptop, clock)
    shutil.copytree(laptop.parent, tmp_path / "elsewhere")
    assert await is_restored(tmp_path / "elsewhere" / laptop.name)
    assert not await is_restored(laptop)


async def test_a_folder_that_was_moved_is_the_same(
    laptop: Path, clock: StillClock, tmp_path: Path
) -> None:
    await reserved(laptop, clock)
    moved = laptop.parent.rename(tmp_path / "moved") / laptop.name
    assert await reserved(moved, clock) == 10


async def test_a_lost_or_damaged_file_beside_it_counts_as_put_back(
    laptop: Path, clock: StillClock
) -> None:
    await reserved(laptop, clock)
    beside = laptop.with_suffix(seat.SUFFIX)
    beside.write_bytes(b"\xff\xfe")
    assert await is_restored(laptop)
    beside.unlink()
    assert await is_restored(laptop)


async def test_ended_between_the_reservation_and_the_file(
    laptop: Path, clock: StillClock
) -> None:
    """What was reserved was not handed out: it is skipped, and nobody is suspected."""
    await reserved(laptop, clock)
    db = await Database.open(laptop, KEY)
    await db.write(lambda c: seat.announce(c, "a token"), touched=TOUCHED)
    await db.close()
    assert not await is_restored(laptop)
    assert await reserved(laptop, clock) == 10


async def test_a_key_that_is_used_up_changes_nothing(laptop: Path, clock: StillClock) -> None:
    db = await Database.open(laptop, KEY)
    counters = StoredCounters(db, clock)
    with pytest.raises(CounterExhausted):
        await counters.reserve("a", 2, above=LIMIT - 2)
    assert await counters.reserve("a", 1, above=LIMIT - 2) == LIMIT - 1
    await db.close()


async def test_without_the_file_nothing_is_given(laptop: Path, clock: StillClock) -> None:
    db = await Database.open(laptop, KEY)
    await db.write(lambda c: seat.announce(c, "a token"), touched=TOUCHED)
    laptop.with_suffix(seat.SUFFIX).unlink()
    laptop.with_suffix(seat.SUFFIX).mkdir()
    with pytest.raises(StoreError):
        await StoredCounters(db, clock).reserve("a", 1)
    await db.close()


async def test_nothing_to_settle_is_no_matter(db: Database) -> None:
    await db.write(seat.settle, touched=TOUCHED)
    assert not db.path.with_suffix(seat.SUFFIX).exists()
