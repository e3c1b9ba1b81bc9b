"""What has to be reviewed, on the planner's page: conflicts, and what was set aside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from fieldapp.domain import facts as f
from sync.server import deciding
from sync.server.deciding import Chosen, Keep
from sync.server.doors import Role, User
from sync.server.erasure import erase_holder_of
from tests.ui.conftest import START, SteppingClock
from tests.ui.views.conftest import LAPTOP, LARGE, Show, settle, turn
from tests.ui.views.planning_office import DAY, REGION, PlanningOffice, desk
from ui.presenters.planning import PlanningPresenter, PlanningRoom
from ui.presenters.planning_inbox import Aside
from ui.presenters.planning_left import Section
from ui.presenters.planning_state import Notice
from ui.presenters.planning_wishes import LeaveOut, Take
from ui.tasks import Tasks
from ui.views import theme
from ui.views.page import Context
from ui.views.planning import PlanningPage
from ui.views.planning_inbox_rows import Asks, InboxRow

FIELD = "Verschil in toegang"
Cut = Callable[[QWidget], list[str]]


def mended(text: str) -> f.VisitCorrected:
    return f.VisitCorrected(
        at=START, field="access_note", old="", new=text, reason="x", by="T1"
    )


def _raise(error: BaseException) -> None:
    raise error


@pytest.fixture
def office(tmp_path: Path, clock: SteppingClock) -> Iterator[PlanningOffice]:
    """One field in conflict, one whole visit, two set aside of which one can't be taken."""
    made = PlanningOffice(tmp_path / "office", clock)
    made.load({"V-1001": "T1", "V-1002": "T1", "V-1004": "T2"})
    made.publish()
    laptop = made.laptop()
    made.change("V-1001", access_note="Bel aan")
    made.sends(laptop, "V-1001", mended("Achterom"))
    made.sends(laptop, "V-1002", f.VisitClosed(at=START))
    made.sends(laptop, "V-1004", f.VisitAccepted(at=START))
    made.sends(laptop, "V-9999", f.VisitAccepted(at=START))
    yield made
    made.stop()


@pytest.fixture
async def page(
    qt: QApplication, context: Context, tmp_path: Path, office: PlanningOffice
) -> AsyncIterator[PlanningPage]:
    tasks = Tasks(_raise)
    presenter = PlanningPresenter(PlanningRoom(desk, tasks, tmp_path, "nl"), DAY)
    made = PlanningPage(replace(context, spawn=tasks.spawn), presenter)
    assert await presenter.sign_in(office.url, office.token)
    yield made
    await presenter.close()
    await tasks.close()
    settle(qt)


def rows(page: PlanningPage) -> list[InboxRow]:
    return [row for row in page.lists.findChildren(InboxRow) if row.isVisible()]


def row_of(page: PlanningPage, title: str) -> InboxRow:
    return next(row for row in rows(page) if row.accessibleName().startswith(title))


def button(root: QWidget, text: str) -> QAbstractButton:
    buttons = root.findChildren(QAbstractButton)
    return next(b for b in buttons if b.isVisible() and b.text() == text)


def told(root: QWidget) -> str:
    return " | ".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


async def until(qt: QApplication, true: Callable[[], bool]) -> None:
    while not true():
        await turn(qt, 1)


async def test_the_banner_leads_to_what_has_to_be_reviewed(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    show(page)
    assert page.counts.rows[2].accessibleName() == "Te beoordelen · 4, 2 apart gelegd"
    assert page.banner.accessibleName().startswith("4 verschillen of apart gelegde")
    button(page.banner, page.words("planning.look")).click()
    settle(qt)
    assert page.presenter.state.section is Section.INBOX
    assert page.banner.isHidden()
    titles = [row.accessibleName().partition(",")[0] for row in rows(page)]
    assert titles == [
        "Bezoek geaccepteerd apart gelegd: Dit bezoek was nooit van deze monteur",
        "Bezoek geaccepteerd apart gelegd: Het kantoor kent dit bezoek niet",
        "Verschil in toegang",
        "Bezoek: Dit kon niet: het bezoek was gepland",
    ]
    assert "Achterom" not in told(page.lists)


async def look_at(page: PlanningPage, qt: QApplication, title: str) -> InboxRow:
    button(row_of(page, title), "Bekijken").click()
    await until(qt, lambda: page.presenter.state.opened is not None)
    settle(qt)
    return row_of(page, title)


async def press(page: PlanningPage, qt: QApplication, row: InboxRow, text: str) -> Notice:
    """Press a button that makes a wish; what the page says then."""
    page.presenter.select("")
    button(row, text).click()
    await until(qt, lambda: page.presenter.state.notice is not Notice.NONE)
    settle(qt)
    return page.presenter.state.notice


async def test_a_field_is_decided_and_decided_again(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, FIELD)
    assert "monteur: Achterom | kantoor: Bel aan" in told(row)
    assert office.trail().count("conflict_viewed") == 1
    assert await press(page, qt, row, "Monteur") is Notice.DECIDED
    assert row_of(page, FIELD).accessibleName().endswith("monteur gekozen")
    assert page.banner.accessibleName().startswith("Besloten bij V-1001.")
    again = await look_at(page, qt, FIELD)
    for text in ("Anders…", "Toch niet", "Anders…"):
        button(again, text).click()
        settle(qt)
    again.field.setText("Bel, dan achterom")
    await press(page, qt, again, "Zo bewaren")
    assert page.presenter.state.decided is not None
    assert page.presenter.state.decided.state == "merged"
    page.presenter.list_left(None)
    page.presenter.list_left(Section.INBOX)
    settle(qt)
    assert len(rows(page)) == 3


async def test_who_decides_can_look_at_the_files_and_comes_back(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    button(await look_at(page, qt, FIELD), "Bestanden").click()
    await until(qt, lambda: page.presenter.files.state.files is not None)
    settle(qt)
    assert page.files.isVisible()
    assert "Bestanden van V-1001" in told(page.files)
    assert page.back()
    assert page.lists.isVisible()
    assert page.presenter.state.opened is not None


async def test_a_whole_visit_is_seen(page: PlanningPage, show: Show, qt: QApplication) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = row_of(page, "Bezoek: Dit")
    assert await press(page, qt, row, "Gezien") is Notice.SEEN
    assert len(rows(page)) == 3


async def take(page: PlanningPage, qt: QApplication, row: InboxRow) -> Notice:
    button(row, "Overnemen…").click()
    settle(qt)
    return await press(page, qt, row, "Overnemen")


async def test_what_can_not_be_taken_back_is_asked_about_first(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, "Bezoek geaccepteerd apart gelegd: Dit")
    before = button(row, "Overnemen…")
    where = before.mapTo(row, before.rect().center())
    before.click()
    settle(qt)
    assert "kan niet worden teruggedraaid" in told(row)
    assert row.first().hasFocus()
    back = button(row, "Toch niet")
    assert back.rect().contains(back.mapFrom(row, where))
    back.click()
    settle(qt)
    assert button(row, "Overnemen…").isVisible()
    assert "quarantine_taken" not in office.trail()


async def test_what_was_set_aside_is_taken_or_left_out(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, "Bezoek geaccepteerd apart gelegd: Dit")
    assert office.trail().count("quarantine_viewed") == 1
    assert await take(page, qt, row) is Notice.TAKEN
    row = await look_at(page, qt, "Bezoek geaccepteerd apart gelegd: Het")
    assert await take(page, qt, row) is Notice.NOT_READY
    assert "Het kantoor kent dit bezoek niet." in page.banner.accessibleName()
    assert "Bestanden" not in [one.text() for one in row.findChildren(QAbstractButton)]
    assert row.isEnabled()
    button(row, "Toch niet").click()
    settle(qt)
    button(row, "Niet overnemen…").click()
    settle(qt)
    button(row, "Niet overnemen").click()
    assert row.isEnabled()
    row.field.setText("proeflaptop")
    assert await press(page, qt, row, "Niet overnemen") is Notice.LEFT_OUT
    assert "quarantine_dropped" in office.trail()
    assert not [one for one in rows(page) if isinstance(one.row, Aside)]


async def test_what_somebody_else_decided_meanwhile_is_told(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, FIELD)
    user = User("Sanne", Role.DISPATCHER, REGION)
    deciding.decide(office.office, user, row.row.id, Chosen(Keep.OFFICE))
    assert await press(page, qt, row, "Monteur") is Notice.CHANGED
    assert page.banner.accessibleName().startswith("Intussen is dit veranderd")
    assert page.presenter.state.opened is None
    assert not [one for one in rows(page) if one.accessibleName().startswith(FIELD)]


async def test_an_answer_that_is_cut_off_leaves_the_question(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, "Bezoek geaccepteerd apart gelegd: Dit")
    row.ask(Asks.DROP)
    row.field.setText("proeflaptop")
    settle(qt)
    office.stop()
    wished: list[object] = []
    page.lists.wished.connect(wished.append)
    for _ in range(2):
        button(row, "Niet overnemen").click()
        assert not row.isEnabled()
        await until(qt, row.isEnabled)
    assert wished == [LeaveOut(row.row.id, "proeflaptop")] * 2
    assert (row.asking, row.field.text()) == (Asks.DROP, "proeflaptop")


async def test_a_question_and_what_was_typed_outlive_a_refresh(
    page: PlanningPage, show: Show, qt: QApplication, office: PlanningOffice
) -> None:
    page.presenter.list_left(Section.INBOX)
    show(page)
    row = await look_at(page, qt, FIELD)
    row.ask(Asks.MERGE)
    row.field.setText("Bel, d")
    office.sends(office.laptop("T3"), "V-8888", f.VisitAccepted(at=START))
    await page.presenter.refresh()
    settle(qt)
    assert len(rows(page)) == 5
    again = row_of(page, FIELD)
    assert again is not row
    assert (again.asking, again.field.text()) == (Asks.MERGE, "Bel, d")


async def test_esc_closes_what_is_looked_at_first(page: PlanningPage) -> None:
    presenter = page.presenter

    def seen() -> tuple[bool, Section | None]:
        return presenter.state.opened is not None, presenter.state.section

    presenter.list_left(Section.INBOX)
    await presenter.open_row(presenter.state.left.inbox[0])
    assert seen() == (True, Section.INBOX)
    assert page.back()
    assert seen() == (False, Section.INBOX)
    assert page.back()
    assert seen() == (False, None)


async def test_an_erased_customer_and_a_settled_row(
    page: PlanningPage, office: PlanningOffice
) -> None:
    presenter = page.presenter
    aside, _, field, _ = presenter.state.left.inbox
    assert erase_holder_of(office.office, REGION, "V-1001")
    await presenter.open_row(field)
    assert presenter.state.notice is Notice.ERASED
    assert presenter.state.opened is None
    assert await presenter.settle(Take(aside.id))
    assert presenter.state.left.of(field.visit).inbox == (field,)


async def test_every_size_theme_and_language_shows_the_rows_whole(
    page: PlanningPage, show: Show, cut: Cut, qt: QApplication
) -> None:
    presenter = page.presenter
    presenter.list_left(Section.INBOX)
    await presenter.open_row(presenter.state.left.inbox[2])
    for size in (LAPTOP - QSize(72 + 48, 150), LARGE - QSize(72 + 48, 150)):
        for name in theme.THEMES:
            for lang in ("nl", "en"):
                show(page, size, name, lang)
                rows(page)[2].ask(Asks.MERGE)
                settle(qt)
                assert cut(page) == [], (size, name, lang)
                assert page.width() <= size.width()
                rows(page)[2].let_go()


async def test_every_button_can_be_touched_and_heard(
    page: PlanningPage, show: Show, qt: QApplication
) -> None:
    presenter = page.presenter
    presenter.list_left(Section.INBOX)
    show(page)
    await presenter.open_row(presenter.state.left.inbox[0])
    settle(qt)
    shown = [b for b in page.lists.findChildren(QAbstractButton) if b.isVisible()]
    assert len(shown) > 5
    for one in shown:
        assert one.accessibleName(), one
        assert min(one.width(), one.height()) >= theme.TARGET, one.accessibleName()
