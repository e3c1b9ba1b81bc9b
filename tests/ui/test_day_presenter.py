from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.errors import StoreFull
from fieldapp.store import audit, inbox
from ui.presenters.day import DayState, Picture
from ui.presenters.day_rows import Lack
from ui.wiring import Laptop

DAY = date(2026, 11, 23)


async def test_the_day_in_order_with_what_each_visit_needs_to_show(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = laptop.day_presenter(DAY)
    await day.open()
    state = day.state
    assert (state.picture, state.technician, state.practice) == (
        Picture.DAY,
        "Oefenmonteur 1",
        True,
    )
    assert [row.number for row in state.visits] == list(visits)
    first = state.visits[0]
    planned = visits["V-1001"]
    assert state.next == first.id
    assert (first.name, first.street) == (planned.customer.name, "Glazen Kasstraat 12")
    assert first.window[0] == planned.window_start
    assert first.window[0].utcoffset() == timedelta(hours=1)
    assert [(c.ean, c.meter) for c in first.connections] == [
        ("871687000000200010", "E0044007382246019")
    ]
    assert (first.steps, first.steps_done, first.current) == (4, 0, "connection_and_meter")
    assert state.last_contact is not None
    day.close()


async def test_what_is_shown_is_in_the_trail_once_per_visit(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    day = laptop.day_presenter(DAY)
    await day.open()
    await day.refresh()
    entries = await laptop.db.read(audit.entries)
    assert [entry.visit for entry in entries] == [visit.id for visit in visits.values()]
    assert {entry.action for entry in entries} == {"look"}
    assert {entry.purpose for entry in entries} >= {"placement", "fault"}


async def test_the_day_keeps_up_with_the_work(laptop: Laptop, visits: dict[str, Visit]) -> None:
    day = laptop.day_presenter(DAY)
    heard: list[DayState] = []
    day.subscribe(heard.append)
    await day.open()
    second = visits["V-1002"].id
    now = laptop.clock.now
    await laptop.visits.record(second, f.VisitAccepted(at=now()))
    await laptop.visits.record(second, f.VisitTravelling(at=now()))
    await laptop.tasks.settle()
    assert day.state == heard[-1]
    assert day.state.next == second
    assert day.state.visits[1].state is VisitState.TRAVELLING
    await laptop.visits.record(visits["V-1001"].id, f.VisitRefused(at=now(), reason="too far"))
    await laptop.tasks.settle()
    assert day.state.done == 1
    assert Lack.UNDELIVERED in day.state.visits[0].lacks
    day.close()
    count = len(heard)
    await laptop.visits.record(second, f.VisitArrived(at=now()))
    await laptop.tasks.settle()
    assert len(heard) == count


async def test_what_is_missing_is_named(laptop: Laptop, visits: dict[str, Visit]) -> None:
    placement = visits["V-1002"]
    customer = msgspec.structs.replace(placement.customer, phone="")
    bare = msgspec.structs.replace(
        placement, new_meters=(), customer=customer, id="visit-bare", route_position=99
    )
    page = [
        inbox.InboxChange(bare.id, 1, bare),
        inbox.InboxChange(visits["V-1003"].id, 2, None),
    ]
    await laptop.visits.record(visits["V-1003"].id, f.VisitAccepted(at=laptop.clock.now()))
    await laptop.db.write(
        lambda c: inbox.store_page(c, page, 20), touched=frozenset({"visits"})
    )
    day = laptop.day_presenter(DAY)
    await day.open()
    rows = {row.id: row for row in day.state.visits}
    assert rows["visit-bare"].lacks == (Lack.NO_STOCK_METER, Lack.NO_PHONE)
    assert rows[visits["V-1003"].id].lacks == (Lack.WITHDRAWN,)
    assert rows[visits["V-1002"].id].lacks == ()


async def test_an_empty_day_and_an_unloaded_one_have_their_own_picture(
    laptop: Laptop, bare_laptop: Laptop
) -> None:
    day = laptop.day_presenter(DAY)
    await day.show(date(2026, 12, 24))
    assert (day.state.picture, day.state.visits, day.state.next) == (Picture.EMPTY, (), "")
    await bare_laptop.db.write(inbox.rebaseline, touched=frozenset())
    await day.refresh()
    assert day.state.picture is Picture.NOT_LOADED


async def test_a_laptop_of_nobody_says_so(bare_laptop: Laptop) -> None:
    day = bare_laptop.day_presenter()
    await day.open()
    assert day.state.picture is Picture.NOT_ENROLLED
    assert day.state.on == bare_laptop.today()


async def test_a_store_that_fails_is_told_and_the_old_day_stays(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = laptop.day_presenter(DAY)
    await day.open()

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    monkeypatch.setattr(laptop.db, "read", full)
    await day.refresh()
    assert day.state.problem is not None
    assert "disk is full" in day.state.problem.what
    assert len(day.state.visits) == 8
