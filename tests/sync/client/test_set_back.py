"""Offices and laptops that were restored from a backup: what was acknowledged comes again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import delete, update

from fieldapp.store import attachments, device, orders
from fieldapp.store.database import Database
from fieldapp.store.tables import visits
from fieldapp.store.transaction import Transaction
from sync.client import exchange
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.engine import Engine
from sync.client.http import Http
from sync.errors import Offline
from sync.server import laptops, restoring, tables
from tests.sync.conftest import KEY

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop, RealOffice


async def photo(laptop: Laptop) -> None:
    def take(c: Transaction) -> None:
        visit = orders.held(c)[0].visit.id
        content = os.urandom(2_000)
        attachments.add(c, content, visit=visit, slot="old", media_type="image/jpeg")

    await laptop.db.write(take, touched=frozenset({"files"}))


async def copied(laptop: Laptop, start: Path, end: Path) -> None:
    """Copy the folder while nothing is open, or put such a copy back."""
    await laptop.engine.close()
    await laptop.db.close()
    shutil.rmtree(end, ignore_errors=True)
    shutil.copytree(start, end)
    laptop.db = await Database.open(laptop.db.path, KEY)
    laptop.engine = laptop.engine_to(laptop.owner.server_url)


def forget(office: RealOffice, laptop: Laptop, *, files: int, incarnation: int = 0) -> None:
    """The office as it was before: without so many files, and what came in later chains."""
    mine, t = laptop.owner.laptop, tables
    with office.office.database.writing() as c:
        last = t.files.select().where(t.files.c.laptop == mine).limit(files)
        gone = [row.id for row in c.execute(last.order_by(t.files.c.complete_at.desc()))]
        c.execute(delete(t.files).where(t.files.c.id.in_(gone)))
        left = t.laptops.c.files_held - len(gone)
        this = t.laptops.c.id == mine
        c.execute(update(t.laptops).where(this).values(files_held=left))
        if incarnation:
            c.execute(delete(t.operations).where(t.operations.c.laptop == mine))
            later = t.incarnations.c.incarnation > incarnation
            c.execute(delete(t.incarnations).where(t.incarnations.c.laptop == mine, later))
            c.execute(update(t.laptops).where(this).values(incarnation=incarnation))


async def test_an_office_that_lost_files_gets_them_again(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    for _ in range(3):
        await photo(laptop)
        await laptop.engine.sync_once()
    assert back_office.files(laptop.owner.laptop) == 3
    forget(back_office, laptop, files=2)
    report = await laptop.engine.sync_once()
    assert (report.error, report.files_waiting) == (None, 0)
    assert back_office.files(laptop.owner.laptop) == 3
    report = await laptop.engine.sync_once()
    assert report.files_sent == 0, "once is enough"


async def test_a_file_whose_receipt_was_lost_alarms_once(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop)
    await laptop.engine.sync_once()
    with back_office.office.database.writing() as c:
        this = tables.laptops.c.id == laptop.owner.laptop
        c.execute(update(tables.laptops).where(this).values(files_held=0))
    assert [(await laptop.engine.sync_once()).files_sent for _ in range(3)] == [1, 0, 0]
    assert back_office.files(laptop.owner.laptop) == 1


async def test_a_file_whose_answer_was_lost_alarms_nobody(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await photo(laptop)
    await photo(laptop)
    engine, line = laptop.meddled()

    def lost(_call: Call, answer: Answer) -> Answer:
        if line.calls == ["POST", "PATCH", "POST"]:
            raise Offline("the office has it, and nobody here knows")
        return answer

    line.after_file = lost
    assert [(await engine.sync_once()).files_sent for _ in range(2)] == [0, 2]
    line.calls.clear()
    assert (await engine.sync_once()).files_waiting == 0
    await engine.close()
    assert line.calls == [], "nothing is offered once more"
    assert back_office.files(laptop.owner.laptop) == 2


async def test_an_office_that_lost_incarnations_gets_all_that_is_kept(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    folder, backup = laptop.db.path.parent, tmp_path / "backup"
    ids = await laptop.work(2)
    await laptop.engine.sync_once()
    await copied(laptop, folder, backup)
    lost = await laptop.work(1)
    await laptop.engine.sync_once()
    await copied(laptop, backup, folder)
    ids += await laptop.work(2)
    await laptop.engine.sync_once()
    assert (await laptop.device()).incarnation == 2
    assert sorted(back_office.applied(laptop.owner.laptop)) == sorted(ids + lost)

    forget(back_office, laptop, files=0, incarnation=1)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert sorted(back_office.applied(laptop.owner.laptop)) == sorted(ids)
    assert (await laptop.device()).incarnation == 3
    assert await laptop.states() == ["applied"] * 4


class Losing(Http):
    """A line on which the first answer that gives an incarnation is lost."""

    left = 1

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        answer = super().post(path, message, token=token)
        if path == "/v1/incarnations" and self.left:
            self.left -= 1
            raise Offline("lost")
        return answer


async def test_an_incarnation_that_was_lost_on_its_way_sets_nothing_aside(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.become(msgspec.structs.replace(laptop.owner, incarnation=2))
    ids = await laptop.work(2)
    engine = Engine(laptop.db, Losing, laptop.clock)
    assert isinstance((await engine.sync_once()).error, Offline)
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert back_office.applied(laptop.owner.laptop) == ids


async def test_forks_that_meet_the_office_in_several_requests_all_go_again(
    enrolled: Enrolled,
    back_office: RealOffice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    folder, backup = laptop.db.path.parent, tmp_path / "backup"
    await copied(laptop, folder, backup)
    old = await laptop.work(5)
    await laptop.engine.sync_once()
    await copied(laptop, backup, folder)
    new = await laptop.work(5)
    monkeypatch.setattr(exchange, "MAX_OPERATIONS", 2)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert sorted(back_office.applied(laptop.owner.laptop)) == sorted(old + new)


async def test_a_withdrawn_laptop_that_was_restored_delivers_and_lets_go(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    folder, backup = laptop.db.path.parent, tmp_path / "backup"
    await copied(laptop, folder, backup)
    await laptop.work(2)
    await laptop.engine.sync_once()
    with back_office.office.database.writing() as c:
        laptops.withdraw(back_office.office, c, laptop.owner.laptop)
    await copied(laptop, backup, folder)
    (made,) = await laptop.work()
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting) == (None, 0)
    assert await laptop.visits() == {}
    kept = {row.id: row.reason for row in back_office.operations(laptop.owner.laptop)}
    assert kept[made] == "laptop_withdrawn"


async def test_a_version_from_before_a_restore_is_not_taken_for_the_present_one(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """The same version of a visit said something else in the life that the copy ended."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    planned = (await laptop.db.read(orders.held))[0].visit

    def in_another_life(c: Transaction) -> None:
        other = msgspec.structs.replace(planned, access_note="as it was then")
        body = msgspec.json.encode(other)
        c.execute(update(visits).where(visits.c.id == planned.id).values(body=body))

    await laptop.db.write(in_another_life, touched=frozenset({"visits"}))
    restoring.note_restored(back_office.office)
    report = await laptop.engine.sync_once()
    assert report.error is None
    assert (await laptop.db.read(orders.held))[0].visit == planned
    cursor = await laptop.db.read(device.cursor)
    await laptop.db.write(in_another_life, touched=frozenset({"visits"}))
    await laptop.engine.sync_once()
    assert (await laptop.db.read(orders.held))[0].visit != planned, "once is enough"
    assert await laptop.db.read(device.cursor) == cursor > 0
