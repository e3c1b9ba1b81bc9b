from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication

from fieldapp.store import inbox
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from tests.meter_site import (
    LARGE,
    PAGE,
    ClockLike,
    Show,
    Site,
    button,
    squeezed,
    texts,
    turn,
)
from ui.presenters.optical_deeds import Deed, DeedProof, Question
from ui.views.language import Words
from ui.views.meter import MeterPage
from ui.views.meter_question import question_text
from ui.views.meter_upkeep import looks_of, proof_text


async def _read(site: Site, page: MeterPage, number: str = "V-1003") -> OpticalMeter:
    meter = furnished(site.street.meter(await site.begin(number)), None)
    meter.alarms[1] = 1 << 13
    device = GasMeter("G0039001936990619", 12, meter.now(), status=1)
    meter.channels[0] = device
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    return meter


async def begin_gas(site: Site) -> str:
    """A fault at the gas connection of V-1002 alone; gives the meter that it hangs behind."""
    number = "E0044007382311125"
    stored = await site.laptop.visits.stored("visit-V-1002")
    gas = stored.visit.connection("G")
    fault = await site.laptop.visits.stored("visit-V-1003")
    assert gas is not None
    changed = msgspec.structs.replace(fault.visit, version=2, connections=(gas,))
    given = [inbox.InboxChange(changed.id, 2, changed)]
    db = site.laptop.db
    await db.write(lambda c: inbox.store_page(c, given, 99), touched=frozenset({"visits"}))
    await site.begin("V-1003")
    site.street.plug(number)
    site.street.meter(number).channels[0] = None
    return number


async def test_alarms_are_cleared_by_a_button_that_asks_first(
    site: Site, page: MeterPage, show: Show
) -> None:
    meter = await _read(site, page)
    show(page, PAGE)
    assert any("fraudelogboek" in text for text in texts(page))
    button(page, "Alarmen en fouten wissen").click()
    show(page, PAGE)
    assert "Gewist worden: poging tot fraude." in " ".join(texts(page))
    assert squeezed(page) == []
    button(page, "Niet doen").click()
    assert meter.alarms[1] == 1 << 13
    show(page, PAGE)
    button(page, "Alarmen en fouten wissen").click()
    show(page, PAGE)
    button(page, "Ja, wissen").click()
    await page.optical.ended()
    show(page, PAGE)
    assert any(text.startswith("Gewist: poging tot fraude.") for text in texts(page))
    assert "Er staat geen alarm en geen fout." in texts(page)
    assert meter.alarms[1] == 0
    assert not button(page, "Alarmen en fouten wissen").isEnabled()
    page.leave()


async def test_a_device_is_taken_off(site: Site, page: MeterPage, show: Show) -> None:
    meter = await _read(site, page)
    show(page, LARGE)
    button(page, "Kanaal 1 ontkoppelen").click()
    show(page, LARGE)
    button(page, "Ja, ontkoppelen").click()
    await page.optical.ended()
    show(page, LARGE)
    assert "G0039001936990619 is van kanaal 1 af; het kanaal is vrij." in texts(page)
    assert meter.channels[0] is None
    page.leave()


async def test_a_device_is_coupled_by_its_number(
    site: Site, page: MeterPage, show: Show
) -> None:
    meter = await _read(site, page)
    meter.bus.in_reach.append(GasMeter("G0039001936990725", 12, meter.now()))
    show(page, LARGE)
    upkeep = page.optical_view.board.upkeep
    upkeep.number.setText("gas")
    button(page, "Gasmeter koppelen").click()
    assert page.optical.state.question is None
    assert any(text.startswith("Typ het hele nummer") for text in texts(page))
    upkeep.number.setText("G0039001936990725")
    upkeep.wired.setChecked(True)
    button(page, "Gasmeter koppelen").click()
    show(page, LARGE)
    assert any("op de draad" in text for text in texts(page))
    button(page, "Niet doen").click()
    upkeep.wired.setChecked(False)
    button(page, "Gasmeter koppelen").click()
    button(page, "Ja, koppelen").click()
    await page.optical.ended()
    show(page, LARGE)
    assert any("staat op kanaal 2" in text for text in texts(page))
    assert meter.channels[1] is not None
    page.leave()


async def test_the_clock_says_what_setting_it_leaves_behind(
    site: Site, page: MeterPage, show: Show
) -> None:
    await _read(site, page)
    show(page, PAGE)
    button(page, "Klok gelijkzetten").click()
    show(page, PAGE)
    assert page.optical.state.question is not None
    assert page.optical.state.question.deed is Deed.CLOCK
    assert any("kantoor" in text or "60 s" in text for text in texts(page))
    page.leave()


async def test_one_log_at_a_time(
    site: Site, page: MeterPage, show: Show, qt: QApplication
) -> None:
    await _read(site, page)
    show(page, LARGE)
    chosen = page.optical_view.board.filter
    kept = [chosen.itemText(place) for place in range(chosen.count())]
    assert kept[0] == "Alle logboeken"
    assert "standaard (3)" in kept
    chosen.setCurrentIndex(chosen.findData("standard"))
    chosen.chosen.emit()
    show(page, LARGE)
    await turn(qt)
    assert chosen.log == "standard"
    assert "onderbreking" not in texts(page)
    assert texts(page).count("standaard") == 3
    page.leave()


async def test_a_visit_for_the_choice_shows_no_upkeep(
    site: Site, page: MeterPage, show: Show
) -> None:
    await _read(site, page)
    state = page.optical.state
    assert state.reading is not None
    unknown = replace(state, reading=replace(state.reading, version=""))
    page.optical._show(unknown)
    show(page, PAGE)
    assert not page.optical_view.board.upkeep.isVisible()
    assert "onbekend; er wordt niets geschreven" in texts(page)
    page.leave()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_question_and_proof_has_words(lang: str, clock: ClockLike) -> None:
    words = Words(lang, strict=True)
    for deed in Deed:
        for marks in (False, True):
            text = "WL-1" if marks else ""
            names = ("fraud_attempt",)
            question = Question(deed, marks=marks, names=names, wired=marks, text=text)
            assert question_text(words, question)
        for holds in (False, True):
            left = () if holds else ("ram_error",)
            proof = DeedProof(deed, clock.time, holds, after=left, coupled=holds)
            assert proof_text(words, proof)
            assert (looks_of(proof)[0] == "done") is holds
    refused = DeedProof(Deed.COUPLE, clock.time, holds=True, coupled=True, key_refused=True)
    assert "{" not in proof_text(words, refused)
    assert looks_of(refused)[0] == "attention"


@pytest.mark.parametrize("size", [PAGE, LARGE])
async def test_a_gas_only_visit_asks_for_the_plate_of_the_electricity_meter(
    size: QSize, site: Site, page: MeterPage, show: Show
) -> None:
    meter = furnished(site.street.meter(await begin_gas(site)), None)
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    show(page, size)
    assert meter.meter_number in texts(page)
    assert squeezed(page) == []
    button(page, "Nee, andere meter").click()
    show(page, size)
    assert page.optical.state.host == ""
    page.optical.confirm_host()
    assert not page.optical.state.running
    page.optical.read_state()
    await page.optical.ended()
    show(page, size)
    button(page, "Ja, dit nummer staat erop").click()
    await page.optical.ended()
    show(page, size)
    reading = page.optical.state.reading
    assert reading is not None
    assert reading.meter == meter.meter_number
    assert "Is dit de elektriciteitsmeter hier?" not in texts(page)
    page.leave()
