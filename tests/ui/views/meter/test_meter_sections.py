"""The sections of the customer port: all data, the raw telegram, what is written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from fieldapp.work.live import Heard
from hardware.dsmr.objects import catalogue
from hardware.p1.builder import with_wrong_checksum
from hardware.p1.catalogue import CATALOGUE
from hardware.p1.framer import Noise, NoiseReason
from hardware.p1.telegram import parse
from hardware.simulators.p1 import MeterSpec, P1Meter
from tests.meter_site import (
    LARGE,
    PAGE,
    Cut,
    Show,
    Site,
    button,
    cells,
    squeezed,
    texts,
)
from ui.views.language import Words
from ui.views.meter import MeterPage
from ui.views.meter_live import SECTIONS
from ui.views.p1_words import name_of


def hear(page: MeterPage, site: Site, raw: bytes) -> None:
    at, at_s = site.clock.time, site.clock.monotonic_s()
    page.live._heard(Heard(parse(raw), at, at_s, 115200, raw))


def test_every_name_of_both_catalogues_has_words() -> None:
    words = Words("nl", strict=True)
    names = {entry.name for entry in CATALOGUE.values()} | {e.name for e in catalogue()}
    unsaid = {name for name in names if name_of(words, name) == name.replace("_", " ")}
    assert unsaid == {"firmware_modem"}  # the same word
    assert name_of(words, "new_thing") == "new thing"


async def test_all_data_begins_with_the_number_of_the_register(
    heard: MeterPage, show: Show
) -> None:
    heard.live_view.show_section("registers")
    show(heard, PAGE)
    view = heard.live_view.registers
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
    heard.leave()


async def test_a_device_that_was_not_heard_for_long_is_marked(
    heard: MeterPage, show: Show
) -> None:
    heard.live_view.show_section("registers")
    state = heard.live.state
    assert state.heard_at is not None
    late = replace(state, heard_at=state.heard_at + timedelta(minutes=40))
    heard.live._show(late)
    show(heard, PAGE)
    (row,) = heard.live_view.registers.devices.table.rows.rows
    assert row.tone == "attention"
    assert row.cells[4].endswith("te oud")
    heard.leave()


async def test_strangers_and_damage_stand_among_the_data(
    site: Site, heard: MeterPage, show: Show
) -> None:
    hear(heard, site, b"/X\r\n\r\n9-9:9.9.9(1)\r\n1-0:1.8.1(x)\r\n!\r\n")
    heard.live_view.show_section("registers")
    show(heard, PAGE)
    view = heard.live_view.registers
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
    heard.leave()


async def test_the_raw_telegram_follows_until_it_is_held(
    site: Site, heard: MeterPage, show: Show
) -> None:
    view = heard.live_view.raw
    heard.live_view.show_section("telegram")
    show(heard, PAGE)
    rows = cells(view.telegram.table)
    assert rows[0][2] == "identificatie van de meter"
    assert rows[-1][2] == "checksum klopt"
    assert any("afname, tarief 1: " in row[2] for row in rows)
    button(heard, "Vasthouden").click()
    held = view.entry
    hear(heard, site, with_wrong_checksum(P1Meter(MeterSpec(seed=1)).telegram(site.clock.time)))
    heard.redraw()
    assert view.entry == held
    button(heard, "Meelopen").click()
    assert not view.is_held
    assert view.entry != held
    heard.leave()


async def test_stepping_back_holds_and_stepping_beyond_the_newest_follows(
    site: Site, heard: MeterPage, show: Show
) -> None:
    view = heard.live_view.raw
    hear(heard, site, with_wrong_checksum(P1Meter(MeterSpec(seed=1)).telegram(site.clock.time)))
    heard.live_view.show_section("telegram")
    show(heard, PAGE)
    assert "beschadigd" in texts(heard)
    last = len(view.telegram.table.rows.rows) - 1
    view.telegram.table.choose(str(last))
    assert {"ontvangen", "berekend"} <= set(texts(view))
    button(heard, "Vorige").click()
    assert view.entry == heard.live.history.at(90)
    assert "checksum klopt" in texts(heard)
    button(heard, "Volgende").click()
    button(heard, "Volgende").click()
    assert view.entry == heard.live.history.at(0)
    assert not view.is_held
    heard.leave()


async def test_noise_is_shown_as_what_it_is(site: Site, heard: MeterPage, show: Show) -> None:
    noise = Noise(3, b"ab\xff", NoiseReason.OUTSIDE)
    at, at_s = site.clock.time, site.clock.monotonic_s()
    heard.live._heard(Heard(noise, at, at_s, 115200, b"ab\xff"))
    heard.live_view.show_section("telegram")
    show(heard, PAGE)
    assert "geen telegram" in texts(heard)
    assert cells(heard.live_view.raw.telegram.table) == [
        ("1", r"ab\xff", "geen deel van een telegram")
    ]
    heard.leave()


async def test_a_line_is_explained_when_it_is_chosen_by_keys(
    heard: MeterPage, show: Show
) -> None:
    heard.live_view.show_section("telegram")
    show(heard, PAGE)
    view = heard.live_view.raw.telegram
    assert "Kies een regel om te zien wat er staat." in texts(view)
    view.table.setFocus()
    view.table.selectRow(5)
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    seen = texts(view.aside)
    assert "1-0:1.8.2" in seen
    assert "kWh" in seen
    heard.leave()


@pytest.mark.parametrize(
    "looks", [("light", "nl"), ("light", "en"), ("dark", "en"), ("outdoor", "nl")]
)
async def test_no_words_are_cut_in_any_section(
    heard: MeterPage, show: Show, cut: Cut, looks: tuple[str, str]
) -> None:
    await heard.recordings.record("E0047000012345620", timedelta(hours=1), timedelta(days=7))
    for section in SECTIONS:
        heard.live_view.show_section(section)
        for size in (PAGE, LARGE):
            show(heard, size, *looks)
            assert cut(heard) == [], section
            assert squeezed(heard) == [], section
    for ask in (heard.live_view._ask_keep, heard.live_view._ask_record):
        ask()
        show(heard, PAGE, *looks)
        assert cut(heard) == []
        assert squeezed(heard) == []
    await heard.recordings.end()
    heard.leave()
