"""The van comes with the sync, and the day goes with it and is confirmed; the real office."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec

from fieldapp.domain import facts as f
from fieldapp.store import attachments, closings, meter_keys, orders, van
from fieldapp.store.transaction import Transaction
from fieldapp.work.day_closing import DayClosing
from sync.server import tables
from sync.server.importing_stock import import_stock
from tests.sync.conftest import DAY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sync.conftest import Enrolled, Laptop, RealOffice

METER = "E0044007382311125"
TOUCHED = frozenset({"files", "outbox"})


def stock(office: RealOffice, folder: Path, technician: str, *lines: str) -> None:
    file = folder / "stock.csv"
    file.write_text("technician,item,number,phases,count\n" + "\n".join(lines), "utf-8")
    done = import_stock(office.office, file, dry_run=False)
    assert done.faults == (), technician


async def photo(laptop: Laptop) -> None:
    content = b"\xff\xd8" + laptop.owner.laptop.encode()

    def take(c: Transaction) -> str:
        (stored,) = orders.day(c, DAY)
        name = {"visit": stored.visit.id, "slot": "door", "media_type": "image/jpeg"}
        return attachments.add(c, content, **name).sha256

    sha256 = await laptop.db.write(take, touched=TOUCHED)
    now = datetime.now(UTC)
    fact = f.EvidenceAdded(
        at=now, slot="door", sha256=sha256, size=len(content), media_type="image/jpeg"
    )
    await laptop.work(fact=fact)


async def closing(laptop: Laptop, day: date) -> closings.Closing:
    found = await laptop.db.read(lambda c: closings.closing(c, day))
    assert found is not None
    return found


async def test_the_van_comes_once_and_again_when_it_changed(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path
) -> None:
    laptop = await enrolled()
    who = laptop.owner.technician
    await laptop.engine.sync_once()
    assert await laptop.db.read(van.carried) is None
    stock(back_office, tmp_path, who, f"{who},,{METER},3,", f"{who},seal,,,12")
    engine, line = laptop.meddled()
    try:
        for _ in range(2):
            assert (await engine.sync_once()).error is None
    finally:
        await engine.close()
    carried = await laptop.db.read(van.carried)
    assert carried is not None
    assert [one.meter.number for one in carried.meters] == [METER]
    assert [request.van for request in line.requests] == ["", carried.version]
    assert await laptop.db.read(meter_keys.held) == ()


async def work(laptop: Laptop) -> None:
    """A seal is placed, and a photo taken."""
    await laptop.engine.sync_once()
    seal = f.SealRecorded(at=datetime.now(UTC), position="new", number="Z1", action="placed")
    await laptop.work(fact=seal)
    await photo(laptop)


async def test_a_day_is_confirmed_once_its_photos_are_there(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path
) -> None:
    laptop = await enrolled()
    who = laptop.owner.technician
    stock(back_office, tmp_path, who, f"{who},seal,,,12")
    await work(laptop)
    days = DayClosing(laptop.db, laptop.clock)
    made = await days.close(DAY, {"seal": 10})
    engine, line = laptop.meddled()
    try:
        report = await engine.sync_once()
    finally:
        await engine.close()
    assert (report.error, report.files_sent) == (None, 1)
    assert [request.closings for request in line.requests] == [(made.operation,)] * 2
    kept = await closing(laptop, DAY)
    assert kept.receipt is not None
    assert kept.confirmed, kept.differences
    assert (kept.receipt.visits[0].files, made.closed.short) == (1, {"seal": -1})
    held = back_office.operations(laptop.owner.laptop)
    assert (held[-1].outcome, held[-1].reason) == ("applied_with_conflict", "stock_differs")
    assert (await laptop.engine.sync_once()).error is None
    assert await laptop.db.read(closings.awaited) == ()
    carried = await laptop.db.read(van.carried)
    assert carried is not None
    assert list(carried.parts.values()) == [10], "the technician's count holds"


async def test_a_difference_stays_until_the_office_has_it(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(2)
    today = orders.local_day(datetime.now(UTC))
    days = DayClosing(laptop.db, laptop.clock)
    await days.close(today, {})
    assert (await laptop.engine.sync_once()).error is None
    assert (await closing(laptop, today)).confirmed
    await laptop.work(1)
    made = await days.close(today, {})
    t = tables.operations
    with back_office.office.database.writing() as c:
        lost = (t.c.laptop == laptop.owner.laptop, t.c.sequence == 1)
        c.execute(t.update().where(*lost).values(outcome="rejected"))
    assert (await laptop.engine.sync_once()).error is None
    kept = await closing(laptop, today)
    (difference,) = kept.differences
    assert (difference.what, difference.here, difference.there) == ("operations", "4", "3")
    assert await laptop.db.read(closings.awaited) == (made.operation,)


async def test_an_office_without_vans_and_days_is_no_trouble(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine, line = laptop.meddled()
    line.after = lambda answer: msgspec.structs.replace(answer, van=None, receipts=())
    try:
        assert (await engine.sync_once()).error is None
    finally:
        await engine.close()
    assert await laptop.db.read(van.carried) is None


async def test_a_withdrawn_laptop_forgets_its_van(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path
) -> None:
    laptop = await enrolled()
    who = laptop.owner.technician
    stock(back_office, tmp_path, who, f"{who},,E00{who}4007382,3,")
    await laptop.engine.sync_once()
    assert await laptop.db.read(van.carried) is not None
    t = tables.laptops
    with back_office.office.database.writing() as c:
        mine = t.c.id == laptop.owner.laptop
        c.execute(t.update().where(mine).values(withdrawn_at=datetime.now(UTC)))
    await laptop.engine.sync_once()
    assert await laptop.db.read(van.carried) is None
