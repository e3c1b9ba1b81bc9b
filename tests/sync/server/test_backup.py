"""Backups as docs/operations.md has them, made while laptops sync, and put back."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from fieldapp.domain import facts as f
from fieldapp.store import attachments, orders
from fieldapp.store.transaction import Transaction
from sync.server import backup, erasure, register, tables
from sync.server.office import Office
from sync.server.settings import ServerSettings
from tests.project.operations import TRIED
from tests.sync.conftest import RealOffice
from tests.sync.server.doubles import REGION, START

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop
    from tests.sync.server.cluster import Cluster
    from tests.sync.server.doubles import Backyard

Settle = Callable[[str], ServerSettings]


class Scripts:
    """The office's administrator, with the document in hand."""

    def __init__(self, kind: str, folder: Path, binaries: Path | None) -> None:
        self._kind = kind
        self.backup = folder / "backup"
        shim = folder / "bin" / "fieldapp"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ui.command "$@"\n')
        shim.chmod(0o755)
        path = [str(shim.parent), *([str(binaries)] if binaries else []), os.environ["PATH"]]
        self._environment = os.environ | {
            "PATH": os.pathsep.join(path),
            "BACKUP": str(self.backup),
            "APART": str(folder / "apart"),
        }
        (folder / "apart").mkdir()

    def run(self, what: str, settings: ServerSettings) -> list[dict[str, Any]]:
        """Run a block for this office; what its commands printed."""
        office = settings.key_file.parent
        url = settings.db_url.replace("+psycopg", "") if self._kind == "postgres" else ""
        environment = self._environment | {"OFFICE": str(office), "FIELDAPP_DB": url}
        done = subprocess.run(
            ["sh", "-eu", "-c", TRIED[f"{self._kind}-{what}"]],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settle(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settle:
    """Makes places for offices: a folder, and on PostgreSQL an empty database."""

    def make(name: str) -> ServerSettings:
        plain = ServerSettings.in_folder(tmp_path / name)
        if kind == "sqlite":
            return plain
        cluster: Cluster = request.getfixturevalue("cluster")
        return replace(plain, db_url=cluster.url(cluster.new_database()))

    return make


@pytest.fixture
def scripts(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Scripts:
    binaries = request.getfixturevalue("cluster").binaries if kind == "postgres" else None
    return Scripts(kind, tmp_path, binaries)


@pytest.fixture
def back_office(settle: Settle) -> Iterator[RealOffice]:
    """The office that laptops are enrolled at; it is stopped in the middle of the test."""
    server = RealOffice(settle("office"))
    yield server
    server.stop()


async def photo(laptop: Laptop, content: bytes) -> str:
    """A photo at the first visit, and its fact."""

    def take(c: Transaction) -> str:
        [visit, *_] = sorted(orders.versions(c))
        return attachments.add(
            c, content, visit=visit, slot="old", media_type="image/jpeg"
        ).sha256

    sha256 = await laptop.db.write(take, touched=frozenset({"files"}))
    fact = f.EvidenceAdded(
        at=START, slot="old", sha256=sha256, size=len(content), media_type="image/jpeg"
    )
    await laptop.work(fact=fact)
    return sha256


@asynccontextmanager
async def at_work(laptop: Laptop) -> AsyncIterator[None]:
    """The laptop works and syncs meanwhile."""

    async def work() -> None:
        while True:
            await laptop.work(2)
            await laptop.engine.sync_once()

    working = asyncio.create_task(work())
    yield
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    await laptop.engine.sync_once()


def paths(server: RealOffice) -> dict[str, Path]:
    """Where the files lie in their folder, by SHA-256."""
    with server.office.database.reading() as c:
        rows = c.execute(select(tables.files.c.sha256, tables.files.c.id)).all()
    return {row.sha256: Path(row.id[-2:]) / row.id for row in rows}


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's commands")
async def test_a_restored_office_gets_everything_again(
    settle: Settle, scripts: Scripts, back_office: RealOffice, enrolled: Enrolled
) -> None:
    place = back_office.office.settings
    one, other = await enrolled(), await enrolled()
    for laptop in (one, other):
        await laptop.engine.sync_once()
    before = [await photo(one, os.urandom(size)) for size in (70_000, 80_000)]
    assert (await one.engine.sync_once()).files_sent == 2
    async with at_work(other):
        await asyncio.to_thread(scripts.run, "backup", place)
    after = await photo(one, os.urandom(90_000))
    await one.work(2)
    assert (await one.engine.sync_once()).files_sent == 1

    lies = paths(back_office)
    (scripts.backup / "files" / lies[before[0]]).unlink()  # a row without its content
    new = settle("restored")
    *_, said = await asyncio.to_thread(scripts.run, "restore", new)
    assert said == {"files_expected_again": 1}
    stray = new.files / lies[after]  # content without its row
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes((place.files / lies[after]).read_bytes())

    again = RealOffice(new)
    try:
        for laptop in (one, other):
            await comes_back(laptop, again)
        assert again.files(one.owner.laptop) == 3
    finally:
        again.stop()


async def comes_back(laptop: Laptop, office: RealOffice) -> None:
    """Once it synced, all that it made is there, once, and nothing is left to do."""
    assert await laptop.states()
    await laptop.engine.close()
    laptop.engine = laptop.engine_to(office.url)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.files_waiting) == (None, 0, 0)
    made = [item.id for item in await laptop.items()]
    assert office.applied(laptop.owner.laptop) == made
    report = await laptop.engine.sync_once()
    assert (report.sent, report.files_sent) == (0, 0)


def test_a_backup_grows_and_holds_no_key(yard: Backyard, tmp_path: Path) -> None:
    office, folder = yard.office, tmp_path / "copy"
    lies = office.settings.files / "ab" / "file"
    lies.parent.mkdir()
    lies.write_bytes(b"part")
    assert backup.back_up(office, folder).new_files == 1
    lies.write_bytes(b"whole")
    yard.technician("T9")
    copied = backup.back_up(office, folder)
    assert (copied.new_files, copied.known_files) == (1, 0)
    assert backup.back_up(office, folder).known_files == 1
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert names == {"office.sqlite", "file"}
    assert stat.S_IMODE((folder / "office.sqlite").stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / "office.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM technicians").fetchone() == (2,)


@pytest.mark.postgres
def test_on_postgresql_there_is_a_better_way(
    cluster: Cluster, migrated: str, tmp_path: Path
) -> None:
    url = cluster.url(cluster.new_database(migrated))
    office = Office.open(replace(ServerSettings.in_folder(tmp_path / "office"), db_url=url))
    with pytest.raises(backup.NoBackup, match="pg_dump"):
        backup.back_up(office, tmp_path / "copy")
    office.close()


def test_no_copy_goes_in_the_place_of_another_offices(yard: Backyard, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    backup.back_up(yard.office, folder)
    kept = (folder / "office.sqlite").read_bytes()
    new = Office.open(ServerSettings.in_folder(tmp_path / "mistyped"))
    with pytest.raises(backup.NoBackup, match="another"):
        backup.back_up(new, folder)
    new.close()
    assert (folder / "office.sqlite").read_bytes() == kept
    (folder / "office.sqlite").write_bytes(b"cut short")
    backup.back_up(yard.office, folder)


def test_who_was_erased_is_erased_again(yard: Backyard) -> None:
    [visit] = yard.visits()
    office = yard.office
    with office.database.reading() as c:
        holders = tables.holders
        [row] = c.execute(select(holders)).all()
    assert erasure.erase_holder_of(office, REGION, visit) == row.id
    [listed] = register.every_erasure(office)
    assert (listed["region"], listed["holder"]) == (REGION, row.id)
    assert not erasure.erase_holder(office, REGION, row.id)
    with office.database.writing() as c:  # an older copy still has the key
        back = {"wrapped_key": row.wrapped_key, "erased_at": None}
        c.execute(update(holders).values(back))
    assert erasure.erase_holder(office, REGION, row.id)
    assert yard.one("SELECT count(*) FROM holders WHERE wrapped_key IS NOT NULL") == 0


def test_who_came_back_is_erased_again_in_older_copies_only(yard: Backyard) -> None:
    [visit] = yard.visits()
    office, holders = yard.office, tables.holders
    with office.database.reading() as c:
        [before] = c.execute(select(holders)).mappings().all()
    assert erasure.erase_holder_of(office, REGION, visit)
    customer = yard.row("V-1001")["customer"]
    yard.day(yard.row(customer=customer))
    assert [one["holder"] for one in register.every_erasure(office)] == [before["id"]]
    assert not erasure.erase_holder(office, REGION, before["id"])
    with office.database.writing() as c:  # an older copy still has the key
        c.execute(update(holders).where(holders.c.id == before["id"]).values(dict(before)))
    assert erasure.erase_holder(office, REGION, before["id"])
    assert yard.one("SELECT count(*) FROM holders WHERE wrapped_key IS NOT NULL") == 1
