from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QPushButton,
)

from hardware.drivers import port_search as room
from hardware.port import MemoryPort, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.uart import garble
from tests.ui.views.diagnose.site import LARGE, PAGE, Cut, Show, Site, texts
from ui.presenters.diagnosis import PortFinding
from ui.views import theme
from ui.views.diagnose import DiagnosePage
from ui.views.diagnose_words import short, told
from ui.views.language import Words


async def turn(app: QApplication) -> None:
    await asyncio.sleep(0)
    app.processEvents()


def follows(page: DiagnosePage) -> bool:
    return page.trace.table.follows


async def test_ports_stand_as_cards_and_one_is_chosen_by_key(site: Site, show: Show) -> None:
    page = site.page
    await page.open()
    show(page, PAGE)
    seen = texts(page)
    assert {"p0", "FTDI · nr. A50285BI", "p1", "Prolific"} <= set(seen)
    assert {"kan P1 of leeskop zijn", "P1-kabel, naar zijn naam"} <= set(seen)
    assert not page.find_out.isEnabled()  # no visit is under way
    assert page.headline()[1].startswith("geen bezoek bezig")
    QTest.keyClick(page.ports.tiles["p1"], Qt.Key.Key_Return)
    assert page.diagnosis.state.selected == "p1"
    QTest.mouseClick(page.ports.tiles["p0"], Qt.MouseButton.LeftButton)
    assert page.diagnosis.state.selected == "p0"
    page.leave()


async def test_a_port_is_added_by_its_name(site: Site, show: Show, qt: QApplication) -> None:
    page = site.page
    await page.open()
    show(page, PAGE)
    page.ports.field.setText("socket://bench:4059")
    page.ports.add.click()
    async with asyncio.timeout(10):
        while page.diagnosis.state.selected != "socket://bench:4059":
            await turn(qt)
    page.redraw()
    await turn(qt)
    assert "zelf toegevoegd" in texts(page)
    assert page.ports.field.text() == ""
    page.leave()


async def test_finding_out_shows_the_line_and_what_it_is(site: Site, show: Show) -> None:
    number = await site.begin()
    page = site.page
    await page.open()
    page.diagnosis.select("p1")
    show(page, PAGE)
    tools = page.tools()
    assert tools is not None
    page.find_out.click()
    assert page.diagnosis.state.busy == "find"
    page.redraw()
    assert "zoeken" in texts(page)
    await page.diagnosis.ended()
    show(page, PAGE)
    seen = texts(page)
    assert "Dit is een klantpoort (P1)." in seen
    assert any(number in text for text in seen)
    assert "P1 · DSMR 5.0 · 115200" in seen
    assert page.trace.table.rows.rowCount() > 20
    assert page.headline()[1].startswith("V-1003 · ")
    page.leave()


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("kind", list(room.Kind))
def test_every_finding_says_what_why_and_what_to_do(lang: str, kind: room.Kind) -> None:
    words = Words(lang)
    for request in ("held", "both", "released", "unknown"):
        found = PortFinding(
            kind=kind.value,
            baud=9600,
            version="50",
            meter="E0044",
            other_meter=False,
            detail="unknown text",
            form="8N1",
            request=request,
        )
        said = told(words, found)
        assert all((said.what, said.why, said.do))
        assert "{" not in f"{said}"
        assert short(words, found)[0]
        is_said = kind is room.Kind.SILENT and request != "released"
        assert ("RTS" in said.why or "pin 2" in said.why or "pen 2" in said.why) or not is_said


async def test_an_inverted_cable_is_said_on_the_page(
    site: Site, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await site.begin()
    whole = P1Meter(MeterSpec(meter_number=number)).telegram(site.laptop.clock.now())

    async def upside_down(name: str) -> MemoryPort:
        near, far = memory_pair(name)
        kept.append(far)
        await far.write(garble(whole, 1, 1, inverted=True))
        return near

    kept: list[MemoryPort] = []
    monkeypatch.setattr(site.laptop.ports, "_open_port", upside_down)
    page = site.page
    await page.open()
    page.diagnosis.select("p1")
    page.diagnosis.find()
    await page.diagnosis.ended()
    show(page, PAGE)
    seen = texts(page)
    assert "De kabel inverteert het signaal niet." in seen
    assert "inverteert niet" in seen
    assert not any(number in text for text in seen)
    page.leave()


async def test_a_message_is_shown_layer_by_layer(
    site: Site, show: Show, qt: QApplication
) -> None:
    await site.begin()
    page = site.page
    await page.open()
    page.diagnosis.select("p0")
    page.diagnosis.find()
    await page.diagnosis.ended()
    show(page, PAGE)
    assert "Kies een bericht om het laag voor laag te zien." in texts(page)
    rows = page.diagnosis.state.rows
    place = next(n for n, one in enumerate(rows) if one.kind == "get_response")
    page.trace.table.selectRow(place)
    qt.processEvents()
    seen = texts(page)
    assert {"HDLC", "APDU", "waarde"} <= set(seen)
    assert [box.accessibleName() for box in page.trace.layers.boxes] == ["HDLC", "APDU"]
    lit = page.trace.layers.hex._lit
    assert rows[place].octets[lit[0]] == 0xC4  # the answer's own tag
    QTest.keyClick(page.trace.layers.boxes[0], Qt.Key.Key_Space)
    assert page.trace.layers.hex._lit == (0, len(rows[place].octets))
    assert follows(page) is False
    follow = next(
        one
        for one in page.findChildren(QPushButton)
        if one.isVisible() and one.accessibleName() == "Nieuwste volgen"
    )
    follow.click()
    assert follows(page)
    page.leave()


async def test_listening_shows_stop_and_stops(site: Site, show: Show, qt: QApplication) -> None:
    await site.begin()
    page = site.page
    await page.open()
    page.diagnosis.select("p1")
    show(page, PAGE)
    page.listen.click()
    async with asyncio.timeout(10):
        while not page.diagnosis.state.rows[5:]:
            await turn(qt)
    page.redraw()
    assert not page.stop.isHidden()
    page.stop.click()
    await page.diagnosis.ended()
    page.redraw()
    assert page.stop.isHidden()
    assert any("Gestopt" in text for text in texts(page))
    page.leave()


@pytest.mark.parametrize(
    "looks", [("light", "nl"), ("light", "en"), ("dark", "nl"), ("outdoor", "nl")]
)
async def test_no_words_are_cut(
    site: Site, show: Show, cut: Cut, looks: tuple[str, str]
) -> None:
    await site.begin()
    page = site.page
    await page.open()
    show(page, PAGE, *looks)
    assert cut(page) == []
    page.diagnosis.select("p0")
    page.diagnosis.find()
    await page.diagnosis.ended()
    page.trace.table.selectRow(3)
    for size in (PAGE, LARGE):
        show(page, size, *looks)
        assert cut(page) == []
    page.leave()


async def test_unplugged_ports_leave_and_the_empty_page_says_what_to_do(
    site: Site, show: Show
) -> None:
    page = site.page
    await page.open()
    site.ports.clear()
    await page.diagnosis.look_for_ports()
    show(page, PAGE)
    assert page.ports.tiles == {}
    assert any(text.startswith("Er is geen poort.") for text in texts(page))
    page.leave()


async def test_buttons_are_large_and_named(site: Site, show: Show) -> None:
    page = site.page
    await site.begin()
    await page.open()
    show(page, PAGE)
    tools = page.tools()
    assert tools is not None
    show(tools, QSize(700, 60))
    for one in (*page.findChildren(QPushButton), *tools.findChildren(QPushButton)):
        if one.isVisible():
            assert one.accessibleName()
            assert one.height() >= theme.TARGET
    page.leave()
