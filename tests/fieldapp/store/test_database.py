import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection

from fieldapp.errors import (
    FieldAppError,
    RuleError,
    StoreCorrupt,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreTooNew,
    WrongKey,
)
from fieldapp.store import attachments, counters
from fieldapp.store.database import Database
from fieldapp.store.opening import make_engine

TOPIC = frozenset({"device"})
PAGE = 4096


def put(c: Connection, name: str, size: int = 1) -> None:
    c.exec_driver_sql("INSERT INTO state VALUES (?, ?)", (name, b"x" * size))


def names(c: Connection) -> list[str]:
    return list(c.exec_driver_sql("SELECT name FROM state ORDER BY name").scalars())


def place(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def remove(path: Path) -> None:
    path.unlink()


def put_and_tell(c: Connection) -> list[str]:
    put(c, "a")
    return names(c)


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


async def fill(path: Path, key: bytes, rows: int = 60) -> None:
    def change(c: Connection) -> None:
        for number in range(rows):
            put(c, f"row {number:03}", 3000)

    db = await Database.open(path, key)
    await db.write(change, touched=TOPIC)
    await db.close()


async def test_what_was_written_is_there_after_reopening(path: Path, key: bytes) -> None:
    db = await Database.open(path, key)
    assert await db.write(put_and_tell, touched=TOPIC) == ["a"]
    await db.close()
    again = await Database.open(path, key)
    assert await again.read(names) == ["a"]
    await again.close()


async def test_closing_folds_the_wal_and_ends_the_thread(path: Path, key: bytes) -> None:
    await fill(path, key)
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "store.check",
        "store.db",
        "store.files",
        "store.lock",
    ]
    assert not [t for t in threading.enumerate() if t.name.startswith("store")]


async def test_closing_twice_is_one_close(path: Path, key: bytes) -> None:
    db = await Database.open(path, key)
    await db.close()
    await db.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_only_this_user_may_look(db: Database, path: Path) -> None:
    await db.write(lambda c: put(c, "a"), touched=TOPIC)
    assert path.parent.stat().st_mode & 0o077 == 0
    assert [p for p in path.parent.rglob("*") if p.stat().st_mode & 0o077] == []


async def test_a_change_that_raises_changes_and_tells_nothing(db: Database) -> None:
    heard: list[frozenset[str]] = []
    db.subscribe(heard.append)

    def change(c: Connection) -> None:
        put(c, "a")
        raise RuleError("no")

    with pytest.raises(RuleError):
        await db.write(change, touched=TOPIC)
    assert await db.read(names) == []
    assert heard == []


async def test_listeners_hear_after_the_commit_in_the_loops_thread(db: Database) -> None:
    heard: list[tuple[frozenset[str], int]] = []

    def listen(touched: frozenset[str]) -> None:
        heard.append((touched, threading.get_ident()))

    stop = db.subscribe(listen)
    await db.write(lambda c: put(c, "a"), touched=TOPIC)
    assert heard == [(TOPIC, threading.get_ident())]
    stop()
    stop()
    await db.write(lambda c: put(c, "b"), touched=TOPIC)
    assert len(heard) == 1


async def test_listeners_hear_of_a_change_whose_caller_was_cancelled(db: Database) -> None:
    heard = asyncio.Event()
    db.subscribe(lambda _: heard.set())
    begun, go_on = threading.Event(), threading.Event()

    def change(c: Connection) -> None:
        begun.set()
        go_on.wait(10)
        put(c, "a")

    task = asyncio.create_task(db.write(change, touched=TOPIC))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await heard.wait()
    assert await db.read(names) == ["a"]


async def test_a_query_can_not_write(db: Database) -> None:
    with pytest.raises(StoreError):
        await db.read(lambda c: put(c, "a"))
    await db.write(lambda c: put(c, "b"), touched=TOPIC)
    assert await db.read(names) == ["b"]


async def test_our_own_bugs_keep_their_names(db: Database) -> None:
    with pytest.raises(Exception, match="no such table") as caught:
        await db.read(lambda c: c.exec_driver_sql("SELECT * FROM absent"))
    assert not isinstance(caught.value, FieldAppError)


@pytest.mark.parametrize("with_check_file", [True, False])
async def test_a_wrong_key_touches_nothing(
    path: Path, key: bytes, *, with_check_file: bool
) -> None:
    await fill(path, key)
    if not with_check_file:
        path.with_suffix(".check").unlink()
    before = snapshot(path.parent)
    with pytest.raises(WrongKey):
        await Database.open(path, bytes(32))
    assert snapshot(path.parent) == before
    db = await Database.open(path, key)
    assert len(await db.read(names)) == 60
    await db.close()


async def test_a_damaged_check_file_is_mended(path: Path, key: bytes) -> None:
    await fill(path, key)
    whole = snapshot(path.parent)
    place(path.with_suffix(".check"), b"damaged")
    db = await Database.open(path, key)
    await db.close()
    assert snapshot(path.parent)["store.check"] == whole["store.check"]


async def test_a_wrong_key_leaves_an_unfolded_wal_alone(path: Path, key: bytes) -> None:
    kill_after(path, key, "row")
    path.with_suffix(".check").unlink()
    before = snapshot(path.parent)
    assert "store.db-wal" in before
    with pytest.raises(WrongKey):
        await Database.open(path, bytes(32))
    assert snapshot(path.parent) == before
    db = await Database.open(path, key)
    assert await db.read(names) == ["row"]
    await db.close()


async def test_a_key_of_another_size_is_wrong(path: Path) -> None:
    with pytest.raises(WrongKey):
        await Database.open(path, b"short")
    assert snapshot(path.parent) == {}


async def test_a_new_database_may_have_a_new_key(path: Path, key: bytes) -> None:
    await fill(path, key)
    remove(path)
    db = await Database.open(path, bytes(32))
    assert await db.read(names) == []
    await db.close()
    with pytest.raises(WrongKey):
        await Database.open(path, key)


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
    damage(path, range(20 * PAGE, path.stat().st_size, PAGE))


def damage(path: Path, places: Iterable[int]) -> None:
    content = bytearray(path.read_bytes())
    for place in places:
        content[place] ^= 0xFF
    path.write_bytes(content)


async def test_a_second_store_on_the_same_file_is_locked_out(
    db: Database, path: Path, key: bytes
) -> None:
    await db.write(lambda c: put(c, "a"), touched=TOPIC)
    with pytest.raises(StoreLocked):
        await Database.open(path, key)
    assert await db.read(names) == ["a"]


async def test_a_second_program_is_locked_out(db: Database, path: Path, key: bytes) -> None:
    await db.write(lambda c: put(c, "a"), touched=TOPIC)
    code = """
import asyncio, sys
from pathlib import Path
from fieldapp.errors import StoreLocked
from fieldapp.store.database import Database
try:
    asyncio.run(Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])))
except StoreLocked:
    sys.exit(7)
"""
    assert run(code, path, key).returncode == 7


async def test_a_newer_schema_is_left_alone(path: Path, key: bytes) -> None:
    await fill(path, key)
    engine = make_engine(path, key)
    with engine.begin() as c:
        c.exec_driver_sql("PRAGMA user_version = 99")
    engine.dispose()
    with pytest.raises(StoreTooNew) as caught:
        await Database.open(path, key)
    assert caught.value.detail == "99"


async def test_a_folder_that_can_not_be_made_is_a_store_error(
    tmp_path: Path, key: bytes
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError):
        await Database.open(tmp_path / "file" / "store.db", key)


async def test_a_failed_open_lets_go_of_everything(path: Path, key: bytes) -> None:
    await fill(path, key)
    for _ in range(2):
        with pytest.raises(WrongKey):
            await Database.open(path, bytes(32))
    db = await Database.open(path, key)
    await db.close()


async def test_an_open_that_is_cancelled_lets_go_of_everything(path: Path, key: bytes) -> None:
    await fill(path, key)
    task = asyncio.create_task(Database.open(path, key))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for thread in [t for t in threading.enumerate() if t.name.startswith("store")]:
        await asyncio.to_thread(thread.join)
    db = await Database.open(path, key)
    await db.close()


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


KILLED = """
import asyncio, os, sys
from pathlib import Path
from fieldapp.store.database import Database

async def main():
    db = await Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    row = (sys.argv[3], b"x")
    await db.write(
        lambda c: c.exec_driver_sql("INSERT INTO state VALUES (?, ?)", row), touched=frozenset()
    )
    os._exit(9)

asyncio.run(main())
"""


def kill_after(path: Path, key: bytes, name: str) -> None:
    """Write one row in a program that ends without closing anything."""
    assert run(KILLED, path, key, name).returncode == 9


def run(code: str, path: Path, key: bytes, *more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, str(path), key.hex(), *more],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )


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


def list_files(path: Path) -> list[Path]:
    return list(path.with_suffix(".files").iterdir())


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=9m", str(disk)], check=True)


@pytest.mark.parametrize(
    ("pragma", "wanted"),
    [("journal_mode", "wal"), ("synchronous", 2), ("temp_store", 2), ("busy_timeout", 10_000)],
)
async def test_a_commit_is_on_the_disk_and_nothing_is_beside_it(
    db: Database, pragma: str, wanted: object
) -> None:
    assert await db.read(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar()) == wanted
