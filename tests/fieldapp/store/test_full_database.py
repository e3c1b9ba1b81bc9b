import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection

from fieldapp.errors import (
    StoreFull,
)
from fieldapp.store import attachments, counters
from fieldapp.store.database import Database
from tests.fieldapp.store.rows import TOPIC, list_files, names, put, run


async def test_a_full_database_rolls_back_and_goes_on_later(db: Database) -> None:
    def limit(c: Connection, pages: int) -> None:
        c.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await db.write(lambda c: put(c, "a"), touched=TOPIC)
    await db.write(lambda c: limit(c, 1), touched=TOPIC)

    def change(c: Connection) -> None:
        counters.reserve(c, "key", 5)
        put(c, "b", 200_000)

    with pytest.raises(StoreFull):
        await db.write(change, touched=TOPIC)
    assert await db.read(names) == ["a"]
    await db.write(lambda c: limit(c, 100_000), touched=TOPIC)
    await db.write(change, touched=TOPIC)
    assert await db.read(names) == ["a", "b"]
    assert await db.write(lambda c: counters.reserve(c, "key", 1), touched=TOPIC) == 5


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from fieldapp.errors import StoreFull, StoreError
from fieldapp.store.database import Database

def put(name, size):
    return lambda c: c.exec_driver_sql("INSERT INTO state VALUES (?, ?)", (name, b"x" * size))

async def main():
    db = await Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    await db.write(put("before", 10), touched=frozenset())
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    failed = 0
    for attempt in range(3):
        try:
            await db.write(put("big", 2_000_000), touched=frozenset())
        except StoreError:
            failed += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await db.write(put("after", 10), touched=frozenset())
    await db.close()
    sys.exit(40 + failed)

asyncio.run(main())
"""


async def test_a_write_that_fails_on_a_full_disk_says_full(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = SimpleNamespace(total=9, used=9, free=0)
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)
    with pytest.raises(StoreFull):
        await db.read(lambda c: put(c, "a"))


@pytest.mark.skipif(sys.platform == "win32", reason="a limit that Windows does not have")
async def test_a_file_that_can_not_grow_rolls_back_and_goes_on_later(
    path: Path, key: bytes
) -> None:
    assert run(FULL_DISK, path, key).returncode == 43
    db = await Database.open(path, key)
    await db.check()
    assert await db.read(names) == ["after", "before"]
    await db.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of one MiB, where this user may make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_full_disk_loses_nothing_and_holds_nothing_up(
    small_disk: Path, key: bytes
) -> None:
    path = small_disk / "store.db"
    db = await Database.open(path, key)
    written = await rows_until_full(db)
    with pytest.raises(StoreFull):
        await db.write(add_file, touched=TOPIC)
    assert len(await db.read(names)) == written > 10
    await db.close()
    again = await Database.open(path, key)
    assert len(await again.read(names)) == written
    assert list_files(path) == []
    enlarge(small_disk)
    await again.write(lambda c: put(c, "after"), touched=TOPIC)
    await again.write(add_file, touched=TOPIC)
    assert len(await again.read(names)) == written + 1
    await again.close()


async def rows_until_full(db: Database) -> int:
    for number in range(1000):
        try:
            await db.write(partial(put, name=f"row {number:03}", size=3000), touched=TOPIC)
        except StoreFull:
            return number
    pytest.fail("the disk never got full")


def add_file(c: Connection) -> None:
    attachments.add(c, bytes(1_000_000), visit="v", slot="s", media_type="image/png")


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)
