from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from tests.ui.views.conftest import LAPTOP, LARGE, Show, settle, turn
from tests.ui.views.dragging import drag, spot
from tests.ui.views.planning_office import DAY, PlanningOffice, desk, numbers
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.presenters.planning_state import Notice
from ui.tasks import Tasks
from ui.views import planning as room
from ui.views import theme
from ui.views.language import Words
from ui.views.page import Context
from ui.views.planning import PlanningPage
from ui.views.planning_block import BlockButton
from ui.views.planning_pool import PoolRow

HELD = {"V-1001": "T1", "V-1002": "T1", "V-1003": "T1", "V-1004": "T2"}
LEFT = Qt.MouseButton.LeftButton
Cut = Callable[[QWidget], list[str]]


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PlanningOffice]:
    made = PlanningOffice(tmp_path / "office")
    made.load(HELD)
    yield made
    made.stop()


@pytest.fixture
async def page(
    qt: QApplication, context: Context, tmp_path: Path, office: PlanningOffice
) -> AsyncIterator[PlanningPage]:
    """Signed in, with the practice day of three technicians."""
    tasks = Tasks(_raise)
    presenter = PlanningPresenter(PlanningRoom(desk, tasks, tmp_path, "nl"), DAY)
    made = PlanningPage(replace(context, spawn=tasks.spawn), presenter)
    assert await presenter.sign_in(office.url, office.token)
    yield made
    await presenter.close()
    await tasks.close()
    settle(qt)


def _pool(page: PlanningPage) -> list[str]:
    return numbers(page.presenter.state.pool)


def _block(page: PlanningPage, number: str) -> BlockButton:
    return next(b for b in page.board.findChildren(BlockButton) if b.block.number == number)


def _row(page: PlanningPage, number: str) -> PoolRow:
    return next(r for r in page.pool.findChildren(PoolRow) if r.block.number == number)


def test_the_page_comes_from_whoever_can_plan(context: Context) -> None:
    class Other:
        pass

    with pytest.raises(TypeError):
        room.make(replace(context, desk=Other()))  # type: ignore[arg-type]  # no planner


async def test_a_dispatcher_signs_in_and_out(
    page: PlanningPage, office: PlanningOffice, show: Show, qt: QApplication
) -> None:
    show(page)
    page.sign_out()
    await _until(qt, lambda: not page.presenter.state.signed_in)
    assert page.headline()[1] == "aanmelden bij het kantoor"
    assert not page.tools().isVisible()
    page.sign_in.fill(office.url, "wrong")
    page.sign_in.button.click()
    await _until(qt, lambda: page.presenter.state.problem is not None)
    page.sign_in.fill(office.url, office.token)
    page.sign_in.button.click()
    await _until(qt, lambda: page.presenter.state.signed_in)
    assert page.headline() == (
        "Planning",
        "maandag 23 november · 8 bezoeken, 3 monteurs, 4 in de pool",
    )


async def _until(qt: QApplication, true: Callable[[], bool]) -> None:
    """Let tasks and Qt run until something holds; the test's own time limit ends it."""
    while not true():
        await turn(qt, 1)


async def test_every_size_theme_and_language_shows_it_whole(
    page: PlanningPage, show: Show, cut: Cut
) -> None:
    page.presenter.select(page.presenter.state.lanes[0].blocks[1].id)
    for size in (LAPTOP - QSize(72 + 48, 150), LARGE - QSize(72 + 48, 150)):
        for name in theme.THEMES:
            for lang in ("nl", "en"):
                show(page, size, name, lang)
                assert cut(page) == [], (size, name, lang)
                assert page.width() <= size.width()


async def test_blocks_can_be_touched_reached_and_read_aloud(
    page: PlanningPage, show: Show
) -> None:
    show(page)
    shown = [b for b in page.findChildren(QAbstractButton) if b.isVisible()]
    assert shown
    for button in shown:
        assert button.accessibleName(), button
        assert button.height() >= theme.TARGET, button.accessibleName()
        assert button.width() >= theme.TARGET, button.accessibleName()
    first = _block(page, "V-1001")
    assert first.accessibleName() == (
        "V-1001, Uitlezing aan of uit, Glazen Kasstraat 12, Naaldwijk, gepland, "
        "08:00\N{EN DASH}08:15"
    )
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert page.presenter.state.selected == first.block.id


async def test_blocks_never_lie_over_each_other(page: PlanningPage, show: Show) -> None:
    for block in page.presenter.state.pool:
        page.presenter.assign(block.id, "T1")
    show(page, QSize(900, 500))
    blocks = page.board.findChildren(BlockButton)
    for one in blocks:
        assert page.board.rect().contains(one.geometry())
        for other in blocks:
            assert one is other or not one.geometry().intersects(other.geometry())


async def test_a_visit_is_dragged_from_the_pool_to_a_technician(
    page: PlanningPage, show: Show
) -> None:
    show(page)
    row = _row(page, "V-1005")
    drag(row, spot(page, 1, 5.0), esc=True)
    assert len(_pool(page)) == 4
    drag(row, spot(page, 1, 5.0))
    assert "V-1005" in numbers(page.presenter.state.lanes[1].blocks)
    assert len(_pool(page)) == 3
    assert page.presenter.state.lanes[1].blocks[-1].moved


async def test_while_it_is_dragged_it_says_whether_it_fits(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    show(page)
    pool = {block.number: block.id for block in page.presenter.state.pool}
    ghost = page.board.ghost
    page.board.drag_to(pool["V-1005"], spot(page, 2, 5.0))
    assert (ghost.isVisible(), ghost.said) == (True, "past")
    page.board.drag_to(pool["V-1005"], spot(page, 0, 0.1))
    assert ghost.said.startswith("past niet")
    settle(qt)
    page.board.drag_to(pool["V-1005"], page.mapToGlobal(QPoint(2, 2)))
    assert not ghost.isVisible()
    page.board.drop(pool["V-1005"], page.mapToGlobal(QPoint(2, 2)))
    assert len(_pool(page)) == 4


async def test_the_buttons_can_do_what_dragging_can(
    page: PlanningPage, show: Show, words: Words
) -> None:
    show(page)
    QTest.mouseClick(_row(page, "V-1005"), LEFT)
    assert page.presenter.state.block(page.presenter.state.selected)
    page.detail.assign.click()
    offers = [action.text() for action in page.detail.menu.actions()]
    assert len(offers) == 3
    assert all(" — " in offer for offer in offers)
    assert words("planning.fits") in offers[0]
    page.detail.menu.actions()[0].trigger()
    page.detail.menu.hide()
    lane = page.presenter.state.lane_of(page.presenter.state.selected)
    assert lane is not None
    _press(page, "planning.to_pool")
    assert len(_pool(page)) == 4
    page.presenter.select(_block(page, "V-1002").block.id)
    _press(page, "planning.later")
    assert numbers(page.presenter.state.lanes[0].blocks) == ["V-1001", "V-1003", "V-1002"]
    _press(page, "planning.earlier")
    _press(page, "planning.close_detail")
    assert page.presenter.state.selected == ""


def _press(page: PlanningPage, key: str) -> None:
    name = page.words(key)
    buttons = [*page.findChildren(QAbstractButton), *page.tools().findChildren(QAbstractButton)]
    next(b for b in buttons if b.accessibleName() == name and b.isEnabled()).click()


async def test_undo_redo_and_suggest_from_the_title_line(
    page: PlanningPage, show: Show
) -> None:
    show(page)
    page.tools().show()
    _press(page, "planning.suggest")
    assert page.presenter.state.notice is Notice.SUGGESTED
    assert page.banner.isVisible()
    _press(page, "planning.undo")
    assert len(_pool(page)) == 4
    _press(page, "planning.redo")
    assert _pool(page) == []
    page.banner.dismissed.emit()
    assert not page.banner.isVisible()


async def test_publishing_asks_first_and_says_for_whom(
    page: PlanningPage, office: PlanningOffice, show: Show, cut: Cut, qt: QApplication
) -> None:
    office.publish()
    office.happened("V-1003", "started")
    await page.presenter.refresh()
    page.presenter.assign(_block(page, "V-1003").block.id, "T2")
    show(page)
    page.ask_publish()
    await _until(qt, lambda: page.presenter.state.preview is not None)
    settle(qt)
    told = " ".join(label.text() for label in page.preview.findChildren(QLabel))
    assert "Oefenmonteur 1" in told
    assert "raakt V-1003 kwijt" in told
    assert "al bezig" in told
    assert "krijgt V-1003" in told
    assert cut(page) == []
    page.preview.kept.emit()
    assert office.held()["V-1003"][0] == "T1"
    page.ask_publish()
    await _until(qt, lambda: page.presenter.state.preview is not None)
    page.preview.publish.click()
    await _until(qt, lambda: page.presenter.state.notice is Notice.PUBLISHED)
    assert office.held()["V-1003"][0] == "T2"


async def test_other_days_and_kinds(page: PlanningPage, show: Show, qt: QApplication) -> None:
    show(page)
    page.pool.filtered.emit(page.presenter.state.pool[0].kind)
    settle(qt)
    shown = page.pool.findChildren(PoolRow)
    assert {row.block.kind for row in shown if row.isVisible()} == {
        page.presenter.state.pool[0].kind
    }
    page.go_by_days(1)
    await _until(qt, lambda: page.presenter.state.on > DAY)
    await _until(qt, lambda: page.presenter.state.at is not None)
    assert page.presenter.state.visits == 0
    settle(qt)
    assert page.board.findChildren(BlockButton) == []


@pytest.mark.parametrize("notice", [n for n in Notice if n])
async def test_each_notice_has_words(
    page: PlanningPage, show: Show, cut: Cut, notice: Notice
) -> None:
    for about in ("1", "V-1001, V-1002"):
        state = replace(page.presenter.state, notice=notice, notice_about=about)
        page.draw(state)
        show(page)
        page.draw(state)
        assert page.banner.isVisible()
        assert cut(page) == []


async def test_an_office_that_is_away_is_told_and_the_page_stays(
    page: PlanningPage, office: PlanningOffice, show: Show
) -> None:
    show(page)
    office.stop()
    await page.open()
    page.leave()
    assert page.banner.isVisible()
    assert len(page.presenter.state.lanes) == 3


async def test_enter_asks_and_never_publishes_and_esc_goes_back(
    page: PlanningPage, office: PlanningOffice, show: Show, qt: QApplication
) -> None:
    show(page)
    button = page.primary()
    assert button is not None
    button.click()
    await _until(qt, lambda: page.presenter.state.preview is not None)
    assert page.primary() is None
    assert page.back()
    assert page.presenter.state.preview is None
    page.presenter.select(page.presenter.state.pool[0].id)
    assert page.back()
    assert not page.back()
    assert not any(published for _, _, published in office.held().values())
    page.sign_out()
    await _until(qt, lambda: not page.presenter.state.signed_in)
    assert page.primary() is page.sign_in.button


async def test_a_page_that_is_gone_is_drawn_no_more(
    qt: QApplication, context: Context, tmp_path: Path, office: PlanningOffice
) -> None:
    tasks = Tasks(_raise)
    presenter = PlanningPresenter(PlanningRoom(desk, tasks, tmp_path, "nl"), DAY)
    gone = PlanningPage(context, presenter)
    gone.deleteLater()
    settle(qt)
    assert await presenter.sign_in(office.url, office.token)
    await tasks.close()
