from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fieldapp.errors import StoreFull
from tests.ui.views.frame.conftest import Settle, named, texts
from ui.views.main_window import MainWindow
from ui.views.settings import SettingsPage
from ui.wiring import Laptop


async def page_of(window: MainWindow) -> SettingsPage:
    await window.show_page("settings")
    page = window.page
    assert isinstance(page, SettingsPage)
    return page


async def test_a_pin_is_set_changed_and_removed(
    window: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    page = await page_of(window)
    assert page.pin.isVisible()
    assert any("Er is geen pincode." in text for text in texts(page))
    assert not page.pin.remove.isVisible()
    page.pin.field.setText("12")
    named(page, "Pincode instellen").click()
    assert "Een pincode heeft 4 tot 8 cijfers." in texts(page)
    page.pin.field.setText("4711")
    QTest.keyClick(page.pin.field, Qt.Key.Key_Return)
    await settle()
    assert page.pin.field.text() == ""
    assert "De pincode is ingesteld." in texts(page)
    assert await qt_laptop.handover().pin().check("4711")
    page.pin.field.setText("0815")
    named(page, "Pincode wijzigen").click()
    await settle()
    assert await qt_laptop.handover().pin().check("0815")
    named(page, "Pincode verwijderen").click()
    await settle()
    assert "De pincode is verwijderd." in texts(page)
    assert not page.pin.remove.isVisible()


async def test_a_pin_that_can_not_be_kept_is_said(
    window: MainWindow, qt_laptop: Laptop, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await page_of(window)

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    page.pin.field.setText("4711")
    with monkeypatch.context() as broken:
        broken.setattr(qt_laptop.db, "write", full)
        page.pin.keep.click()
        await settle()
    assert not page.pin.pin.state.is_set
    problem = page.pin.pin.state.problem
    assert problem is not None
    assert any(problem.what in text for text in texts(page.pin))
