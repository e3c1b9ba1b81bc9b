"""What visits left behind, in the planner's presenter, against the real office."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import WorkKind
from sync.server.erasure import erase_holder_of
from tests.ui.conftest import START, SteppingClock
from tests.ui.views.planning_office import DAY, REGION, PlanningOffice, desk, numbers
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.presenters.planning_left import Section
from ui.presenters.planning_state import Notice
from ui.presenters.planning_wishes import DropFollowUp, PlanFollowUp, Prove
from ui.tasks import Tasks

NEXT = date(2026, 11, 24)
CLOSED = f.VisitClosed(
    at=START, pending=(check_of("preference", DAY), check_of("gas_value", DAY))
)
LEAK = f.FollowUpAsked(at=START, work=WorkKind.FAULT, reason="gas_leak_inside")


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def office(tmp_path: Path, clock: SteppingClock) -> Iterator[PlanningOffice]:
    made = PlanningOffice(tmp_path / "office", clock)
    made.load({"V-1001": "T1", "V-1002": "T1", "V-1004": "T2"})
    yield made
    made.stop()


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[PlanningPresenter]:
    made = PlanningPresenter(PlanningRoom(desk, Tasks(_raise), tmp_path, "en"), DAY)
    yield made
    await made.close()


async def _signed_in(page: PlanningPresenter, office: PlanningOffice) -> None:
    assert await page.sign_in(office.url, office.token), page.state.problem


async def test_what_visits_left_comes_with_the_board_and_with_every_refresh(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    assert not page.state.left
    office.told("V-1001", CLOSED)
    office.told("V-1002", LEAK)
    assert await page.refresh()
    left = page.state.left
    assert [(c.what, c.number, c.proven_by, c.days) for c in left.checks] == [
        ("gas_value", "V-1001", "head_end", 3),
        ("preference", "V-1001", "head_end", 14),
    ]
    (leak,) = left.follow_ups
    assert (leak.number, leak.work, leak.reason) == (
        "V-1002",
        WorkKind.FAULT,
        "gas_leak_inside",
    )
    assert (left.count(Section.CHECKS), left.count(Section.FOLLOW_UPS)) == (2, 1)
    assert (left.pressing(Section.CHECKS), left.pressing(Section.FOLLOW_UPS)) == (0, 0)
    assert left.today == DAY
    assert left.of(leak.visit).checks == ()
    assert left.of(leak.visit).follow_ups == (leak,)
    await page.show(NEXT)
    assert page.state.left == left


async def test_a_check_is_proven_once_and_the_page_says_so(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    office.told("V-1001", CLOSED)
    await _signed_in(page, office)
    gas, preference = page.state.left.checks
    assert await page.settle(Prove(gas.id, gas.what))
    assert page.state.left.checks == (preference,)
    assert (page.state.notice, page.state.notice_about) == (Notice.PROVEN, "V-1001")
    assert not await page.settle(Prove(gas.id, gas.what))
    assert page.state.notice is Notice.SETTLED
    assert not await page.settle(Prove("no-such", gas.what))
    assert page.state.problem is not None
    assert "check_proven" in office.trail()


async def test_a_missed_check_stays_marked_while_the_work_it_became_is_open(
    page: PlanningPresenter, office: PlanningOffice, clock: SteppingClock
) -> None:
    office.told("V-1001", CLOSED)
    clock.time += timedelta(days=4)
    await _signed_in(page, office)
    left = page.state.left
    assert [(c.what, c.days, c.missed) for c in left.checks] == [
        ("gas_value", -1, True),
        ("preference", 10, False),
    ]
    (became,) = left.follow_ups
    assert (became.reason, became.missed) == ("gas_value", True)
    assert (left.pressing(Section.CHECKS), left.pressing(Section.FOLLOW_UPS)) == (1, 0)
    assert await page.settle(DropFollowUp(became.id))
    assert [c.what for c in page.state.left.checks] == ["preference"]
    assert page.state.left.follow_ups == ()
    assert page.state.notice is Notice.DROPPED


async def test_a_missed_check_can_still_be_proven(
    page: PlanningPresenter, office: PlanningOffice, clock: SteppingClock
) -> None:
    office.told("V-1001", CLOSED)
    clock.time += timedelta(days=4)
    await _signed_in(page, office)
    late = page.state.left.checks[0]
    assert await page.settle(Prove(late.id, late.what))
    assert [c.what for c in page.state.left.checks] == ["preference"]
    assert len(page.state.left.follow_ups) == 1


async def test_a_follow_up_becomes_a_visit_in_the_pool_of_its_day(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    gone = f.VisitNotDone(at=START, reason=NotDoneReason.NO_ACCESS)
    office.told("V-1001", LEAK, gone)
    await _signed_in(page, office)
    leak, again = page.state.left.follow_ups
    assert await page.settle(PlanFollowUp(leak.id, DAY))
    assert "V-1001.2" in numbers(page.state.pool)
    said = page.state.notice, page.state.notice_about, page.state.notice_on
    assert said == (Notice.FOLLOWED, "V-1001", DAY)
    assert await page.settle(PlanFollowUp(again.id, NEXT))
    assert "V-1001.3" not in numbers(page.state.pool)
    await page.show(NEXT)
    assert numbers(page.state.pool) == ["V-1001.3"]
    assert page.state.pool[0].kind is WorkKind.READING_PREFERENCE
    assert not page.state.left
    assert not await page.settle(DropFollowUp(again.id))
    assert page.state.notice is Notice.SETTLED


async def test_of_an_erased_customer_no_visit_is_made(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    office.told("V-1001", LEAK)
    await _signed_in(page, office)
    (leak,) = page.state.left.follow_ups
    assert erase_holder_of(office.office, REGION, "V-1001")
    assert not await page.settle(PlanFollowUp(leak.id, NEXT))
    assert page.state.notice is Notice.ERASED
    assert page.state.left.follow_ups == (leak,)
    assert await page.settle(DropFollowUp(leak.id))


async def test_a_handed_over_visit_is_in_the_pool_with_who_had_it(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    office.happened("V-1004", "handed_over")
    await _signed_in(page, office)
    (handed,) = [block for block in page.state.pool if block.number == "V-1004"]
    assert (handed.handed_over, handed.refused_by) == (True, "Oefenmonteur 2")
    assert handed.operations == 0
    assert not any(block.handed_over for block in page.state.pool if block != handed)
    assert page.assign(handed.id, "T3")
    assert await page.ask_publish()
    assert await page.publish()
    assert page.state.lanes[2].blocks[0].state == "planned"


async def test_a_list_is_opened_and_closed_and_closes_with_the_day(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    await _signed_in(page, office)
    page.list_left(Section.CHECKS)
    assert (page.state.section, page.state.section_visit) == (Section.CHECKS, "")
    page.list_left(Section.FOLLOW_UPS, page.state.pool[0].id)
    assert page.state.section_visit == page.state.pool[0].id
    page.list_left(None)
    assert (page.state.section, page.state.section_visit) == (None, "")


async def test_an_office_that_is_away_settles_nothing(
    page: PlanningPresenter, office: PlanningOffice
) -> None:
    office.told("V-1001", CLOSED)
    assert not await page.settle(Prove("x", "gas_value"))
    await _signed_in(page, office)
    gas = page.state.left.checks[0]
    office.stop()
    assert not await page.settle(Prove(gas.id, gas.what))
    assert page.state.online is False
    assert gas in page.state.left.checks
