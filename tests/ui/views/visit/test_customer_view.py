from __future__ import annotations

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from tests.ui.views.visit.customer import TechnicianLike, cover_of, given, texts, typed
from ui.presenters.pin import PinPresenter
from ui.presenters.visit_page import Action
from ui.views.customer import LEAFLET, SIGN, TOLD

SIZES = (QSize(1366, 768), QSize(1920, 1200))


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
