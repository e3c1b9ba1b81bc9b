from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Protocol

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.reading import Doubt
from fieldapp.domain.status import VisitState
from fieldapp.domain.stock import StockMeter, Van
from fieldapp.domain.work_order import Commodity, Meter, MeterKind
from fieldapp.store import drafts, van
from fieldapp.work.visit import Picture
from ui.presenters.metering import MeterPresenter
from ui.presenters.visit import VisitPresenter
from ui.presenters.visit_meters import meant
from ui.presenters.visit_page import Action
from ui.wiring import Laptop


class RobotLike(Protocol):
    page: VisitPresenter
    meter: MeterPresenter

    async def press(self) -> bool: ...

    async def work(self) -> None: ...


class DeskLike(Protocol):
    async def reopen(self) -> Laptop: ...


MakeRobot = Callable[[Laptop, str], Awaitable[RobotLike]]


async def _until(worker: RobotLike, action: Action) -> None:
    while worker.page.state.primary is None or worker.page.state.primary.action is not action:
        assert await worker.press()


async def test_two_intents_at_once_are_one(laptop: Laptop, robot: MakeRobot) -> None:
    page = (await robot(laptop, "V-1001")).page
    done = await asyncio.gather(page.accept(), page.accept(), page.travel())
    assert tuple(done) == (True, False, False)
    assert page.state.state is VisitState.ACCEPTED
    assert page.state.undelivered == 1
    assert not page.state.busy


async def test_an_intent_that_breaks_leaves_the_page_free(
    laptop: Laptop, robot: MakeRobot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (await robot(laptop, "V-1001")).page

    async def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(laptop.visits, "record", broken)
    with pytest.raises(ZeroDivisionError):
        await page.accept()
    monkeypatch.undo()
    assert not page.state.busy
    assert await page.accept()


async def test_drafts_outlive_the_program_and_go_with_their_step(
    laptop: Laptop, robot: MakeRobot, desk: DeskLike
) -> None:
    worker = await robot(laptop, "V-1001")
    kept = worker.page.drafts
    for text in ("E", "E0", "E00"):
        kept.keep("connection_and_meter/identify/number", text)
    kept.keep("choice/by", "holder")
    kept.keep("choice/by", "")
    await laptop.tasks.settle()
    assert kept.problem is None
    assert kept.text("choice/by") == ""
    laptop = await desk.reopen()
    worker = await robot(laptop, "V-1001")
    assert worker.page.drafts.text("connection_and_meter/identify/number") == "E00"
    await _until(worker, Action.RECORD_CHOICE)
    assert worker.page.drafts.text("connection_and_meter/identify/number") == ""
    worker.page.drafts.keep("choice/note", "later")
    await worker.work()
    await laptop.tasks.settle()
    visit = worker.page.state.id
    assert await laptop.db.read(lambda c: drafts.load(c, visit)) == {}


async def test_only_the_right_number_takes_a_meter_down(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1007")
    await _until(worker, Action.REMOVE_METER)
    page = worker.page
    assert not await page.remove_meter("E", "9999")
    assert page.state.problem is not None
    assert "9999" in page.state.problem.what
    assert not await page.remove_meter("E", "?")
    assert await page.remove_meter("E", "4613")
    assert await page.place_meter("E", "4025")
    (placed,) = (x for x in page.state.facts if isinstance(x, f.MeterPlaced))
    assert placed.number == "E0055001020304025"


async def test_a_meter_that_is_not_in_the_van_hangs_with_a_reason(
    laptop: Laptop, robot: MakeRobot
) -> None:
    spare = Meter(number="E0044007382399226", kind=MeterKind.DIGITAL)
    stock = StockMeter(meter=spare, commodity=Commodity.ELECTRICITY, phases=1)
    carried = Van(version="1", meters=(stock,))
    await laptop.db.write(lambda c: van.store(c, carried, None), touched=frozenset({"visits"}))
    worker = await robot(laptop, "V-1007")
    await _until(worker, Action.PLACE_METER)
    page = worker.page
    assert list(page.state.carried) == [stock]
    assert not await page.place_meter("E", "E0099999999999999")
    assert page.state.problem is not None
    assert page.state.problem.what.startswith("Meter E0099999999999999 is not in your van")
    assert str(page.state.doubted) == "E0099999999999999"
    assert await page.place_meter("E", "9226")
    assert not str(page.state.doubted)
    assert not list(page.state.carried)
    assert await page.place_meter("E", "E0099999999999999", despite="from a colleague")
    first, second = (x for x in page.state.facts if isinstance(x, f.MeterPlaced))
    assert (first.taken, first.despite) == (stock, "")
    assert (second.taken, second.despite) == (None, "from a colleague")
    assert list(page.state.carried) == [stock], "it hangs there no more"


def test_a_number_is_meant_by_its_end_where_that_is_clear() -> None:
    known = ("E0055001020304025", "G0055001020304025", "E0044007382311125")
    assert meant("e0044007382311125 ", known) == "E0044007382311125"
    assert meant("1125", known) == "E0044007382311125"
    assert meant("4025", known) == "4025"
    assert meant("125", known) == "125"


async def test_typed_digits_are_judged_before_they_are_kept(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1007")
    await _until(worker, Action.TAKE_READINGS)
    page = worker.page
    row = page.state.registers[0]
    assert page.judge(row, "64811") is Doubt.NONE
    assert page.judge(row, "44811") is Doubt.LOWER_THAN_PREVIOUS
    assert page.judge(row, "six") is None
    assert (row.kind, row.per_day) == ("analogue", None)


async def test_what_was_used_a_day(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await robot(laptop, "V-1002")
    await _until(worker, Action.TAKE_PHOTO)
    row = worker.page.state.registers[0]
    assert row.taken is not None
    assert row.register.previous is not None
    used = row.taken.value - row.register.previous.value
    assert row.per_day == (used / 360).quantize(Decimal("0.1"))


async def test_a_kept_photo_can_be_looked_at(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await robot(laptop, "V-1007")
    await _until(worker, Action.TAKE_PHOTO)
    assert await worker.page.add_photo("old_meter", Picture(b"\xff\xd8 picture"))
    photo = [x for x in worker.page.state.facts if isinstance(x, f.EvidenceAdded)][-1]
    assert await worker.page.picture(photo.sha256) == b"\xff\xd8 picture"
    assert await worker.page.picture("0" * 64) == b""


async def test_danger_stops_the_work_under_way_and_is_told_from_anywhere(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1001")
    assert await worker.page.report_danger("danger")
    assert worker.page.state.state is VisitState.PLANNED
    await _until(worker, Action.IDENTIFY_METER)
    assert await worker.page.report_danger("gas_smell")
    assert worker.page.state.may_become(VisitState.STARTED)
    assert worker.page.state.lmra_due


async def test_what_may_stay_open_follows_from_the_work(
    laptop: Laptop, robot: MakeRobot
) -> None:
    both = (await robot(laptop, "V-1002")).page
    assert [one.check.what for one in both.pending()] == [
        "first_contact",
        "gas_value",
        "mbus_key",
    ]
    alone = (await robot(laptop, "V-1005")).page
    assert [one.check.what for one in alone.pending()] == ["first_contact"]
    assert (await robot(laptop, "V-1007")).page.pending() == ()
    worker = await robot(laptop, "V-1008")
    await _until(worker, Action.APPLY_PREFERENCE)
    assert await worker.meter.defer_preference("write_preference", Preference.OFF, "no_access")
    await worker.page.refresh()
    (pending,) = worker.page.pending()
    assert (pending.must, pending.check.what, pending.check.by) == (
        True,
        "preference",
        "head_end",
    )


async def test_another_meter_is_reported_with_its_photo(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1001")
    await _until(worker, Action.IDENTIFY_METER)
    page = worker.page
    assert not await page.other_meter("?", "unclear")
    assert await page.other_meter("E0099000000000126", "moved", Picture(b"photo"))
    (other,) = (x for x in page.state.facts if isinstance(x, f.OtherMeterFound))
    (photo,) = (x for x in page.state.facts if isinstance(x, f.EvidenceAdded))
    assert other.photo == photo.sha256
