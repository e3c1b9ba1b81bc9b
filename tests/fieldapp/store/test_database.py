import asyncio
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection

from fieldapp.errors import (
    FieldAppError,
    RuleError,
    StoreError,
    StoreLocked,
    WrongKey,
)
from fieldapp.store.database import Database
from tests.fieldapp.store.rows import TOPIC, fill, kill_after, names, put, remove, run, snapshot


def put_and_tell(c: Connection) -> list[str]:
    put(c, "a")
    return names(c)


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


@pytest.mark.parametrize(
    ("pragma", "wanted"),
    [("journal_mode", "wal"), ("synchronous", 2), ("temp_store", 2), ("busy_timeout", 10_000)],
)
async def test_a_commit_is_on_the_disk_and_nothing_is_beside_it(
    db: Database, pragma: str, wanted: object
) -> None:
    assert await db.read(lambda c: c.exec_driver_sql(f"PRAGMA {pragma}").scalar()) == wanted
