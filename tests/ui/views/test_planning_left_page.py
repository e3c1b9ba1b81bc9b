"""What visits left behind, on the planner's page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.pending import check_of
from fieldapp.domain.work_order import WorkKind
from tests.ui.conftest import START, SteppingClock
from tests.ui.views.conftest import LAPTOP, LARGE, Show, settle, turn
from tests.ui.views.planning_office import DAY, PlanningOffice, desk, numbers
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.presenters.planning_left import Left, Section
from ui.presenters.planning_state import Notice
from ui.tasks import Tasks
from ui.views import planning_left, theme
from ui.views.page import Context
from ui.views.planning import PlanningPage
from ui.views.planning_left_rows import Asks, LeftRow
from ui.views.planning_pool import PoolRow

CLOSED = f.VisitClosed(
    at=START, pending=(check_of("preference", DAY), check_of("gas_value", DAY))
)
LEAK = f.FollowUpAsked(at=START, work=WorkKind.FAULT, reason="gas_leak_inside")
DANGER = f.DangerReported(at=START, danger="gas_smell")
Cut = Callable[[QWidget], list[str]]


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def office(tmp_path: Path, clock: SteppingClock) -> Iterator[PlanningOffice]:
    made = PlanningOffice(tmp_path / "office", clock)
    made.load({"V-1001": "T1", "V-1002": "T1", "V-1004": "T2"})
    made.told("V-1001", CLOSED)
    made.told("V-1002", LEAK, DANGER)
    made.happened("V-1004", "handed_over")
    clock.time += timedelta(days=4)
    yield made
    made.stop()


@pytest.fixture
async def page(
    qt: QApplication, context: Context, tmp_path: Path, office: PlanningOffice
) -> AsyncIterator[PlanningPage]:
    """Signed in: one check that was missed, one open, three follow-ups, one handed over."""
    tasks = Tasks(_raise)
    presenter = PlanningPresenter(PlanningRoom(desk, tasks, tmp_path, "nl"), DAY)
    made = PlanningPage(replace(context, spawn=tasks.spawn), presenter)
    assert await presenter.sign_in(office.url, office.token)
    yield made
    await presenter.close()
    await tasks.close()
    settle(qt)


def _rows(page: PlanningPage) -> list[LeftRow]:
    return [row for row in page.lists.findChildren(LeftRow) if row.isVisible()]


def _button(root: QWidget, text: str) -> QAbstractButton:
    buttons = root.findChildren(QAbstractButton)
    return next(b for b in buttons if b.isVisible() and b.text() == text)


def _free(row: LeftRow) -> bool:
    return row.asking is None


def _told(root: QWidget) -> str:
    return " | ".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


async def _until(qt: QApplication, true: Callable[[], bool]) -> None:
    """Let tasks and Qt run until something holds; the test's own time limit ends it."""
    while not true():
        await turn(qt, 1)


async def test_both_counts_stand_below_the_pool_and_open_their_list(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    show(page)
    assert [row.accessibleName() for row in page.counts.rows] == [
        "Nog te bewijzen · 2, 1 verlopen",
        "Vervolgwerk · 3, 1 keer gevaar gemeld",
        "Te beoordelen · 0",
    ]
    page.counts.rows[0].setFocus()
    QTest.keyClick(page.counts.rows[0], Qt.Key.Key_Return)
    settle(qt)
    assert page.presenter.state.section is Section.CHECKS
    assert [row.accessibleName() for row in _rows(page)] == [
        "Gasstand via de elektriciteitsmeter, V-1001 · had uiterlijk do 26 nov bewezen "
        "moeten zijn; staat nu bij Vervolgwerk, verlopen",
        "Uitlezing op afstand ingesteld, V-1001 · te bewijzen door het centrale systeem · "
        "uiterlijk ma 7 dec, nog 10 dagen",
    ]
    _button(page, "Vervolgwerk · 3").click()
    settle(qt)
    told = _told(page.lists)
    for said in ("Storing: gaslek in de woning", "Storing: gevaar gemeld", "na V-1002"):
        assert said in told
    assert "niet op tijd bewezen" in told


async def test_proven_takes_a_second_tap(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.CHECKS)
    show(page)
    (_late, row) = _rows(page)
    _button(row, "Bewezen").click()
    settle(qt)
    assert not _free(row)
    assert "check_proven" not in office.trail()
    _button(row, "Toch niet").click()
    settle(qt)
    assert _free(row)
    _button(row, "Bewezen").click()
    settle(qt)
    _button(row, "Ja, bewezen").click()
    await _until(qt, lambda: page.presenter.state.notice is Notice.PROVEN)
    settle(qt)
    assert len(_rows(page)) == 1
    assert page.banner.accessibleName().startswith("Bewezen, bij V-1001.")
    assert office.trail().count("check_proven") == 1


async def test_a_follow_up_gets_a_day_and_stands_in_its_pool(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    page.presenter.list_left(Section.FOLLOW_UPS)
    show(page)
    row = _rows(page)[0]
    _button(row, "Inplannen…").click()
    settle(qt)
    first = page.presenter.state.left.today
    assert first is not None
    assert row.day == first
    for name, days in (("Een dag eerder", 0), ("Een dag later", 1), ("Week later", 8)):
        buttons = row.findChildren(QAbstractButton)
        next(b for b in buttons if b.accessibleName() == name).click()
        assert row.day == first + timedelta(days=days)
    _button(row, "Inplannen").click()
    await _until(qt, lambda: page.presenter.state.notice is Notice.FOLLOWED)
    settle(qt)
    assert page.banner.accessibleName().startswith(
        "Het vervolg op V-1002 staat in de pool van za 5 dec."
    )
    await page.presenter.show(first + timedelta(days=8))
    assert numbers(page.presenter.state.pool) == ["V-1002.2"]


async def test_not_needed_takes_a_second_tap(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    page.presenter.list_left(Section.FOLLOW_UPS)
    show(page)
    row = _rows(page)[0]
    _button(row, "Niet nodig").click()
    settle(qt)
    _button(row, "Ja, niet nodig").click()
    await _until(qt, lambda: page.presenter.state.notice is Notice.DROPPED)
    settle(qt)
    assert len(_rows(page)) == 2


async def test_a_question_and_its_focus_outlive_a_refresh(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.FOLLOW_UPS)
    show(page)
    page.activateWindow()
    row = _rows(page)[1]
    row.ask(Asks.PLAN)
    row.go_by(3)
    day = row.day
    await page.presenter.refresh()
    assert _rows(page)[1] is row
    office.told("V-1003", LEAK)
    await page.presenter.refresh()
    settle(qt)
    assert len(_rows(page)) == 4
    again = next(one for one in _rows(page) if one.row.key == row.row.key)
    assert (again.asking, again.day) == (Asks.PLAN, day)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert again.isAncestorOf(focused)


async def test_esc_leaves_the_question_then_the_list(page: PlanningPage, show: Show) -> None:
    page.presenter.list_left(Section.CHECKS)
    show(page)
    assert page.primary() is None
    _rows(page)[0].ask(Asks.PROVE)
    assert page.back()
    assert _rows(page)[0].asking is None
    assert page.back()
    assert page.presenter.state.section is None
    assert not page.back()


async def test_a_wish_that_failed_can_be_made_again(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.CHECKS)
    show(page)
    row = _rows(page)[0]
    office.stop()
    row.ask(Asks.PROVE)
    row.do_it()
    assert not row.isEnabled()
    await _until(qt, lambda: page.presenter.state.online is False)
    await _until(qt, row.isEnabled)
    assert page.banner.isVisible()


async def test_long_lists_show_a_part_at_a_time(
    page: PlanningPage, show: Show, qt: QApplication, cut: Cut
) -> None:
    state = page.presenter.state
    one = state.left.follow_ups[0]
    many = tuple(replace(one, id=f"{n}", number=f"V-{n}") for n in range(45))
    full = replace(state, section=Section.FOLLOW_UPS, left=Left(state.left.today, (), many))
    show(page)
    page.draw(full)
    settle(qt)
    assert len(_rows(page)) == planning_left.PAGE
    assert "1 tot en met 20 van 45" in _told(page.lists)
    later = next(
        b
        for b in page.lists.findChildren(QAbstractButton)
        if b.accessibleName() == "Volgende rijen"
    )
    later.click()
    later.click()
    settle(qt)
    assert [row.row.number for row in _rows(page)][-1] == "V-44"
    assert not later.isEnabled()
    page.draw(replace(full, left=Left(state.left.today, (), many[:21])))
    settle(qt)
    assert [row.row.number for row in _rows(page)] == ["V-20"]
    assert cut(page) == []


@pytest.mark.parametrize("section", Section)
async def test_empty_lists_have_their_own_words(
    page: PlanningPage, show: Show, qt: QApplication, section: Section
) -> None:
    state = replace(page.presenter.state, section=section, left=Left(DAY))
    show(page)
    page.draw(state)
    settle(qt)
    assert page.words(f"follow.{section}_none") in _told(page.lists)
    page.draw(replace(state, section_visit=state.pool[0].id))
    settle(qt)
    assert page.words(f"follow.{section}_of_visit") in _told(page.lists)
    assert f"alleen van {state.pool[0].number}" in _told(page.lists)


async def test_a_visit_names_what_it_left_and_leads_there(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    visit = page.presenter.state.lanes[0].blocks[0]
    assert visit.number == "V-1001"
    page.presenter.select(visit.id)
    show(page)
    told = _told(page.detail)
    assert "nog te bewijzen: Gasstand via de elektriciteitsmeter (verlopen)" in told
    assert "vervolgwerk: Storing: Gasstand via de elektriciteitsmeter" in told
    page.detail.settle.click()
    settle(qt)
    state = page.presenter.state
    assert (state.section, state.section_visit) == (Section.CHECKS, visit.id)
    assert len(_rows(page)) == 2
    _button(page.lists, "Alles tonen").click()
    _button(page, "Vervolgwerk · 3").click()
    settle(qt)
    assert len(_rows(page)) == 3
    page.presenter.select(page.presenter.state.pool[0].id)
    assert not page.detail.settle.isVisible()


async def test_a_handed_over_visit_says_who_had_it_and_what_came_before(
    page: PlanningPage, show: Show
) -> None:
    show(page)
    row = next(r for r in page.pool.findChildren(PoolRow) if r.block.number == "V-1004")
    assert row.accessibleName().endswith("overgedragen door Oefenmonteur 2")
    assert "overgedragen | van Oefenmonteur 2 · begonnen" in _told(row)
    state = page.presenter.state
    handed = replace(row.block, operations=14)
    pool = tuple(handed if b.id == handed.id else b for b in state.pool)
    page.draw(replace(state, pool=pool, selected=handed.id))
    said = "overgedragen door Oefenmonteur 2, werk begonnen, 14 vastleggingen zijn binnen"
    assert said in _told(page.detail)


async def test_rows_of_a_full_pool_are_not_squeezed(page: PlanningPage, show: Show) -> None:
    show(page, QSize(1246, 460))
    rows = page.pool.findChildren(PoolRow)
    assert len(rows) > 4
    assert [row.height() for row in rows] == [row.sizeHint().height() for row in rows]


@pytest.mark.parametrize("section", [Section.CHECKS, Section.FOLLOW_UPS])
async def test_every_size_theme_and_language_shows_the_lists_whole(
    page: PlanningPage, show: Show, cut: Cut, qt: QApplication, section: Section
) -> None:
    for size in (LAPTOP - QSize(72 + 48, 150), LARGE - QSize(72 + 48, 150)):
        for name in theme.THEMES:
            for lang in ("nl", "en"):
                page.presenter.list_left(section)
                show(page, size, name, lang)
                for row, asks in zip(_rows(page), reversed(Asks), strict=False):
                    row.ask(Asks.PROVE if section is Section.CHECKS else asks)
                settle(qt)
                assert cut(page) == [], (size, name, lang)
                assert page.width() <= size.width()


@pytest.mark.parametrize("section", [Section.CHECKS, Section.FOLLOW_UPS])
async def test_every_button_can_be_touched_and_heard(
    page: PlanningPage, show: Show, qt: QApplication, section: Section
) -> None:
    page.presenter.list_left(section)
    show(page)
    _rows(page)[0].ask(Asks.PROVE if section is Section.CHECKS else Asks.PLAN)
    settle(qt)
    shown = [b for b in page.lists.findChildren(QAbstractButton) if b.isVisible()]
    assert len(shown) > 5
    for button in shown:
        assert button.accessibleName(), button
        assert min(button.width(), button.height()) >= theme.TARGET, button.accessibleName()
        assert button.focusPolicy() is not Qt.FocusPolicy.NoFocus
