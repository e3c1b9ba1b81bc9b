from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from hardware.dlms.apdu_get import GetRequest
from hardware.simulators.optical_state import furnished
from tests.meter_site import (
    LARGE,
    PAGE,
    ClockLike,
    Cut,
    Show,
    Site,
    button,
    squeezed,
    texts,
    turn,
)
from tests.ui.test_optical_trace import CLOCK, ciphered, on_the_line, secure
from ui.presenters.trace_rows import TraceLog, TraceRow
from ui.views.language import Words
from ui.views.meter import MeterPage
from ui.views.meter_frames import FramesView
from ui.views.trace_table import MEANING, TraceModel


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


async def _clock_read_secured(frames: FramesView, page: MeterPage, site: Site) -> TraceRow:
    """After a ciphered session, looking at the question for the clock."""
    secure(site.street, site.street.meter(page.optical.state.errand.meter))
    page.optical.read_state()
    await page.optical.ended()
    frames.redraw()
    place = _meanings(frames).index("GET 0-0:1.0.0 / 2 · klok")
    frames.trace.table.selectRow(place)
    row = frames.trace.table.rows.row_at(place)
    assert row is not None
    return row


async def test_a_ciphered_frame_says_what_it_means(
    frames: FramesView, page: MeterPage, site: Site, show: Show, cut: Cut
) -> None:
    row = await _clock_read_secured(frames, page, site)
    assert "versleuteld bericht" not in _meanings(frames)
    cell = frames.trace.table.rows.index(row.number - 1, MEANING)
    spoken = str(cell.data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken == "verzonden: GET 0-0:1.0.0 / 2 · klok, was versleuteld"
    for size in (PAGE, LARGE):
        show(page, size)
        assert cut(page) == []
        assert squeezed(page) == []
    frames.trace.table.selectRow(_meanings(frames).index("ACTION 0-0:40.0.0 / 1"))
    assert any("geheim onleesbaar gemaakt" in text for text in texts(frames.trace.layers))
    page.leave()


async def test_what_was_ciphered_stands_below_its_frame_with_its_own_octets(
    frames: FramesView, page: MeterPage, site: Site, show: Show
) -> None:
    row = await _clock_read_secured(frames, page, site)
    assert row.opened is not None
    show(page, PAGE)
    layers = frames.trace.layers
    opened = "APDU, ontcijferd: alleen hier getoond"
    assert [box.accessibleName() for box in layers.boxes] == ["HDLC", "versleuteling", opened]
    assert any("was versleuteld" in text for text in texts(layers))
    assert {"klok", "berichtnummer", "beveiliging", "Octetten op de lijn"} <= set(texts(layers))
    assert layers.hex.accessibleName() == row.octets.hex(" ")
    QTest.keyClick(layers.boxes[-1], Qt.Key.Key_Return)
    assert layers.hex.accessibleName() == row.opened.layers[-1].octets.hex(" ")
    assert not layers.hex.visibleRegion().isEmpty()
    assert "Ontcijferde octetten, alleen hier getoond" in texts(layers)
    QTest.keyClick(layers.boxes[0], Qt.Key.Key_Return)
    assert layers.hex.accessibleName() == row.octets.hex(" ")
    page.leave()


def test_a_row_that_is_understood_later_is_drawn_anew(words: Words, clock: ClockLike) -> None:
    log, model = TraceLog(lambda: clock.time), TraceModel(words)
    told = ciphered(GetRequest(CLOCK).to_bytes(), GetRequest(CLOCK).to_bytes())
    log.take(on_the_line(*told))
    model.show_rows(log.rows)
    changed: list[int] = []
    model.dataChanged.connect(lambda first, _last: changed.append(first.row()))
    log.open(told[1])
    model.show_rows(log.rows)
    assert changed == [1]
    assert [model.index(n, MEANING).data() for n in range(2)] == [
        "versleuteld bericht",
        "GET 0-0:1.0.0 / 2 · klok",
    ]
