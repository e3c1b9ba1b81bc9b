from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from hardware.simulators.optical_state import furnished
from tests.meter_site import PAGE, Cut, Show, Site, button, squeezed, texts, turn
from ui.views.meter import MeterPage
from ui.views.meter_frames import FramesView
from ui.views.trace_table import MEANING


@pytest.fixture
async def frames(site: Site, page: MeterPage, show: Show) -> FramesView:
    """Before a session, with the messages in view from its first step on."""
    furnished(site.street.meter(await site.begin()), None)
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    show(page, PAGE)
    assert not page.optical_view.sections.isVisible()
    page.optical_view.show_section("frames")
    return page.optical_view.frames


def _meanings(frames: FramesView) -> list[str]:
    rows = frames.trace.table.rows
    return [str(rows.index(n, MEANING).data()) for n in range(rows.rowCount())]


async def test_frames_come_while_the_session_runs_and_it_can_be_stopped(
    frames: FramesView, page: MeterPage, qt: QApplication
) -> None:
    page.optical.read_state()
    async with asyncio.timeout(10):
        while "mbus" not in page.optical.state.done:
            await turn(qt, 1)
    frames.redraw()
    seen = texts(page)
    assert "De meter wordt gelezen" in seen
    assert any(text.startswith("stap ") and ": " in text for text in seen)
    assert len(_meanings(frames)) > 20
    button(page, "Stop").click()
    await page.optical.ended()
    frames.redraw()
    assert any(text.startswith("Gestopt. De poort is dicht") for text in texts(page))
    page.leave()


async def test_a_frame_is_shown_layer_by_layer_and_told_by_name(
    frames: FramesView, page: MeterPage, show: Show, cut: Cut
) -> None:
    page.optical.read_state()
    await page.optical.ended()
    show(page, PAGE)
    told = _meanings(frames)
    assert "GET met lijst, eerst 0-0:96.1.1 / 2 · meternummer" in told
    place = told.index("GET 0-0:1.0.0 / 2 · klok")
    frames.trace.table.selectRow(place)
    show(page, PAGE)
    assert [box.accessibleName() for box in frames.trace.layers.boxes] == ["HDLC", "APDU"]
    seen = texts(frames.trace.layers)
    assert "klok" in seen
    assert not any("_" in text for text in seen)
    assert cut(page) == []
    assert squeezed(page) == []
    button(page, "Nieuwste volgen").click()
    assert frames.trace.table.follows
    page.optical_view.show_section("state")
    assert "Alarmen en fouten" in texts(page)
    page.leave()


async def test_they_are_kept_in_a_file(
    frames: FramesView, page: MeterPage, show: Show, qt: QApplication, tmp_path: Path
) -> None:
    page.optical.read_state()
    await page.optical.ended()
    show(page, PAGE)
    assert not frames.trace.file.read_button.isVisible()
    QTest.keyClick(frames.trace.file.keep_button, Qt.Key.Key_Space)
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    dialog.fileSelected.emit(str(tmp_path / "session.trace"))
    dialog.close()
    await page.optical.trace.kept()
    await turn(qt)
    frames.redraw()
    assert any(text.startswith("Bewaard als session.trace.") for text in texts(page))
    page.leave()
