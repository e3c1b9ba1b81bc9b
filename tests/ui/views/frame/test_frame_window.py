from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton, QWidget

from fieldapp.errors import StoreFull
from fieldapp.store import planner
from hardware.errors import PortGone
from sync.client.report import EngineState
from tests.ui.views.frame.conftest import Settle, named, plain_of, rail, texts
from ui.messages import explain
from ui.presenters.frame import Matter, Role
from ui.views import pages, theme
from ui.views.main_window import NARROW, MainWindow
from ui.views.page import Context
from ui.views.widgets import Banner, QuietButton, TextField
from ui.wiring import Laptop


async def test_a_technician_has_the_pages_of_one(window: MainWindow) -> None:
    apart = ("sync", "settings", "dayclose", "rescue")
    assert window.codes == ("today", "visit", "meter", "diagnose", *apart)
    assert rail(window) == ["Vandaag", "Bezoek", "Meter", "Diagnose", "Sync", "Instellen"]
    assert {"Plain", "a sum"} <= set(texts(window))


async def test_another_role_brings_another_page(
    window: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    who = planner.Planner(server_url="http://127.0.0.1:9", token="t")
    await qt_laptop.db.write(
        lambda c: planner.store_planner(c, who), touched=frozenset({"device"})
    )
    await settle()
    assert "planning" in window.codes
    assert "Planning" in rail(window)


async def test_a_page_is_made_once_aimed_opened_and_left(window: MainWindow) -> None:
    await window.show_page("visit", "visit-V-1001")
    first = plain_of(window)
    assert first.noted == ["aim visit-V-1001", "open"]
    await window.show_page("settings")
    assert first.noted[-1] == "leave"
    assert not first.bar.isVisible()
    await window.show_page("visit")
    assert window.page is first
    await window.show_page("planning")  # not this role's
    assert window.page is first
    assert window.frame.settings.page == "visit"


async def test_ctrl_and_a_number_and_the_rail_show_pages(
    window: MainWindow, settle: Settle
) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_6, Qt.KeyboardModifier.ControlModifier)
    await settle()
    assert window.page is not None
    assert window.page.code == "settings"
    QTest.keyClick(window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    await settle()
    assert window.page.code == "rescue"
    buttons = window.findChildren(QToolButton)
    next(b for b in buttons if b.accessibleName() == "Vandaag").click()
    await settle()
    assert plain_of(window).noted[-1] == "open"


async def test_enter_is_the_primary_button_and_esc_goes_back(window: MainWindow) -> None:
    page = plain_of(window)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(window, key)
    assert page.noted[-2:] == ["primary", "back"]
    page.main.setEnabled(False)
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert page.noted[-1] == "back"


async def test_the_right_column_folds_away_in_a_narrow_window(
    window: MainWindow, qt: QApplication
) -> None:
    side = plain_of(window).side
    assert side.isVisible()
    window.resize(NARROW - 1, 768)
    qt.processEvents()
    assert not side.isVisible()
    window.resize(NARROW, 768)
    qt.processEvents()
    assert side.isVisible()


async def test_practice_is_unmistakable_on_every_page(window: MainWindow) -> None:
    band = next(w for w in window.findChildren(QWidget) if "OEFENEN" in w.accessibleName())
    assert band.isVisible()
    window.frame.plugged("V-1002")
    assert band.accessibleName().endswith("V-1002")


async def test_the_status_bar_says_what_is_so(
    window: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    assert "Nog geen contact gezocht" in texts(window)
    assert "alles verzonden" in texts(window)
    since = qt_laptop.clock.now()
    qt_laptop.engine._become(EngineState(offline_since=since))
    assert {"Offline", "sinds 08:00"} <= set(texts(window))
    qt_laptop.engine._become(EngineState(running=True, online=True))
    assert "Synchroniseert" in texts(window)
    qt_laptop.engine._become(EngineState(online=True))
    assert "Online" in texts(window)
    port = await qt_laptop.ports.open("p1")
    await window.frame.set_port("p1", "p1")
    assert {"P1 in gebruik", "Optisch niet gekozen"} <= set(texts(window))
    await port.close()
    assert "P1 vrij" in texts(window)
    named(window, "Online").click()
    await settle()
    assert window.page is not None
    assert window.codes[4] == "sync"
    assert window.frame.settings.page == "sync"
    named(window, "P1 vrij").click()
    await settle()
    assert plain_of(window).noted[-2:] == ["aim p1", "open"]
    named(window, "Optisch niet gekozen").click()
    await settle()
    assert window.frame.settings.page == "settings"


async def test_a_laptop_that_is_nobodys_says_what_it_is_for(
    window: MainWindow, settle: Settle
) -> None:
    window.frame._show(
        replace(window.frame.state, technician="", roles=frozenset({Role.WORKSHOP}))
    )
    assert "werkplaats, hoort bij niemand" in texts(window)
    assert "alles verzonden" not in texts(window)
    named(window, "werkplaats").click()
    await settle()
    assert window.frame.settings.page == "settings"


async def test_one_matter_at_a_time_the_rest_counted(
    window: MainWindow, qt: QApplication
) -> None:
    window.frame.say(explain(PortGone("COM4", "x"), "nl"))
    window.frame.say(explain(StoreFull("laptop.db", "28"), "nl"))
    banner = window.findChildren(Banner)[0]
    assert banner.isVisible()
    assert "nog 1" in texts(banner)
    assert any("vol" in text for text in texts(banner))
    named(banner, "Details").click()
    assert any("StoreFull" in text for text in texts(banner))
    named(banner, "Details").click()
    assert not any("StoreFull" in text for text in texts(banner))
    named(banner, "Melding sluiten").click()
    assert "nog 1" not in texts(banner)
    assert any("COM4" in text for text in texts(banner))
    named(banner, "Melding sluiten").click()
    qt.processEvents()
    assert not banner.isVisible()


async def test_a_fault_is_said_in_words_and_its_place_can_be_copied(
    window: MainWindow,
) -> None:
    window.frame.crashed(KeyError("Jansen"), "visit.py:12")
    banner = window.findChildren(Banner)[0]
    assert "Er ging iets mis in het programma zelf." in texts(banner)
    named(banner, "Details").click()
    assert "KeyError, visit.py:12" in texts(banner)


async def test_a_matter_leads_to_where_it_can_be_mended(
    window: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    window.frame._notice(Matter("refused", "blocking", "sync", count=1))
    assert "1 vastlegging vraagt uw aandacht." in texts(window)
    named(window, "Bekijken").click()
    await settle()
    assert window.frame.settings.page == "sync"
    assert qt_laptop.settings.page == "sync"
    shown = [b for b in window.findChildren(QPushButton) if b.isVisible()]
    assert "Bekijken" not in [b.text() for b in shown]  # the page itself is here now


async def test_another_language_speaks_on_every_part(
    window: MainWindow, settle: Settle
) -> None:
    window.frame.say(explain(PortGone("COM4", "x"), lambda: window.words.lang))
    await window.show_page("visit", "v1")
    first = plain_of(window)
    await window.show_page("settings")
    named(window, "English").click()
    assert "The port COM4 is not there or went away." in texts(window)
    await settle()
    assert rail(window) == ["Today", "Visit", "Meter", "Diagnose", "Sync", "Settings"]
    assert {"Settings", "Language", "all sent"} <= set(texts(window))
    assert window.frame.settings.language == "en"
    await window.show_page("visit")
    assert window.page is first  # what was entered there is still there


async def test_another_theme_is_worn_at_once_and_remembered(
    window: MainWindow, settle: Settle
) -> None:
    await window.show_page("settings")
    for name, words in (("outdoor", "Buiten"), ("dark", "Donker"), ("", "Als het systeem")):
        named(window, words).click()
        await settle()
        assert theme.chosen() == name
        assert window.frame.settings.theme == name
    assert theme.current().name == "light"


async def test_ports_are_chosen_or_typed_in_the_settings(
    window: MainWindow, qt_laptop: Laptop, settle: Settle
) -> None:
    await window.show_page("settings")
    port = next(w for w in window.findChildren(QWidget) if w.accessibleName() == "P1-kabel")
    edit = next(
        one
        for one in window.findChildren(QLineEdit)
        if one.isVisible() and one in port.findChildren(QLineEdit)
    )
    edit.setFocus()
    edit.setText("socket://127.0.0.1:4059")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await settle()
    assert qt_laptop.settings.ports["p1"] == "socket://127.0.0.1:4059"
    assert "P1 vrij" in texts(window)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    await settle()
    assert {"Oefenmonteur 1", "monteur"} <= set(texts(window))


async def test_everything_that_can_be_touched_is_large_enough_and_named(
    window: MainWindow, settle: Settle
) -> None:
    await window.show_page("settings")
    await settle()
    seen = [w for w in window.findChildren(QWidget) if w.isVisible()]
    touched = [w for w in seen if isinstance(w, QPushButton | QToolButton | TextField)]
    assert len(touched) > 15
    assert not [w.accessibleName() for w in touched if w.height() < theme.TARGET]
    assert all(w.accessibleName() for w in touched)


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize("lang", ["nl", "en"])
async def test_no_words_are_cut(
    window: MainWindow,
    settle: Settle,
    cut: Callable[[QWidget], list[str]],
    name: str,
    lang: str,
) -> None:
    window.words.switch(lang)
    theme.wear(name)
    await window.show_page("settings")
    await settle()
    assert cut(window) == []


async def test_a_key_that_nobody_wants_passes(window: MainWindow) -> None:
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    assert not event.isAccepted()


def test_the_table_of_pages_knows_what_it_has() -> None:
    assert pages.entry_of("sync").apart
    with pytest.raises(KeyError):
        pages.entry_of("nowhere")
    workshop = [entry.code for entry in pages.entries_for(frozenset({"workshop"}))]
    assert workshop == ["meter", "diagnose", "settings"]


def test_what_is_no_page_is_refused(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.views.settings.make", lambda _context: QuietButton(""))
    with pytest.raises(TypeError):
        pages.make(pages.entry_of("settings"), context)
