"""The sections of the customer port: what is written down, and what is looked at again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from fieldapp.domain import facts as f
from fieldapp.work.visit import VisitWork
from tests.meter_site import (
    PAGE,
    Show,
    Site,
    button,
    cells,
    feed,
    texts,
    turn,
    until,
)
from ui.presenters.recording_state import Progress
from ui.proof.scenes_bench import damaged_capture
from ui.views.meter import MeterPage


def _is_open(page: MeterPage) -> bool:
    state = page.recordings.state
    return state.opened is not None and state.progress is None


async def test_a_telegram_is_kept_with_the_visit_after_one_question(
    site: Site, heard: MeterPage, show: Show, qt: QApplication
) -> None:
    show(heard, PAGE)
    button(heard, "Telegram bewaren…").click()
    assert "Dit telegram bewaren?" in texts(heard)
    assert "Doel: storing" in texts(heard)
    button(heard, "Niet nu").click()
    assert "Dit telegram bewaren?" not in texts(heard)
    button(heard, "Telegram bewaren…").click()
    asked = heard.live.history.last_sound()
    assert asked is not None
    feed(heard, heard.live.state.errand.meter, site.clock, 2)  # meanwhile others come
    button(heard, "Bewaren").click()
    await until(qt, lambda: bool(heard.recordings.state.done))
    heard.redraw()
    told = "Het telegram is vastgelegd bij het bezoek en gaat mee naar het kantoor."
    assert told in texts(heard)
    stored = await VisitWork(site.laptop.db, site.laptop.clock).stored("visit-V-1003")
    (fact,) = stored.progress.of(f.EvidenceAdded)
    assert fact.media_type == "text/plain"
    assert fact.sha256 == hashlib.sha256(asked.heard.raw).hexdigest()
    button(heard, "Gezien").click()
    heard.redraw()
    assert told not in texts(heard)
    heard.leave()


async def test_enter_answers_a_question_and_escape_leaves_it(
    heard: MeterPage, show: Show
) -> None:
    show(heard, PAGE)
    assert not heard.back()
    button(heard, "Telegram bewaren…").click()
    assert heard.primary() is heard.live_view.sheet.yes
    assert heard.back()
    assert heard.primary() is None
    heard.leave()


async def test_a_running_recording_stands_over_both_ports(
    heard: MeterPage, show: Show, qt: QApplication
) -> None:
    show(heard, PAGE)
    button(heard, "Opnemen…").click()
    assert "De klantpoort opnemen?" in texts(heard)
    sheet = heard.live_view.sheet
    assert (sheet.lasts, sheet.keeps) == (timedelta(minutes=15), timedelta(hours=24))
    button(heard, "1 uur").click()
    assert sheet.lasts == timedelta(hours=1)
    button(heard, "Opnemen").click()
    await until(qt, lambda: heard.recordings.state.running is not None)
    heard.redraw()
    assert "Opname loopt" in texts(heard)
    assert heard.busy()
    heard.show_tab("optical")
    assert "Opname loopt" in texts(heard)
    heard.show_tab("p1")
    button(heard, "Stop opname").click()
    await until(qt, lambda: heard.recordings.state.running is None)
    heard.redraw()
    assert "Opname loopt" not in texts(heard)
    assert not heard.busy()
    assert "De opname is gestopt en bewaard; u vindt haar bij Opnamen." in texts(heard)
    heard.leave()


@pytest.fixture
async def kept(heard: MeterPage, show: Show, qt: QApplication) -> MeterPage:
    """The shelf, with one recording on it."""
    await heard.recordings.record("E1", timedelta(minutes=5), timedelta(hours=24))
    await heard.recordings.end()
    await until(qt, lambda: bool(heard.recordings.state.kept))
    heard.live_view.show_section("recordings")
    show(heard, PAGE)
    view = heard.live_view.recordings
    assert not view.open_kept.isEnabled()
    assert [row[0] for row in cells(view.table)] == ["opname"]
    view.table.selectRow(0)
    return heard


async def test_what_is_kept_can_be_opened(kept: MeterPage, qt: QApplication) -> None:
    button(kept, "Openen").click()
    await until(qt, lambda: _is_open(kept))
    kept.redraw()
    assert "Er is niets mis met deze opname." in texts(kept)
    kept.live_view.recordings.opened_view.back.click()
    kept.redraw()
    assert "Opnamen en bewaarde telegrammen" in texts(kept)
    kept.leave()


async def test_what_is_kept_can_be_copied_after_a_question(
    kept: MeterPage, qt: QApplication, tmp_path: Path
) -> None:
    button(kept, "Kopie maken…").click()
    assert "Een leesbare kopie maken?" in texts(kept)
    assert not kept.live_view.sheet.with_numbers
    kept.live_view.sheet.yes.click()
    dialog = kept.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "copy.txt"))
    dialog.close()
    await until(qt, lambda: kept.recordings.state.done == "exported")
    assert (tmp_path / "copy.txt").exists()
    kept.leave()


async def test_what_is_kept_can_be_removed_after_a_question(
    kept: MeterPage, qt: QApplication
) -> None:
    button(kept, "Verwijderen…").click()
    assert "Deze opname verwijderen?" in texts(kept)
    kept.live_view.sheet.yes.click()
    await until(qt, lambda: kept.recordings.state.kept == ())
    kept.redraw()
    assert any(text.startswith("Er is niets bewaard.") for text in texts(kept))
    kept.leave()


@pytest.fixture
async def foreign(site: Site, show: Show, qt: QApplication, tmp_path: Path) -> MeterPage:
    """A capture from elsewhere, opened by hand."""
    page = site.page
    await page.open()
    path = tmp_path / "elders.p1"
    path.write_bytes(damaged_capture(240))
    page.live_view.show_section("recordings")
    show(page, PAGE)
    button(page, "Bestand openen…").click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()
    await until(qt, lambda: _is_open(page))
    show(page, PAGE)
    return page


async def test_a_capture_from_elsewhere_is_told_in_numbers_and_lines(
    foreign: MeterPage,
) -> None:
    view = foreign.live_view.recordings.opened_view
    assert "elders.p1" in texts(foreign)
    assert "211" in texts(view.facts)
    assert any(row[1].startswith("gat van") for row in cells(view.flaws))
    view.quantities.chosen.emit("voltage")
    assert view.plot.accessibleName() == "Spanning: staat niet in deze telegrammen."
    view.quantities.chosen.emit("power")
    assert view.plot.accessibleName().startswith("Vermogen over de hele opname, 211")
    foreign.leave()


async def test_flaws_and_moments_lead_to_the_telegram(foreign: MeterPage) -> None:
    view, work = foreign.live_view.recordings.opened_view, foreign.recordings
    view.flaws.entered_on.emit("1")
    foreign.redraw()
    assert work.state.telegram.startswith(b"/")
    assert cells(view.telegram.table)[0][2] == "identificatie van de meter"
    button(foreign, "Samenvatting").click()
    foreign.redraw()
    assert work.state.telegram == b""
    view.plot.setFocus()
    QTest.keyClick(view.plot, Qt.Key.Key_End)
    QTest.keyClick(view.plot, Qt.Key.Key_Return)
    assert work.state.telegram.startswith(b"/")
    assert [foreign.back(), foreign.back(), foreign.back()] == [True, True, False]
    assert work.state.opened is None
    foreign.leave()


async def test_reading_says_how_far_it_is_and_can_be_stopped(
    site: Site, show: Show, qt: QApplication
) -> None:
    page = site.page
    await page.open()
    page.live_view.show_section("recordings")
    show(page, PAGE)
    progress = Progress("read", 500_000, 2_000_000)
    page.recordings._show(replace(page.recordings.state, progress=progress))
    page.redraw()
    assert any("25 %" in text for text in texts(page))
    button(page, "Stop").click()
    await turn(qt)
    page.leave()
