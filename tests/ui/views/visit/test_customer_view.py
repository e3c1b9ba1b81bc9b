from __future__ import annotations

import asyncio
from typing import Protocol

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.errors import StoreFull
from ui.presenters.pin import PinPresenter
from ui.presenters.visit_page import Action, VisitPage
from ui.views.cover import Cover
from ui.views.customer import LEAFLET, SIGN, TOLD, CustomerView
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.wiring import Laptop

SIZES = (QSize(1366, 768), QSize(1920, 1200))


class TechnicianLike(Protocol):
    laptop: Laptop
    window: MainWindow

    @property
    def page(self) -> VisitPage: ...

    @property
    def view(self) -> VisitView: ...

    async def open(self, number: str) -> None: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def press(self, text: str) -> None: ...

    async def settle(self) -> None: ...

    async def key(self, key: Qt.Key) -> None: ...


@pytest.fixture
async def pin(qt_laptop: Laptop) -> PinPresenter:
    made = qt_laptop.handover().pin()
    await made.keep("4711")
    return made


def texts(root: QWidget) -> str:
    shown = [one for one in root.findChildren(QLabel) if one.isVisible()]
    return " | ".join(one.text() for one in shown)


def cover_of(me: TechnicianLike) -> Cover | None:
    return me.window.cover


async def given(me: TechnicianLike) -> CustomerView:
    await me.press("Aan de klant tonen")
    cover = me.window.cover
    assert isinstance(cover, CustomerView)
    return cover


async def typed(me: TechnicianLike, view: CustomerView, digits: str) -> None:
    await me.press("Monteur")
    QTest.keyClicks(view.door.field, digits)
    QTest.keyClick(view.door.field, Qt.Key.Key_Return)
    await me.settle()


async def test_it_shows_this_visit_and_nothing_of_the_window(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    assert pin.state.is_set
    await technician.open("V-1001")
    await technician.until(Action.CONFIRM_ITEM)
    window = technician.window
    before = texts(window)
    assert "Hond in de tuin" in before
    view = await given(technician)
    for sheet in (TOLD, SIGN, LEAFLET):
        view.show_sheet(sheet)
        await technician.settle()
        shown = texts(window)
        for kept_back in ("Hond", "te verzenden", "laatste contact", "Vandaag", "EAN"):
            assert kept_back not in shown, (sheet, kept_back)
    view.show_sheet(TOLD)
    await technician.settle()
    assert "Uitlezen op afstand uitgezet en teruggelezen." in texts(window)
    assert "Glazen Kasstraat 12, Naaldwijk" in texts(window)


async def test_no_key_and_no_page_gets_round_it(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    assert pin.state.is_set
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    window = technician.window
    window.activateWindow()
    await technician.settle()
    control = Qt.KeyboardModifier.ControlModifier
    for key in (Qt.Key.Key_K, *(Qt.Key(Qt.Key.Key_1.value + n) for n in range(8))):
        QTest.keyClick(window, key, control)
        await technician.settle()
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(window, key)
        await technician.settle()
    window.go("today")
    await technician.settle()
    assert window.cover is view
    assert view.isVisible()
    assert window.page is technician.view
    assert not [one for one in window.findChildren(QLineEdit) if one.isVisible()]
    primary = technician.page.primary
    assert primary is not None
    assert primary.action is Action.SIGN, "Enter reached nothing below"
    for _ in range(30):
        window.focusNextPrevChild(True)  # noqa: FBT003 - Qt's
        assert view.isAncestorOf(window.focusWidget())


async def test_only_the_pin_leads_out(technician: TechnicianLike, pin: PinPresenter) -> None:
    assert pin.state.is_set
    await technician.open("V-1001")
    view = await given(technician)
    assert not view.door.hold.isVisible()
    await typed(technician, view, "1234")
    assert cover_of(technician) is view
    assert "Dat is niet de pincode." in texts(view)
    assert view.door.field.text() == ""
    await technician.press("Blijven")
    assert view.told.isVisible()
    for _ in range(2):
        await typed(technician, view, "0000")
    assert "Wacht" in texts(view)
    await typed(technician, view, "4711")
    assert cover_of(technician) is view, "the right one, but too soon"


async def test_the_pin_leads_back_to_the_same_screen(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    assert pin.state.is_set
    await technician.open("V-1001")
    await technician.until(Action.CONFIRM_ITEM)
    view = await given(technician)
    told: list[bool] = []
    technician.window.covered.connect(told.append)
    await typed(technician, view, "4711")
    assert cover_of(technician) is None
    assert told == [False]
    assert "Hond in de tuin" in texts(technician.window)
    technician.window.activateWindow()
    await technician.settle()
    QTest.keyClick(technician.window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    await technician.settle()
    page = technician.window.page
    assert page is not None
    assert page.code == "settings"


async def test_without_a_pin_a_long_press_leads_out_and_that_is_said(
    technician: TechnicianLike,
) -> None:
    await technician.open("V-1001")
    view = await given(technician)
    await technician.press("Monteur")
    assert "Er is geen pincode ingesteld" in texts(view)
    assert not view.door.field.isVisible()
    hold = view.door.hold
    QTest.mouseClick(hold, Qt.MouseButton.LeftButton)
    await technician.settle()
    assert cover_of(technician) is view
    assert not hold.patience.isActive()
    QTest.mousePress(hold, Qt.MouseButton.LeftButton)
    assert hold.patience.isActive()
    hold.patience.timeout.emit()
    await technician.settle()
    assert cover_of(technician) is None


async def test_closing_the_window_asks_first(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    assert pin.state.is_set
    window = technician.window
    await technician.open("V-1001")
    assert window.may_close()
    view = await given(technician)
    assert not window.may_close()
    assert view.door.isVisible()
    await technician.press("Blijven")
    await typed(technician, view, "4711")
    assert window.isVisible(), "who stayed does not close it afterwards"
    view = await given(technician)
    assert not window.may_close()
    QTest.keyClicks(view.door.field, "4711")
    await technician.press("Verder")
    assert not window.isVisible()


async def test_the_customer_signs_and_the_visit_goes_on(
    technician: TechnicianLike, pin: PinPresenter
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    assert view.sign.isVisible()
    keep = view.sign.keep
    assert not keep.isEnabled()
    assert "Uw meter wordt niet op afstand uitgelezen." in texts(view)
    _draw(view)
    await technician.settle()
    await technician.press("Handtekening bewaren")
    assert cover_of(technician) is view, "still the customer's"
    assert "U hebt getekend om" in texts(view)
    (signed,) = [
        x
        for x in technician.page.facts
        if isinstance(x, f.EvidenceAdded) and x.slot == "signature"
    ]
    assert signed.media_type == "image/png"
    primary = technician.page.primary
    assert primary is not None
    assert primary.action is Action.CLOSE
    await typed(technician, view, "4711")
    assert cover_of(technician) is None
    assert pin.state.is_set


async def test_a_signature_that_can_not_be_kept_is_said_and_stays_on_the_sheet(
    technician: TechnicianLike, monkeypatch: pytest.MonkeyPatch
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    _draw(view)
    await technician.settle()

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    with monkeypatch.context() as broken:
        broken.setattr(technician.laptop.db, "write", full)
        await technician.press("Handtekening bewaren")
    assert "kon niet worden bewaard" in texts(view)
    assert "StoreFull" not in texts(view)
    await technician.press("Handtekening bewaren")
    assert "U hebt getekend om" in texts(view)


async def test_what_runs_goes_on_and_signing_waits_for_it(technician: TechnicianLike) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    work = technician.view.work
    assert work is not None
    _draw(view)
    await technician.settle()
    assert view.sign.keep.isEnabled()
    end = asyncio.Event()
    ended: list[bool] = []

    async def contact() -> bool:
        await end.wait()
        return True

    assert work.do(contact, lambda: ended.append(True))
    assert not view.sign.keep.isEnabled()
    assert view.sign.pad.is_signed()
    end.set()
    await technician.settle()
    assert ended == [True]
    assert view.sign.keep.isEnabled()


async def test_the_customers_language_is_not_the_windows(technician: TechnicianLike) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    _draw(view)
    await technician.press("EN")
    assert "Would you sign here?" in texts(view)
    assert view.sign.pad.is_signed(), "the strokes stay"
    assert technician.window.words.lang == "nl"
    await technician.press("Gas smell")
    assert "0800-9009" in texts(view)
    assert "Go outside" in texts(view)
    QTest.keyClick(technician.window, Qt.Key.Key_Escape)
    assert view.sign.isVisible()
    await technician.press("Keep the signature")
    await technician.press("Technician")
    view.door.hold.held.emit()
    await technician.settle()
    again = await given(technician)
    assert "Your visit" in texts(again), "the visit remembers it"


async def test_a_kill_comes_back_in_the_normal_view_with_what_was_signed(
    technician: TechnicianLike,
) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    _draw(view)
    await technician.settle()
    await technician.press("Handtekening bewaren")
    laptop = technician.laptop
    fresh = MainWindow(
        laptop, laptop.frame_presenter(), technician.window.words, laptop.tasks.spawn
    )
    await fresh.start("visit")
    await fresh.show_page("visit", "visit-V-1001")
    assert fresh.cover is None
    page = fresh.page
    assert isinstance(page, VisitView)
    assert page.work is not None
    assert page.work.page.report is not None
    assert page.work.page.report.signature is not None
    fresh.closed_for_good()


async def test_nothing_done_yet_and_nothing_to_sign(technician: TechnicianLike) -> None:
    await technician.open("V-1002")
    view = await given(technician)
    assert "Er is nog niets aan de meter gedaan." in texts(view)
    await technician.press("Tekenen")
    assert "U hoeft nu niet te tekenen." in texts(view)


@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_every_sheet_fits(technician: TechnicianLike, lang: str) -> None:
    await technician.open("V-1001")
    await technician.until(Action.SIGN)
    view = await given(technician)
    await technician.press(lang.upper())
    for size in SIZES:
        technician.window.resize(size)
        for sheet in (TOLD, SIGN, LEAFLET):
            view.show_sheet(sheet)
            await technician.settle()
            assert isinstance(technician.window.grab(), QPixmap)
            buttons = [b for b in view.findChildren(QPushButton) if b.isVisible()]
            assert all(b.height() >= 44 and b.accessibleName() for b in buttons)
            for label in view.findChildren(QLabel):
                if label.isVisible() and not label.wordWrap():
                    assert label.width() >= label.sizeHint().width() - 1, label.text()


def _draw(view: CustomerView) -> None:
    pad = view.sign.pad
    middle = pad.rect().center()
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=middle)
    for x in range(0, 120, 20):
        QTest.mouseMove(pad, middle + type(middle)(x, (x * 7) % 40 - 20))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=middle)
