"""The whole way: work offline, rescue, lose the laptop, import; and the laptop turns up again."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from fieldapp.domain.facts import EvidenceAdded
from fieldapp.store import attachments, orders, outbox, recovery
from fieldapp.store.transaction import Transaction
from sync.server import laptops, tables
from sync.server.files import Upload, content
from sync.server.office import Office
from sync.server.settings import ServerSettings
from ui.cli.main import app
from fieldapp.work.rescue import Wish, export

if TYPE_CHECKING:
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


async def test_rescued_imported_and_then_the_laptop_turns_up(
    back_office: RealOffice, enrolled: Enrolled, key_file: Path, tmp_path: Path
) -> None:
    laptop = await enrolled()
    assert (await laptop.engine.sync_once()).error is None
    known = await laptop.db.read(recovery.known)
    assert known.taken is not None
    made = await work(laptop)
    before = await laptop.items()
    file = tmp_path / "one.rescue"
    done = await export(laptop.db, laptop.clock, Wish(file))
    assert (done.operations, done.files, done.signed) == (len(made), len(PHOTOS), True)
    assert (done.lost_operations, done.lost_files) == (0, 0)
    assert done.octets == done.total > sum(map(len, PHOTOS))
    assert await laptop.items() == before

    words = ("server-admin", "rescue", file, "--key", key_file, "--data", office_of(back_office))
    (foreseen,) = run(*words, "--dry-run")
    assert foreseen["verdicts"] == {"new": len(made)}
    assert foreseen["files"] == {"new": len(PHOTOS)}
    assert back_office.operations(laptop.owner.laptop) == []
    (told,) = run(*words)
    assert (told["verdicts"], told["files"]) == ({"applied": 123}, {"taken": 3})
    assert (told["repeats"], told["missing_files"], told["signed"]) == (0, [], True)
    assert back_office.applied(laptop.owner.laptop) == made
    assert held_contents(back_office, laptop.owner.laptop) == sorted(PHOTOS)
    (again,) = run(*words)
    assert (again["verdicts"], again["repeats"]) == ({"applied": 123}, 123)
    assert again["files"] == {"known": 3}

    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused, report.files_waiting) == (None, 0, 0, 0)
    more = await laptop.work(2)
    assert (await laptop.engine.sync_once()).error is None
    assert back_office.applied(laptop.owner.laptop) == made + more
    assert held_contents(back_office, laptop.owner.laptop) == sorted(PHOTOS)
