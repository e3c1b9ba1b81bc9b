from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from fieldapp.domain.day_plan import Fit
from fieldapp.domain.work_order import WorkKind
from tests.ui.views.planning_office import DAY, PlanningOffice, desk, numbers
from ui.presenters import planning as planning_module
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.presenters.planning_state import Notice
from ui.tasks import Tasks

HELD = {"V-1001": "T1", "V-1002": "T1", "V-1003": "T1", "V-1004": "T2"}


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PlanningOffice]:
    made = PlanningOffice(tmp_path / "office")
    yield made
    made.stop()


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[PlanningPresenter]:
    made = _page(tmp_path)
    yield made
    await made.close()


def _page(folder: Path) -> PlanningPresenter:
    return PlanningPresenter(PlanningRoom(desk, Tasks(_raise), folder, "en"), DAY)


def _id(page: PlanningPresenter, number: str) -> str:
    everywhere = [*page.state.pool, *(b for lane in page.state.lanes for b in lane.blocks)]
    return next(block.id for block in everywhere if block.number == number)


async def _signed_in(page: PlanningPresenter, office: PlanningOffice) -> None:
    office.load(HELD)
    assert await page.sign_in(office.url, office.token), page.state.problem


async def test_the_day_is_shown_by_technician_with_what_nobody_has_in_the_pool(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    state = page.state
    assert (state.signed_in, state.online, state.region) == (True, True, "Westland")
    assert [lane.name for lane in state.lanes] == [
        "Oefenmonteur 1",
        "Oefenmonteur 2",
        "Oefenmonteur 3",
    ]
    assert numbers(state.lanes[0].blocks) == ["V-1001", "V-1002", "V-1003"]
    assert numbers(state.pool) == ["V-1005", "V-1006", "V-1007", "V-1008"]
    assert state.lanes[0].blocks[0].street == "Glazen Kasstraat 12"
    assert (state.visits, state.changes, state.can_undo) == (8, 4, False)
    assert office.trail().count("places_viewed") == 1
    await page.refresh()
    assert office.trail().count("places_viewed") == 1


async def test_a_wrong_token_and_a_wrong_address_are_told(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    assert not await page.sign_in(office.url, "nobody")
    assert page.state.problem is not None
    assert not page.state.signed_in
    assert not await page.sign_in("http://elsewhere.example", office.token)
    assert page.state.problem is not None
    assert not await page.sign_in("http://127.0.0.1:1", office.token)
    assert page.state.online is False
    assert not await page.refresh()
    assert not await page.ask_publish()
    assert not page.assign("x", "T1")
    assert page.fits("x", "T1").fit is Fit.IMPOSSIBLE
    assert page.suggest() == 0


async def test_a_visit_goes_to_its_best_place_and_back_again(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    visit = _id(page, "V-1005")
    assert page.assign(visit, "T2")
    lane = page.state.lanes[1]
    assert numbers(lane.blocks) == ["V-1004", "V-1005"]
    assert (lane.changes, page.state.selected, page.state.can_undo) == (1, visit, True)
    assert lane.blocks[1].moved
    page.undo()
    assert numbers(page.state.lanes[1].blocks) == ["V-1004"]
    assert page.state.can_redo
    page.redo()
    assert numbers(page.state.lanes[1].blocks) == ["V-1004", "V-1005"]
    assert page.unassign(visit)
    assert "V-1005" in numbers(page.state.pool)
    assert not page.unassign(visit)
    assert office.held()["V-1005"] == (None, 0, False)


async def test_a_dropped_visit_lands_before_the_one_under_it(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    visit = _id(page, "V-1008")
    early = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert page.fits(visit, "T1", early).reason in {"others_late", "late"}
    assert page.assign(visit, "T1", early)
    assert numbers(page.state.lanes[0].blocks)[0] == "V-1008"
    assert page.state.lanes[0].late
    late = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    page.undo()
    assert page.assign(visit, "T1", late)
    assert numbers(page.state.lanes[0].blocks)[-1] == "V-1008"
    assert page.fits(visit, "T2").fit is Fit.FITS


async def test_visits_change_places_within_a_route(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    third = _id(page, "V-1003")
    assert page.shift(third, -1)
    assert numbers(page.state.lanes[0].blocks) == ["V-1001", "V-1003", "V-1002"]
    assert page.shift(third, 1)
    assert not page.shift(third, 1)
    assert not page.shift("nobody", 1)


async def test_a_suggestion_is_one_step_and_keeps_every_window(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    assert page.suggest() == 4
    assert (page.state.pool, page.state.notice) == ((), Notice.SUGGESTED)
    assert not any(lane.late for lane in page.state.lanes)
    page.undo()
    assert len(page.state.pool) == 4


async def test_publishing_shows_what_changes_for_whom_and_does_that(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    office.publish()
    await page.refresh()
    assert page.state.changes == 0
    page.assign(_id(page, "V-1003"), "T2")
    page.assign(_id(page, "V-1007"), "T1")
    assert not await page.publish()
    assert await page.ask_publish()
    rows = page.state.preview
    assert rows is not None
    assert [(row.name, row.added, row.removed) for row in rows] == [
        ("Oefenmonteur 1", ("V-1007",), ("V-1003",)),
        ("Oefenmonteur 2", ("V-1003",), ()),
    ]
    page.keep_draft()
    assert page.state.preview is None
    assert office.held()["V-1003"][0] == "T1"
    assert await page.ask_publish()
    assert await page.publish()
    assert (page.state.notice, page.state.changes, page.state.can_undo) == (
        Notice.PUBLISHED,
        0,
        False,
    )
    assert office.held()["V-1003"][0] == "T2"
    assert office.held()["V-1007"][0] == "T1"
    assert office.held()["V-1007"][2]


async def test_a_plan_that_moved_meanwhile_is_shown_and_not_overwritten(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    page.assign(_id(page, "V-1003"), "T2")
    assert await page.ask_publish()
    office.load({**HELD, "V-1003": "T3"})
    assert not await page.publish()
    assert (page.state.notice, page.state.notice_about) == (Notice.OUTDATED, "V-1003")
    assert office.held()["V-1003"][0] == "T3"
    assert await page.ask_publish()
    assert await page.publish()
    assert office.held()["V-1003"][0] == "T2"


async def test_a_finished_visit_stays_where_it_is(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    office.publish()
    await page.refresh()
    first, second = _id(page, "V-1001"), _id(page, "V-1002")
    page.assign(first, "T2")
    assert await page.ask_publish()
    office.happened("V-1001", "done")
    assert not await page.publish()
    assert (page.state.notice, page.state.notice_about) == (Notice.FINISHED, "V-1001")
    assert numbers(page.state.lanes[0].blocks)[0] == "V-1001"
    assert not page.assign(first, "T2")
    assert not page.unassign(first)
    assert not page.shift(second, -1)
    assert page.fits(first, "T2").reason == "finished"
    assert page.state.lanes[0].done == 1


async def test_what_was_given_back_is_in_the_pool_with_who_gave_it(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    office.happened("V-1004", "refused")
    await page.refresh()
    (given_back,) = [b for b in page.state.pool if b.number == "V-1004"]
    assert given_back.refused_by == "Oefenmonteur 2"
    assert page.fits(given_back.id, "T2").reason == "refused_before"
    assert page.assign(given_back.id, "T3")
    assert await page.ask_publish()
    assert await page.publish()
    assert office.held()["V-1004"][0] == "T3"


async def test_a_draft_survives_the_end_of_the_program(
    tmp_path: Path, page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    page.assign(_id(page, "V-1005"), "T2")
    await page.close()
    later = _page(tmp_path)
    assert await later.sign_in(office.url, office.token)
    assert numbers(later.state.lanes[1].blocks) == ["V-1004", "V-1005"]
    kept = list((tmp_path / "planning").iterdir())
    assert [path.name for path in kept] == ["2026-11-23.json"]
    assert b"Kasstraat" not in kept[0].read_bytes()
    kept[0].write_bytes(b"{")
    await later.show(date(2026, 11, 24))
    assert later.state.visits == 0
    await later.show(DAY)
    assert not later.state.can_undo
    (tmp_path / "planning" / "2026-10-01.json").write_bytes(b"{}")
    later.assign(_id(later, "V-1005"), "T2")
    later.undo()
    assert not (tmp_path / "planning" / "2026-10-01.json").exists()
    later.redo()
    later.undo()
    await later.close()


async def test_an_office_that_goes_away_leaves_the_picture_and_the_draft(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    page.assign(_id(page, "V-1005"), "T2")
    office.stop()
    assert not await page.refresh()
    assert page.state.online is False
    assert numbers(page.state.lanes[1].blocks) == ["V-1004", "V-1005"]
    await page.sign_out()
    assert (page.state.signed_in, page.state.lanes) == (False, ())
    assert page.state.server == office.url


async def test_it_keeps_up_by_itself_until_it_rests(
    page: PlanningPresenter, office: PlanningOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_module, "REFRESH_S", 0.01)
    await _signed_in(page, office)
    office.happened("V-1001", "started")
    seen = asyncio.Event()
    page.subscribe(lambda s: seen.set() if s.lanes[0].blocks[0].state == "started" else None)
    await asyncio.wait_for(seen.wait(), 10)
    page.rest()
    page.keep_up()


async def test_the_pool_can_be_looked_at_by_kind(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    page.filter(WorkKind.REMOVAL)
    assert {block.kind for block in page.state.shown_pool} <= {WorkKind.REMOVAL}
    page.filter(None)
    assert page.state.shown_pool == page.state.pool
    page.select(page.state.pool[0].id)
    assert page.state.block(page.state.selected) == page.state.pool[0]
