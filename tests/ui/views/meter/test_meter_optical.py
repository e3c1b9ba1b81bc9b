from __future__ import annotations

import asyncio
from dataclasses import replace

from PySide6.QtWidgets import QApplication, QPushButton

from fieldapp.domain.privacy import Purpose
from hardware.simulators.optical_state import furnished
from tests.meter_site import (
    PAGE,
    Show,
    Site,
    button,
    squeezed,
    texts,
    turn,
)
from ui.presenters.optical import OpticalState
from ui.views.meter import MeterPage


async def test_the_optical_session_by_clicks(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    number = await site.begin()
    meter = furnished(site.street.meter(number), None)
    meter.alarms[1] = 1 << 13
    await page.open()
    page.show_tab("optical")
    show(page, PAGE)
    page.optical_view.start.ports.setEditText("p0")
    button(page, "Toestand lezen").click()
    async with asyncio.timeout(10):
        while len(page.optical.state.done) < 4:
            await turn(qt, 1)
    assert "De meter wordt gelezen" in texts(page)
    assert any(text.startswith("stap ") for text in texts(page))
    await page.optical.ended()
    show(page, PAGE)
    seen = texts(page)
    assert number in seen
    assert "Poging tot fraude" in seen
    assert "meter van dit bezoek" in seen
    assert seen.count("vrij") == 4
    assert any(text.startswith("gelezen om") for text in seen)
    page.leave()


async def test_a_stopped_session_says_what_was_done(
    site: Site, page: MeterPage, show: Show
) -> None:
    furnished(site.street.meter(await site.begin()), None)
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    show(page, PAGE)
    button(page, "Opnieuw lezen").click()
    button(page, "Stop").click()
    await page.optical.ended()
    show(page, PAGE)
    assert any(text.startswith("Gestopt. De poort is dicht") for text in texts(page))
    page.leave()


async def test_the_choice_is_written_by_a_button_that_says_so(
    site: Site, page: MeterPage, show: Show
) -> None:
    number = await site.begin("V-1001")
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    show(page, PAGE)
    button(page, "Alleen de uitlezing bekijken").click()
    await page.optical.ended()
    show(page, PAGE)
    seen = texts(page)
    assert seen.index("aan") < seen.index("uit")
    assert any("gebeurtenis 47" in text for text in seen)
    button(page, "Uitlezing uitzetten").click()
    await page.optical.ended()
    show(page, PAGE)
    assert any(text.startswith("Bewijs: gelezen aan, gevraagd uit") for text in texts(page))
    assert site.street.meter(number).administrative_status == 1
    assert not [
        one
        for one in page.findChildren(QPushButton)
        if one.isVisible() and one.accessibleName() == "Uitlezing uitzetten"
    ]
    page.leave()


async def test_a_bench_offers_both_writes_and_no_choice(page: MeterPage, show: Show) -> None:
    await page.open()
    errand = replace(page.optical.state.errand, purpose=Purpose.WORKSHOP)
    state = OpticalState(source="p0", errand=errand, value_now=2)
    page.optical._show(state)
    page.show_tab("optical")
    show(page, PAGE)
    assert button(page, "Uitlezing uitzetten").isEnabled()
    assert not button(page, "Uitlezing aanzetten").isEnabled()
    assert squeezed(page) == []
    page.leave()
