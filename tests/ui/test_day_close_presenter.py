"""The day's end, counted and closed on the real store; the office is not there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayReceipt, DayVisit
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.stock import Part, StockMeter, Van
from fieldapp.domain.work_order import Commodity, Meter, MeterKind, Visit
from fieldapp.settings import ENVIRONMENT
from fieldapp.store import attachments, closings, outbox, van
from fieldapp.store.transaction import Transaction
from fieldapp.work.visit import NotDone, Picture
from tests.ui.conftest import DAY
from tests.ui.test_cli_day import run
from ui.presenters.day_close import DayClosePresenter
from ui.wiring import Laptop

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ui.conftest import Begin, Desk

TOUCHED = frozenset({"visits", "outbox"})
STOCK = StockMeter(
    meter=Meter(number="E0044007382399226", kind=MeterKind.SMART),
    commodity=Commodity.ELECTRICITY,
)
VAN = Van(version="1", meters=(STOCK,), removed=("E1",), parts={Part.SEAL: 20})


async def load_van(laptop: Laptop) -> None:
    await laptop.db.write(lambda c: van.store(c, VAN, None), touched=TOUCHED)


async def opened(laptop: Laptop) -> DayClosePresenter:
    page = laptop.day_close_presenter(DAY)
    await page.open()
    return page


async def one_done(laptop: Laptop, begin: Begin) -> Visit:
    visit = await begin("V-1001")
    ending = NotDone(NotDoneReason.NO_ACCESS, photo=Picture(b"\xff\xd8door"))
    await laptop.visits.not_done(visit.id, ending)
    return visit


async def test_what_there_is_of_the_day(laptop: Laptop, begin: Begin) -> None:
    await one_done(laptop, begin)
    page = await opened(laptop)
    state = page.state
    assert state.states == {VisitState.NOT_DONE: 1, VisitState.PLANNED: 7}
    assert [row.number for row in state.undone][:2] == ["V-1002", "V-1003"]
    assert (state.operations, state.undelivered, state.files) == (6, 6, 1)
    assert (state.files_waiting, state.expected, state.closing) == (1, {}, None)
    assert state.number_of("visit-V-1004") == "V-1004"
    assert state.number_of("gone") == "gone"
    page.close()
    page.close()


async def test_a_count_is_kept_while_it_is_made(laptop: Laptop) -> None:
    await load_van(laptop)
    page = await opened(laptop)
    assert page.state.expected == {"E": 1, "G": 0, "removed": 1, "seal": 20}
    assert page.state.counted == page.state.expected
    page.set_counted("seal", 18)
    page.set_counted("G", -1)
    page.set_note("twee zegels gebroken")
    await page.keep()
    again = await opened(laptop)
    assert (again.state.counted["seal"], again.state.note) == (18, "twee zegels gebroken")
    assert again.state.short == {"seal": -2}
    again.set_counted("seal", 20)
    again.set_note("")
    await again.keep()
    assert (await opened(laptop)).state.short == {}


async def test_closing_is_a_signed_fact_that_waits_for_the_office(
    laptop: Laptop, begin: Begin
) -> None:
    visit = await one_done(laptop, begin)
    await load_van(laptop)
    page = await opened(laptop)
    page.set_counted("seal", 19)
    assert await page.close_day()
    made = page.state.closing
    assert made is not None
    assert (made.closed.day, made.closed.operations, made.closed.undelivered) == (DAY, 6, 6)
    assert made.closed.moves == {"placed": 0, "removed": 0, "parts": 0}
    assert made.closed.short == {"seal": -1}
    assert made.closed.visits[0] == DayVisit(id=visit.id, state=VisitState.NOT_DONE, files=1)
    item = (await laptop.db.read(outbox.items))[-1]
    assert (item.id, item.kind, item.visit) == (made.operation, "day_closed", f"day-{DAY}")
    assert await laptop.db.read(closings.awaited) == (made.operation,)
    assert (page.state.later, page.state.differences, made.confirmed) == (0, (), False)
    assert not await page.sync()
    assert page.state.problem is not None, "nobody answers"


async def test_work_after_closing_asks_to_close_again(laptop: Laptop, begin: Begin) -> None:
    await one_done(laptop, begin)
    page = await opened(laptop)
    await page.close_day()
    accepted = f.VisitAccepted(at=laptop.clock.now())
    await laptop.visits.record("visit-V-1002", accepted)
    await page.refresh()
    assert page.state.later == 1
    assert await page.close_day()
    again = page.state.closing
    assert again is not None
    assert (again.closed.operations, page.state.later) == (8, 0)
    assert await laptop.db.read(closings.awaited) == (again.operation,)


async def test_the_receipt_is_compared_with_what_was_closed(
    laptop: Laptop, begin: Begin
) -> None:
    visit = await one_done(laptop, begin)
    page = await opened(laptop)
    await page.close_day()
    made = page.state.closing
    assert made is not None

    async def told(files: int, operations: int = 6, closing: str = made.operation) -> None:
        there = [
            DayVisit(id=v.id, state=v.state, files=files if v.id == visit.id else 0)
            for v in made.closed.visits
        ]
        receipt = DayReceipt(
            day=DAY,
            closing=closing,
            made_at=laptop.clock.now(),
            visits=tuple(there),
            operations=operations,
        )

        def change(c: Transaction) -> None:
            closings.note_receipts(c, [receipt])

        await laptop.db.write(change, touched=TOUCHED)
        await page.refresh()

    await told(0, closing="of an earlier closing")
    assert page.state.closing == made
    await told(0)
    assert [(one.what, one.here, one.there) for one in page.state.differences] == [
        ("files", "1", "0")
    ]
    await told(1)
    assert page.state.differences == ()
    assert await laptop.db.read(closings.awaited) == ()


async def test_old_closings_go(laptop: Laptop) -> None:
    def change(c: Transaction) -> list[bool]:
        there = []
        for days in (0, 13, 40):
            day = DAY.fromordinal(DAY.toordinal() + days)
            fact = f.DayClosed(at=laptop.clock.now(), day=day)
            closings.keep(c, closings.Closing(operation=str(days), closed=fact))
            there.append(closings.closing(c, DAY) is not None)
        return there

    assert await laptop.db.write(change, touched=TOUCHED) == [True, True, False]


async def test_a_laptop_of_nobody_closes_no_day(bare_laptop: Laptop) -> None:
    page = await opened(bare_laptop)
    assert not await page.close_day()
    assert page.state.problem is not None
    assert await bare_laptop.db.read(attachments.waiting) == ()


async def test_today_is_whatever_today_is(laptop: Laptop) -> None:
    page = laptop.day_close_presenter()
    await page.open()
    assert page.state.day == laptop.today()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(folder))


@pytest.mark.usefixtures("environment")
async def test_the_command_closes_a_day_without_a_network(
    desk: Desk, laptop: Laptop, begin: Begin
) -> None:
    await one_done(laptop, begin)
    await load_van(laptop)
    await laptop.close()
    day = ("day", "--date", str(DAY))
    try:
        for_people = run(*day, "--close", "--count", "seal=18")
        as_json = run(*day, "--close", "--json")
        unknown = run(*day, "--close", "--count", "cats=1")
        nonsense = run(*day, "--close", "--count", "seal")
        alone = run(*day, "--count", "seal=1")
    finally:
        await desk.open()
    assert for_people.exit_code == 0, for_people.stderr
    lines = for_people.stdout.splitlines()
    assert lines[0].startswith(f"{DAY} closed: 1 not done, 7 planned")
    assert "van: seal -2 of 20" in lines
    assert lines[-1].startswith("not confirmed yet: 7 operations and 1 files wait")
    told = json.loads(as_json.stdout)
    assert (told["kind"], told["confirmed"], told["receipt"]) == ("day", False, None)
    assert (told["operations"], told["undone"][0]) == (6, "V-1002")
    for refused in (unknown, nonsense, alone):
        assert refused.exit_code == 2
        assert "--count" in refused.stderr
