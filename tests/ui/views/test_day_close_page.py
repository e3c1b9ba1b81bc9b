"""The page of the day's end, touched by a finger and a keyboard."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayReceipt, DayVisit
from fieldapp.domain.status import VisitState
from fieldapp.domain.stock import Part, Van
from fieldapp.store import closings, outbox, van
from fieldapp.store.transaction import Transaction
from tests.ui.conftest import DAY
from tests.ui.views.conftest import Show, Went, turn
from ui.messages import LANGUAGES, Message
from ui.presenters.day_close import DayCloseState
from ui.views.dayclose import DayClosePage, make
from ui.views.page import Context
from ui.views.sync import SyncPage
from ui.views.sync import make as make_sync
from ui.wiring import Laptop

Cut = Callable[[QWidget], list[str]]
TOUCHED = frozenset({"visits", "outbox"})
VAN = Van(version="1", removed=("E1",), parts={Part.SEAL: 20})


@pytest.fixture
async def page(context: Context, show: Show, qt_laptop: Laptop) -> DayClosePage:
    await qt_laptop.db.write(lambda c: van.store(c, VAN, None), touched=TOUCHED)
    made = make(context)
    assert isinstance(made, DayClosePage)
    assert qt_laptop.today() == DAY
    await made.open()
    show(made)
    return made


def texts(page: QWidget) -> str:
    return "\n".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())


async def settled(qt: QApplication, laptop: Laptop) -> None:
    await laptop.tasks.settle()
    await turn(qt)


async def test_it_counts_the_day_and_the_van(
    qt: QApplication, page: DayClosePage, qt_laptop: Laptop, went: Went
) -> None:
    shown = texts(page)
    assert "8 gepland" in shown
    assert "V-1001 is nog niet klaar" in shown
    assert "en nog 3" in shown
    assert page.button.text() == "Afsluiten met 8 bezoeken open"
    assert page.headline() == ("Dag afsluiten", "maandag 23 november")
    seals = page.van.rows["seal"]
    for _ in range(2):  # faster than the store
        QTest.mouseClick(seals.fewer, Qt.MouseButton.LeftButton)
    await settled(qt, qt_laptop)
    assert seals.count.text() == "18"
    assert "2 te weinig, 20 verwacht" in texts(page)
    QTest.mouseClick(page.van.rows["G"].more, Qt.MouseButton.LeftButton)
    await settled(qt, qt_laptop)
    assert "1 te veel, 0 verwacht" in texts(page)
    QTest.keyClicks(page.note, "zegels gebroken")
    await settled(qt, qt_laptop)
    assert page.state.note == "zegels gebroken"
    assert page.back()
    assert went == [("today", "")]


async def test_closing_waits_for_the_office_and_says_so(
    qt: QApplication, page: DayClosePage, qt_laptop: Laptop, said: list[Message]
) -> None:
    assert page.primary() is page.button
    assert page.sync.isHidden()
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
    await settled(qt, qt_laptop)
    assert "wordt bevestigd zodra u verbinding hebt" in texts(page)
    assert page.button.text() == "Opnieuw afsluiten met 8 bezoeken open"
    assert said, "nobody answers"
    assert page.sync.isVisible()
    QTest.mouseClick(page.sync, Qt.MouseButton.LeftButton)
    await settled(qt, qt_laptop)
    assert (await qt_laptop.db.read(outbox.items))[-1].kind == "day_closed"


async def answered(laptop: Laptop, page: DayClosePage, **changed: object) -> None:
    """The office's word on the closing of this page."""
    await page._day.close_day()
    made = page.state.closing
    assert made is not None
    same = DayReceipt(
        day=DAY,
        closing=made.operation,
        made_at=laptop.clock.now(),
        visits=made.closed.visits,
        operations=made.closed.operations,
        moves=made.closed.moves,
    )
    receipt = msgspec.structs.replace(same, **changed)

    def change(c: Transaction) -> None:
        closings.note_receipts(c, [receipt])

    await laptop.db.write(change, touched=TOUCHED)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_receipt_and_what_differs(
    qt: QApplication, page: DayClosePage, qt_laptop: Laptop, cut: Cut, lang: str
) -> None:
    page.words.switch(lang)
    await answered(qt_laptop, page)
    await settled(qt, qt_laptop)
    assert page.words("dayclose.receipt_whole_text") in texts(page)
    assert page.sync.isHidden()
    other = (DayVisit(id="visit-V-1001", state=VisitState.DONE),)
    moves = {"placed": 1, "removed": 0, "parts": 0}
    await answered(qt_laptop, page, visits=other, operations=3, moves=moves)
    await settled(qt, qt_laptop)
    shown = texts(page)
    assert page.words("dayclose.receipt_differs") in shown
    done = page.words.code("states", "done")
    planned = page.words.code("states", "planned")
    differs = page.words("dayclose.differs_state", about="V-1001", here=planned, there=done)
    assert differs in shown
    assert page.words("dayclose.differs_more", count=4) in shown
    assert cut(page) == []


async def test_work_after_closing_is_said(
    qt: QApplication, page: DayClosePage, qt_laptop: Laptop
) -> None:
    await answered(qt_laptop, page, operations=9)
    await qt_laptop.visits.record("visit-V-1002", f.VisitAccepted(at=qt_laptop.clock.now()))
    await settled(qt, qt_laptop)
    assert "nog 1 keer iets vastgelegd" in texts(page)


async def test_a_visit_that_is_open_can_be_gone_to(page: DayClosePage, went: Went) -> None:
    row = next(
        one
        for one in page.visits.findChildren(QWidget)
        if one.accessibleName().startswith("V-1003 is nog niet klaar")
    )
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    assert went == [("visit", "visit-V-1003")]
    page.leave()
    page.leave()


async def test_a_day_with_one_visit_open_and_one_without_visits(
    qt: QApplication, page: DayClosePage
) -> None:
    one = DayCloseState(DAY, visits=page.state.visits[:1])
    page._day._show(one)
    page.redraw()
    assert page.button.text() == "Afsluiten met 1 bezoek open"
    page._day._show(DayCloseState(DAY))
    page.redraw()
    assert page.button.text() == "Dag afsluiten"
    await turn(qt)
    assert "Voor deze dag zijn er geen bezoeken." in texts(page)
    assert "geen voorraad" in texts(page)


async def test_the_sync_page_leads_here(
    qt: QApplication, context: Context, show: Show, qt_laptop: Laptop, went: Went
) -> None:
    await qt_laptop.day_close_presenter(DAY).close_day()
    sync = make_sync(context)
    assert isinstance(sync, SyncPage)
    await sync.open()
    show(sync)
    tools = sync.tools()
    show(tools)
    QTest.mouseClick(tools, Qt.MouseButton.LeftButton)
    (entry,) = sync.state.to_send
    assert (entry.number, sync.words.code("facts", entry.what)) == (
        "2026-11-23",
        "dag afgesloten",
    )
    sync.waiting.chosen.emit(f"{entry.id} {entry.visit}")
    await turn(qt)
    assert went[0] == ("dayclose", "")
