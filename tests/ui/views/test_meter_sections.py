"""The sections of the customer port: all data, the raw telegram, what is written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from fieldapp.work.live import Heard
from hardware.p1.builder import with_wrong_checksum
from hardware.p1.catalogue import CATALOGUE
from hardware.p1.framer import Noise, NoiseReason
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from tests.meter_site import (
    LARGE,
    PAGE,
    ClockLike,
    Cut,
    Show,
    Site,
    StreetLike,
    button,
    cells,
    feed,
    squeezed,
    texts,
)
from ui.messages import LANGUAGES
from ui.views.language import Words
from ui.views.meter import MeterPage, make
from ui.views.meter_live import SECTIONS
from ui.views.p1_words import name_of
from ui.views.page import Context
from ui.wiring import Laptop


@pytest.fixture
def site(context: Context, qt_laptop: Laptop, street: StreetLike, clock: ClockLike) -> Site:
    return Site(make(context), qt_laptop, street, clock)


@pytest.fixture
async def page(site: Site) -> MeterPage:
    """At a meter that was heard for a minute and a half."""
    number = await site.begin()
    await site.page.open()
    feed(site.page, number, site.clock)
    return site.page


def hear(page: MeterPage, site: Site, raw: bytes) -> None:
    at, at_s = site.clock.time, site.clock.monotonic_s()
    page.live._heard(Heard(parse(raw), at, at_s, 115200, raw))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_name_of_the_catalogue_has_words(qt: QApplication, lang: str) -> None:
    assert qt is not None
    words = Words(lang, strict=True)
    without = {entry.name for entry in CATALOGUE.values() if "_" in name_of(words, entry.name)}
    assert without == set()
    assert name_of(words, "new_thing") == "new thing"


async def test_all_data_begins_with_the_number_of_the_register(
    page: MeterPage, show: Show
) -> None:
    page.live_view.show_section("registers")
    show(page, PAGE)
    view = page.live_view.registers
    rows = cells(view.registers)
    assert rows[0] == ("Telwerken",)
    assert rows[1][:2] == ("1.8.1", "afname, tarief 1")
    assert rows[1][2].endswith("kWh")
    assert ("96.14.0", "tarief nu") in [row[:2] for row in rows]
    (device,) = cells(view.devices.table)
    assert device[:3] == ("1", "gas", "G0039001936990625")
    assert device[4].endswith("oud")
    (outage,) = cells(view.outages.table)
    assert "20" in outage[0]  # with its year
    assert "onderbrekingen 4 · lange onderbrekingen 1" in texts(view)
    assert [row[0] for row in cells(view.quality.table)] == ["L1", "L2", "L3"]
    page.leave()


async def test_a_device_that_was_not_heard_for_long_is_marked(
    page: MeterPage, show: Show
) -> None:
    page.live_view.show_section("registers")
    state = page.live.state
    assert state.heard_at is not None
    late = replace(state, heard_at=state.heard_at + timedelta(minutes=40))
    page.live._show(late)
    show(page, PAGE)
    (row,) = page.live_view.registers.devices.table.rows.rows
    assert row.tone == "attention"
    assert row.cells[4].endswith("te oud")
    page.leave()


async def test_strangers_and_damage_stand_among_the_data(
    site: Site, page: MeterPage, show: Show
) -> None:
    hear(page, site, b"/X\r\n\r\n9-9:9.9.9(1)\r\n1-0:1.8.1(x)\r\n!\r\n")
    page.live_view.show_section("registers")
    show(page, PAGE)
    view = page.live_view.registers
    assert cells(view.registers) == [
        ("Onbekende regels: 1",),
        ("9.9.9", "onbekende regel", "(1)"),
        ("Beschadigde regels: 1",),
        ("1.8.1", "beschadigde regel", "(x)"),
    ]
    assert view.registers.rows.rows[3].tone == "attention"
    seen = texts(view)
    assert "Er is geen apparaat gekoppeld." in seen
    assert "Deze meter telt geen onderbrekingen" in seen
    assert "Deze meter telt geen dips en pieken." in seen
    page.leave()


async def test_the_raw_telegram_follows_until_it_is_held(
    site: Site, page: MeterPage, show: Show
) -> None:
    view = page.live_view.raw
    page.live_view.show_section("telegram")
    show(page, PAGE)
    rows = cells(view.telegram.table)
    assert rows[0][2] == "identificatie van de meter"
    assert rows[-1][2] == "checksum klopt"
    assert any("afname, tarief 1: " in row[2] for row in rows)
    button(page, "Vasthouden").click()
    held = view.entry
    hear(page, site, with_wrong_checksum(P1Meter(MeterSpec(seed=1)).telegram(site.clock.time)))
    page.redraw()
    assert view.entry == held
    button(page, "Meelopen").click()
    assert not view.is_held
    assert view.entry != held
    page.leave()


async def test_stepping_back_holds_and_stepping_beyond_the_newest_follows(
    site: Site, page: MeterPage, show: Show
) -> None:
    view = page.live_view.raw
    hear(page, site, with_wrong_checksum(P1Meter(MeterSpec(seed=1)).telegram(site.clock.time)))
    page.live_view.show_section("telegram")
    show(page, PAGE)
    assert "beschadigd" in texts(page)
    last = len(view.telegram.table.rows.rows) - 1
    view.telegram.table.choose(str(last))
    assert {"ontvangen", "berekend"} <= set(texts(view))
    button(page, "Vorige").click()
    assert view.entry == page.live.history.at(90)
    assert "checksum klopt" in texts(page)
    button(page, "Volgende").click()
    button(page, "Volgende").click()
    assert view.entry == page.live.history.at(0)
    assert not view.is_held
    page.leave()


async def test_noise_is_shown_as_what_it_is(site: Site, page: MeterPage, show: Show) -> None:
    noise = Noise(3, b"ab\xff", NoiseReason.OUTSIDE)
    at, at_s = site.clock.time, site.clock.monotonic_s()
    page.live._heard(Heard(noise, at, at_s, 115200, b"ab\xff"))
    page.live_view.show_section("telegram")
    show(page, PAGE)
    assert "geen telegram" in texts(page)
    assert cells(page.live_view.raw.telegram.table) == [
        ("1", r"ab\xff", "geen deel van een telegram")
    ]
    page.leave()


async def test_a_line_is_explained_when_it_is_chosen_by_keys(
    page: MeterPage, show: Show
) -> None:
    page.live_view.show_section("telegram")
    show(page, PAGE)
    view = page.live_view.raw.telegram
    assert "Kies een regel om te zien wat er staat." in texts(view)
    view.table.setFocus()
    view.table.selectRow(5)
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    seen = texts(view.aside)
    assert "1-0:1.8.2" in seen
    assert "kWh" in seen
    page.leave()


@pytest.mark.parametrize(
    "looks", [("light", "nl"), ("light", "en"), ("dark", "en"), ("outdoor", "nl")]
)
async def test_no_words_are_cut_in_any_section(
    page: MeterPage, show: Show, cut: Cut, looks: tuple[str, str]
) -> None:
    await page.recordings.record("E0047000012345620", timedelta(hours=1), timedelta(days=7))
    for section in SECTIONS:
        page.live_view.show_section(section)
        for size in (PAGE, LARGE):
            show(page, size, *looks)
            assert cut(page) == [], section
            assert squeezed(page) == [], section
    for ask in (page.live_view._ask_keep, page.live_view._ask_record):
        ask()
        show(page, PAGE, *looks)
        assert cut(page) == []
        assert squeezed(page) == []
    await page.recordings.end()
    page.leave()
