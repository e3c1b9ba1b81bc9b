from __future__ import annotations

from dataclasses import replace

import pytest

from fieldapp.domain.privacy import Purpose
from fieldapp.work.meter_texts import HeldText, Lack
from hardware.simulators.optical_state import OpticalMeter, furnished
from tests.meter_site import LARGE, PAGE, Cut, Show, Site, button, squeezed, texts
from ui.messages import LANGUAGES
from ui.presenters.optical import OpticalState
from ui.views.language import Words
from ui.views.meter import MeterPage
from ui.views.meter_texts import TextRow

WHYS = ("purpose", "no_visit", "no_code", "no_object", "no_access", "refused", "holds")
EMPTY = HeldText()
LOOKS = ("name", "address", "ean", "no_code")


@pytest.fixture
async def meter(site: Site, page: MeterPage) -> OpticalMeter:
    made = furnished(site.street.meter(await site.begin()), None)
    made.texts["consumer_message"] = "Oud bericht."
    await page.open()
    page.show_tab("optical")
    page.optical.use("p0")
    page.optical.read_state()
    await page.optical.ended()
    return made


def _placed(page: MeterPage, held: HeldText = EMPTY) -> OpticalState:
    """As in a visit that places this meter, where the office gave a code."""
    state = page.optical.state
    assert state.reading is not None
    errand = replace(state.errand, purpose=Purpose.PLACEMENT, location="WL-0042-B")
    reading = replace(state.reading, location=held, message=held)
    return replace(state, errand=errand, reading=reading)


async def test_a_message_is_written_after_a_question(
    page: MeterPage, meter: OpticalMeter, show: Show, cut: Cut
) -> None:
    show(page, LARGE)
    assert "nu: “Oud bericht.”" in texts(page)
    button(page, "Bericht schrijven").click()
    show(page, PAGE)
    asked = " ".join(texts(page))
    assert "Nu staat in de meter: “Oud bericht.”" in asked
    assert "“Bel uw netbeheerder over uw meter.”" in asked
    assert cut(page) == []
    assert squeezed(page) == []
    question = page.optical_view.board.upkeep.question
    assert not question.visibleRegion().isEmpty()
    question.yes.click()
    await page.optical.ended()
    show(page, LARGE)
    assert meter.texts["consumer_message"] == "Bel uw netbeheerder over uw meter."
    assert any(text.startswith("Bericht geschreven: ervoor “Oud") for text in texts(page))
    assert "Dit staat er al." in texts(page)
    assert not button(page, "Bericht schrijven").isEnabled()
    page.leave()


@pytest.mark.usefixtures("meter")
async def test_the_language_and_the_template_are_chosen(page: MeterPage, show: Show) -> None:
    show(page, LARGE)
    rows = page.optical_view.board.upkeep.texts
    rows.in_english.setChecked(True)
    rows.templates.setCurrentIndex(rows.templates.findData("fault_number"))
    button(page, "Bericht schrijven").click()
    assert page.optical.state.question is not None
    assert page.optical.state.question.text.startswith("Power failure")
    page.optical.ask(None)
    rows.templates.setCurrentIndex(rows.templates.findData("none"))
    button(page, "Bericht weghalen").click()
    show(page, PAGE)
    assert "Dat bericht gaat eruit." in " ".join(texts(page))
    page.leave()


@pytest.mark.usefixtures("meter")
async def test_a_location_asks_with_the_offices_code(page: MeterPage, show: Show) -> None:
    show(page, LARGE)
    assert not button(page, "Plaats schrijven").isEnabled()
    assert "Het kantoor gaf geen code voor deze aansluiting." in texts(page)
    page.optical._show(_placed(page))
    show(page, LARGE)
    button(page, "Plaats schrijven").click()
    show(page, PAGE)
    asked = " ".join(texts(page))
    assert "Nu staat in de meter: leeg." in asked
    assert "“WL-0042-B”" in asked
    assert "gebeurtenis 47" in asked
    page.leave()


@pytest.mark.usefixtures("meter")
async def test_what_the_meter_lacks_is_said_and_not_offered(
    page: MeterPage, show: Show
) -> None:
    gone = HeldText(lacks=Lack.NO_OBJECT)
    page.optical._show(_placed(page, gone))
    show(page, LARGE)
    rows = page.optical_view.board.upkeep.texts
    assert texts(page).count("Deze meter heeft daar geen plaats voor.") == 2
    assert not rows.templates.isVisible()
    assert rows.location.button.accessibleDescription().startswith("Deze meter")
    TextRow("map-pin").button.click()  # before anything was read it asks nothing
    page.leave()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_has_words(lang: str) -> None:
    words = Words(lang, strict=True)
    for why in (*WHYS, *(f"code_{looks}" for looks in LOOKS)):
        assert words(f"meter.text_why_{why}")
