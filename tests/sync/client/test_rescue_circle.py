"""Work offline, rescue, lose the laptop, import; and then the laptop turns up again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from keyring.backends.fail import Keyring as NoKeyring
from typer.testing import CliRunner, Result

from fieldapp.domain.facts import EvidenceAdded
from fieldapp.store import attachments, orders, outbox, recovery
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from fieldapp.work.rescue import Wish, export
from sync.errors import Offline
from sync.server import tables
from sync.server.files import Upload, content
from sync.wire import SyncAnswer
from tests.fieldapp.store.rows import snapshot
from ui.cli.main import app
from ui.wiring import open_laptop

if TYPE_CHECKING:
    from tests.sync.client.conftest import Filled
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

PHOTOS = [os.urandom(900_000), os.urandom(70_000), b"x"]


def office_of(back_office: RealOffice) -> Path:
    return back_office.office.settings.key_file.parent


def run(*words: object) -> list[dict[str, Any]]:
    result = attempt(*words)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def attempt(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="session")
def key_file(back_office: RealOffice, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private half of the office's recovery key."""
    file = tmp_path_factory.mktemp("offline") / "recovery.key"
    run("server-admin", "recovery-key", "new", file, "--data", office_of(back_office))
    return file


async def work(laptop: Laptop) -> list[str]:
    """Facts and photos of a visit, offline."""

    def photos(c: Transaction) -> list[str]:
        visit = orders.visit(c, next(iter(orders.versions(c))))
        assert visit is not None
        made = []
        for number, plain in enumerate(PHOTOS):
            slot = f"slot{number}"
            kept = attachments.add(
                c, plain, visit=visit.visit.id, slot=slot, media_type="image/jpeg"
            )
            fact = EvidenceAdded(
                at=datetime.now(UTC),
                slot=slot,
                sha256=kept.sha256,
                size=kept.size,
                media_type="image/jpeg",
            )
            made.append(outbox.append(c, visit.visit, fact, laptop.clock))
        return made

    done = await laptop.work(120)
    return done + await laptop.db.write(photos, touched=frozenset({"outbox", "files"}))


async def forget_recovery_key(folder: Path) -> None:
    """As a laptop whose office has none."""
    laptop = await open_laptop(folder, PracticeSource())
    await laptop.db.write(
        lambda c: c.exec_driver_sql("DELETE FROM state WHERE name = 'recovery'"),
        touched=frozenset(),
    )
    await laptop.close()


def held_contents(back_office: RealOffice, laptop: str) -> list[bytes]:
    """The plain contents of a laptop's files that count in the office."""
    t, office = tables.files, back_office.office
    with office.database.reading() as c:
        rows = c.execute(
            t.select().where(t.c.laptop == laptop, t.c.complete_at.is_not(None))
        ).all()
    uploads = [
        Upload(r.region, r.id, r.laptop, r.holder, r.sha256, r.length, complete=True)
        for r in rows
    ]
    return sorted(b"".join(content(office, one).read()) for one in uploads)


@dataclass
class Scene:
    """A laptop that worked offline, and the commands at the office."""

    back_office: RealOffice
    laptop: Laptop
    made: list[str]
    key_file: Path

    def take(self, file: Path, *more: str) -> dict[str, Any]:
        data = office_of(self.back_office)
        words = ("server-admin", "rescue", file, "--key", self.key_file, "--data", data)
        (told,) = run(*words, *more)
        return told

    def is_exact(self, *more: str) -> None:
        """The office holds each fact and file once, and nothing else."""
        laptop = self.laptop.owner.laptop
        assert self.back_office.applied(laptop) == [*self.made, *more]
        assert held_contents(self.back_office, laptop) == sorted(PHOTOS)


@pytest.fixture
async def scene(back_office: RealOffice, enrolled: Enrolled, key_file: Path) -> Scene:
    laptop = await enrolled()
    assert (await laptop.engine.sync_once()).error is None
    known = await laptop.db.read(recovery.known)
    assert known.taken is not None
    return Scene(back_office, laptop, await work(laptop), key_file)


async def test_rescued_imported_and_then_the_laptop_turns_up(
    scene: Scene, tmp_path: Path
) -> None:
    laptop, file = scene.laptop, tmp_path / "one.rescue"
    before = await laptop.items()
    done = await export(laptop.db, laptop.clock, Wish(file))
    assert (done.operations, done.files, done.signed) == (123, 3, True)
    assert await laptop.items() == before

    foreseen = scene.take(file, "--dry-run")
    assert (foreseen["verdicts"], foreseen["files"]) == ({"new": 123}, {"new": 3})
    assert scene.back_office.operations(laptop.owner.laptop) == []
    told = scene.take(file)
    assert (told["verdicts"], told["files"]) == ({"applied": 123}, {"taken": 3})
    assert (told["repeats"], told["missing_files"], told["signed"]) == (0, [], True)
    scene.is_exact()
    again = scene.take(file)
    assert (again["repeats"], again["files"]) == (123, {"known": 3})

    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert report.files_waiting == 0
    more = await laptop.work(2)
    assert (await laptop.engine.sync_once()).error is None
    scene.is_exact(*more)


async def test_a_store_without_room_is_one_line_and_the_rest_comes_later(
    scene: Scene, tmp_path: Path
) -> None:
    file, folder = tmp_path / "one.rescue", office_of(scene.back_office)
    await export(scene.laptop.db, scene.laptop.clock, Wish(file))
    drafts = folder / "files" / "drafts"
    shutil.rmtree(drafts)
    drafts.touch()
    words = ("server-admin", "rescue", file, "--key", scene.key_file, "--data", folder)
    refused = attempt(*words)
    drafts.unlink()
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "store for files" in refused.stderr.splitlines()[-1]
    assert scene.take(file)["files"] == {"taken": 3}
    scene.is_exact()


async def test_a_sync_that_got_half_way_and_then_the_rescue(
    scene: Scene, tmp_path: Path
) -> None:
    engine, line = scene.laptop.meddled()

    def cut(_answer: SyncAnswer) -> SyncAnswer:
        raise Offline("cut")

    line.after = cut
    engine._sizes.operations = 100
    assert (await engine.sync_once()).error is not None
    await engine.close()
    file = tmp_path / "one.rescue"
    await export(scene.laptop.db, scene.laptop.clock, Wish(file))
    told = scene.take(file)
    assert (told["repeats"], told["verdicts"]) == (100, {"applied": 123})
    scene.is_exact()


async def test_a_laptop_whose_keyring_is_gone(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keyring's entry is lost with the old disk's system; the folder is what is left."""
    await scene.laptop.close()
    folder = tmp_path / "broken"
    shutil.copytree(scene.laptop.db.path.parent, folder)
    for path in sorted(folder.glob("store.*")):
        path.rename(folder / path.name.replace("store.", "laptop."))
    (folder / "key.json").write_text('{"source":"keyring","entry":"lost"}')
    monkeypatch.setattr("keyring.get_keyring", NoKeyring)
    refused = await asyncio.to_thread(
        attempt, "rescue", tmp_path / "no.rescue", "--data", folder
    )
    assert (refused.exit_code, (tmp_path / "no.rescue").exists()) == (1, False)
    before = snapshot(folder)
    file = tmp_path / "recovered.rescue"
    words = ("server-admin", "recover-laptop", folder, "--key", scene.key_file)
    (counted,) = await asyncio.to_thread(run, *words)
    assert counted["operations"] == {"waiting": 123}
    assert counted["files"] == {"waiting": 3}
    assert (await asyncio.to_thread(run, *words, "--to", file))[1]["signed"]
    assert snapshot(folder) == before
    assert scene.take(file)["verdicts"] == {"applied": 123}
    scene.is_exact()


async def test_another_recovery_key_recovers_nothing(scene: Scene, tmp_path: Path) -> None:
    folder, other = scene.laptop.db.path.parent, tmp_path / "other.key"
    run("server-admin", "recovery-key", "new", other, "--data", tmp_path / "other office")
    await scene.laptop.close()
    for path in sorted(folder.glob("store.*")):
        path.rename(folder / path.name.replace("store.", "laptop."))
    words = ("server-admin", "recover-laptop", folder, "--key", other)
    refused = await asyncio.to_thread(attempt, *words)
    assert refused.exit_code == 1
    assert "not to this one" in refused.stderr


async def test_the_command_opens_a_damaged_store_too(
    filled: Filled, key_file: Path, back_office: RealOffice, tmp_path: Path
) -> None:
    folder, lock = tmp_path / "laptop", tmp_path / "phrase"
    laptop = await filled(folder, 40, 1)
    lock.write_text("a passphrase of some length\n")
    await forget_recovery_key(folder)
    store, file = folder / "laptop.db", tmp_path / "out.rescue"
    body = bytearray(store.read_bytes())
    body[len(body) // 2 // 4096 * 4096 + 99] ^= 0xFF
    store.write_bytes(body)
    words = ("rescue", file, "--json", "--data", folder)
    unlocked = await asyncio.to_thread(attempt, *words)
    assert (unlocked.exit_code, file.exists()) == (1, False)
    assert "passphrase" in unlocked.stderr
    (told,) = await asyncio.to_thread(run, *words, "--lock-with", lock)
    assert told["operations"] + told["lost_operations"] == 40
    assert (told["recovery"], told["files"] + told["lost_files"]) == (None, 1)
    data = office_of(back_office)
    take = ("server-admin", "rescue", file, "--passphrase-file", lock, "--data", data)
    (done,) = await asyncio.to_thread(run, *take)
    assert done["laptop"] == laptop
    assert sum(done["verdicts"].values()) == told["operations"]
    refused = await asyncio.to_thread(
        attempt, "server-admin", "rescue", file, "--key", key_file, "--data", data
    )
    assert "behind a passphrase" in refused.stderr


def test_generations_of_the_key(tmp_path: Path) -> None:
    data = tmp_path / "office"
    first, second, third = (tmp_path / f"{n}.key" for n in range(3))
    phrase = tmp_path / "phrase"
    phrase.write_text("a passphrase for the safe\n")
    make = ("server-admin", "recovery-key", "new")
    (one,) = run(*make, first, "--passphrase-file", phrase, "--data", data)
    old = ("--previous", first, "--previous-passphrase-file", phrase)
    assert attempt(*make, second, "--previous", first, "--data", data).exit_code == 1
    (two,) = run(*make, second, *old, "--data", data)
    assert attempt(*make, third, *old, "--data", data).exit_code == 1
    loose = attempt(*make, third, "--data", data)
    assert (loose.exit_code, "Nobody vouches" in loose.stderr) == (0, True)
    listed = run("server-admin", "recovery-key", "list", "--data", data)
    assert [row["holds"] for row in listed] == [False, False, True]
    assert [row["previous"] for row in listed] == ["", one["recovery_key"], ""]
    retire = ("server-admin", "recovery-key", "retire")
    run(*retire, listed[2]["id"], "--data", data)
    assert attempt(*retire, listed[2]["id"], "--data", data).exit_code == 1
    listed = run("server-admin", "recovery-key", "list", "--data", data)
    assert [row["id"] for row in listed if row["holds"]] == [two["recovery_key"]]
