from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import delete, select, text, update

from fieldapp.clock import SystemClock
from fieldapp.domain.operation import decode_header
from fieldapp.errors import RestoredLaptop, StoreFull
from fieldapp.store import device, outbox
from fieldapp.store.counters import StoredCounters
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from sync.client.http import Http
from sync.client.report import OperationSent
from sync.errors import OfficeFault, Refused, Unauthorized
from sync.server import laptops, tables
from sync.server.tables_chains import chain_ends
from sync.wire import (
    SyncRequest,
)

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

KEY = bytes(range(32))
OUTBOX = frozenset({"outbox"})


async def test_an_office_that_was_set_back_is_loaded_anew(enrolled: Enrolled) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    await laptop.db.write(lambda c: device.store_cursor(c, 900), touched=frozenset())
    report = await laptop.engine.sync_once()
    assert (report.error, report.received) == (None, 2)
    assert await laptop.db.read(device.cursor) == 2


async def test_an_office_that_lost_its_last_operations_gets_them_again(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(5)
    await laptop.engine.sync_once()
    t, ends = tables.operations, chain_ends
    with back_office.office.database.writing() as c:
        mine = t.c.laptop == laptop.owner.laptop
        c.execute(delete(t).where(mine, t.c.sequence > 2))
        last = select(t.c.header_sha256).where(mine, t.c.sequence == 2).scalar_subquery()
        this = ends.c.laptop == laptop.owner.laptop
        c.execute(update(ends).where(this).values(sequence=2, header_sha256=last))
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting) == (None, 0)
    assert back_office.applied(laptop.owner.laptop) == ids


async def test_a_held_operation_brings_its_predecessors(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(4)

    def forget(c: Transaction) -> None:
        for missing in ids[:2]:
            outbox.note_verdict(c, missing, "applied", "", None)

    await laptop.db.write(forget, touched=OUTBOX)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.sent) == (None, 0, 4)
    assert await laptop.states() == ["applied"] * 4
    assert back_office.applied(laptop.owner.laptop) == ids


async def restored(laptop: Laptop, backup: Path) -> None:
    """Put an older copy of the laptop's folder back."""
    path = laptop.db.path
    await laptop.engine.close()
    await laptop.db.close()
    shutil.rmtree(path.parent)
    shutil.copytree(backup, path.parent)
    laptop.db = await Database.open(path, KEY)
    laptop.engine = laptop.engine_to(laptop.owner.server_url)


async def backed_up(laptop: Laptop, folder: Path) -> Path:
    path = laptop.db.path
    await laptop.engine.close()
    await laptop.db.close()
    shutil.copytree(path.parent, folder)
    laptop.db = await Database.open(path, KEY)
    laptop.engine = laptop.engine_to(laptop.owner.server_url)
    return folder


@pytest.mark.parametrize("work_after", [0, 1, 2, 4, 9])
async def test_a_restored_laptop_goes_on_in_a_new_incarnation(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path, work_after: int
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    old = await laptop.work(3)
    backup = await backed_up(laptop, tmp_path / "backup")
    old += await laptop.work(4)
    await laptop.engine.sync_once()

    await restored(laptop, backup)
    new = await laptop.work(work_after)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    owner = await laptop.device()
    if owner.incarnation == 1:
        pytest.fail("the restored laptop went on in the old chain")
    assert owner.system_title != laptop.owner.system_title
    assert sorted(back_office.applied(laptop.owner.laptop)) == sorted(old + new)

    later = await laptop.work(2)
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting) == (None, 0)
    assert sorted(back_office.applied(laptop.owner.laptop)) == sorted(old + new + later)


async def test_a_restored_laptop_gets_a_new_title_though_its_chain_did_not_move(
    enrolled: Enrolled, tmp_path: Path
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await StoredCounters(laptop.db, SystemClock()).reserve("key/title", 10)
    backup = await backed_up(laptop, tmp_path / "backup")
    await StoredCounters(laptop.db, SystemClock()).reserve("key/title", 10)

    await restored(laptop, backup)
    with pytest.raises(RestoredLaptop):
        await StoredCounters(laptop.db, SystemClock()).reserve("key/title", 10)
    for _ in range(2):
        report = await laptop.engine.sync_once()
        assert (report.error, report.waiting) == (None, 0)
        owner = await laptop.device()
        assert owner.incarnation == 2, "once is enough"
    assert owner.system_title != laptop.owner.system_title
    assert await StoredCounters(laptop.db, SystemClock()).reserve("key/new title", 10) == 0


async def test_a_rejected_operation_blocks_nobody(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(5)
    spoil = text("UPDATE operations SET signature = :s WHERE id = :id")
    await laptop.db.write(
        lambda c: c.execute(spoil, {"s": bytes(64), "id": ids[1]}), touched=OUTBOX
    )
    report = await laptop.engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 1)
    assert await laptop.states() == ["applied", "rejected", "applied", "applied", "applied"]
    assert back_office.applied(laptop.owner.laptop) == [ids[0], *ids[2:]]
    (refused,) = [i for i in await laptop.items() if i.state == "rejected"]
    assert refused.reason == "bad_signature"
    later = await laptop.work()
    report = await laptop.engine.sync_once()
    assert (report.sent, report.waiting, report.refused) == (1, 0, 1)
    assert back_office.applied(laptop.owner.laptop)[-1:] == later


def poison(ids: set[str], error: Exception) -> Callable[[SyncRequest], None]:
    """Refuses every request with one of these operations in it."""

    def check(request: SyncRequest) -> None:
        if ids & {decode_header(one.header).id for one in request.operations}:
            raise error

    return check


async def test_a_request_that_is_refused_for_one_operation_goes_without_it(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(30)
    engine, line = laptop.meddled()
    line.before = poison({ids[11]}, Refused("urn:fieldapp:too-large", status=413))
    report = await engine.sync_once()
    assert (report.error, report.waiting, report.refused) == (None, 0, 1)
    assert back_office.applied(laptop.owner.laptop) == ids[:11] + ids[12:]
    assert len(line.requests) < 40

    line.before = lambda _request: None
    await laptop.db.write(lambda c: outbox.resend(c, ids[11]), touched=OUTBOX)
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert sorted(back_office.applied(laptop.owner.laptop)) == ids


async def test_an_operation_that_breaks_the_office_waits_and_the_others_are_kept_there(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(9)
    engine, line = laptop.meddled()
    line.before = poison({ids[4]}, OfficeFault("status 500"))
    report = await engine.sync_once()
    assert (report.error, report.sent, report.waiting) == (None, 8, 5)
    assert len(back_office.operations(laptop.owner.laptop)) == 8

    line.before = lambda _request: None
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.waiting) == (None, 0)
    assert back_office.applied(laptop.owner.laptop) == ids
    assert (await laptop.device()).incarnation == 1


@pytest.mark.parametrize(
    "error", [Refused("urn:fieldapp:protocol-unknown"), OfficeFault("500")]
)
async def test_an_office_that_takes_nothing_blames_no_operation(
    enrolled: Enrolled, error: Exception
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(3)
    engine, line = laptop.meddled()

    def refuse(_request: SyncRequest) -> None:
        raise error

    line.before = refuse
    report = await engine.sync_once()
    await engine.close()
    assert report.error is error
    assert await laptop.states() == ["waiting"] * 3
    assert len(line.requests) == 2


async def test_a_withdrawn_laptop_loses_its_visits_and_no_work(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(3)
    await laptop.engine.sync_once()
    ids = await laptop.work(2)
    with back_office.office.database.writing() as c:
        laptops.withdraw(back_office.office, c, laptop.owner.laptop)
    report = await laptop.engine.sync_once()
    assert report.error is None
    assert await laptop.visits() == {}
    held = back_office.operations(laptop.owner.laptop)
    assert [(row.id, row.outcome) for row in held] == [(i, "quarantined") for i in ids]
    assert report.refused == 2
    again = await laptop.engine.sync_once()
    assert (again.error, again.received) == (None, 0)


async def test_a_visit_that_is_given_to_another_leaves(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop, other = await enrolled(2), await enrolled(0)
    await laptop.engine.sync_once()
    first = sorted(await laptop.visits())[0]
    http = Http(back_office.url)
    back_office.dispatcher(http).reassign(first, other.owner.technician)
    http.close()
    assert (await laptop.engine.sync_once()).error is None
    assert (await other.engine.sync_once()).received == 1
    assert len(await laptop.visits()) == 1
    assert first in await other.visits()


async def test_an_unknown_laptop_is_told_to_enrol(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.become(msgspec.structs.replace(laptop.owner, laptop="nobody"))
    report = await laptop.engine.sync_once()
    assert isinstance(report.error, Unauthorized)
    assert not laptop.engine.state.online


async def test_a_full_disk_ends_the_run_and_changes_nothing(
    enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(2)

    async def full(*_args: object, **_named: object) -> None:
        raise StoreFull("store.db")

    with monkeypatch.context() as patch:
        patch.setattr(laptop.db, "write", full)
        report = await laptop.engine.sync_once()
    assert isinstance(report.error, StoreFull)
    assert await laptop.states() == ["waiting"] * 2
    assert (await laptop.engine.sync_once()).error is None
    assert await laptop.states() == ["applied"] * 2


async def test_each_verdict_is_told_with_its_operation(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    (made,) = await laptop.work()
    report = await laptop.engine.sync_once()
    (told,) = report.verdicts
    assert isinstance(told, OperationSent)
    assert (told.id, told.sequence, told.kind) == (made, 1, "complaint_recorded")
    assert (told.outcome, told.reason) == ("applied", "")
