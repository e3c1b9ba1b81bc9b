from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from fieldapp.domain.privacy import Purpose
from fieldapp.domain.work_order import Visit, WorkKind
from fieldapp.work.meter_texts import HeldText, Lack
from hardware.simulators.optical_state import OpticalMeter, furnished
from tests.ui.test_optical_presenter import StreetLike, begin
from ui.presenters.bench import ErrandCard
from ui.presenters.optical import OpticalPresenter
from ui.presenters.optical_deeds import Question
from ui.presenters.optical_reading import OpticalReading
from ui.presenters.optical_texts import location_offer, message_offer
from ui.wiring import Laptop

CODE = "WL-0042-B"


@pytest.fixture
def visits(visits: dict[str, Visit]) -> dict[str, Visit]:
    """The faulty meter is one that is placed, where the office has a code for its place."""
    visit = visits["V-1003"]
    known = tuple(msgspec.structs.replace(c, location_code=CODE) for c in visit.connections)
    placed = msgspec.structs.replace(visit, kind=WorkKind.PLACEMENT, connections=known)
    return {**visits, "V-1003": placed}


@pytest.fixture
async def optical(laptop: Laptop) -> OpticalPresenter:
    made = laptop.optical_presenter()
    made.use("p0")
    await made.open()
    return made


@pytest.fixture
async def meter(laptop: Laptop, street: StreetLike, optical: OpticalPresenter) -> OpticalMeter:
    made = furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await optical.ended()
    return made


def _reading(optical: OpticalPresenter) -> OpticalReading:
    assert optical.state.reading is not None
    return optical.state.reading


async def _agreed(optical: OpticalPresenter, question: Question | None) -> None:
    assert question is not None
    optical.ask(question)
    optical.answer_yes()
    await optical.ended()
    assert optical.state.problem is None


async def test_the_offices_code_is_written_and_read_back(
    laptop: Laptop, optical: OpticalPresenter, meter: OpticalMeter
) -> None:
    assert optical.state.errand.location == CODE
    offer = location_offer(optical.state.errand, _reading(optical))
    assert offer.question is not None
    assert (offer.question.held, offer.question.text) == ("", CODE)
    await _agreed(optical, offer.question)
    deed = optical.state.deed
    assert deed is not None
    assert (deed.holds, deed.held, deed.text) == (True, "", CODE)
    assert meter.texts["location"] == CODE
    now = location_offer(optical.state.errand, _reading(optical))
    assert (now.held, now.question, now.why_not) == (HeldText(CODE), None, "holds")
    visit = await laptop.visits.stored("visit-V-1003")
    assert visit.progress.facts[-1].kind == "location_written"


async def test_a_message_is_written_in_its_language_and_taken_away(
    laptop: Laptop, optical: OpticalPresenter, meter: OpticalMeter
) -> None:
    errand = optical.state.errand
    assert message_offer(errand, _reading(optical), "none", "nl").why_not == "holds"
    offer = message_offer(errand, _reading(optical), "fault_number", "en")
    await _agreed(optical, offer.question)
    assert meter.texts["consumer_message"].startswith("Power failure")
    removal = message_offer(errand, _reading(optical), "none", "nl")
    assert removal.question is not None
    assert removal.question.held.startswith("Power failure")
    await _agreed(optical, removal.question)
    assert meter.texts["consumer_message"] == ""
    assert optical.state.deed is not None
    assert optical.state.deed.holds
    visit = await laptop.visits.stored("visit-V-1003")
    assert visit.progress.facts[-1].kind == "message_written"


ERRAND = ErrandCard(Purpose.PLACEMENT, "v1", location=CODE)


@pytest.mark.usefixtures("meter")
@pytest.mark.parametrize(
    ("errand", "held", "why"),
    [
        (ErrandCard(Purpose.WORKSHOP), HeldText(), "no_visit"),
        (replace(ERRAND, location=""), HeldText(), "no_code"),
        (replace(ERRAND, location="Kortekaas"), HeldText(), "code_name"),
        (replace(ERRAND, location="2678 AB 12"), HeldText(), "code_address"),
        (replace(ERRAND, location="871687000000200027"), HeldText(), "code_ean"),
        (replace(ERRAND, location="wl_42"), HeldText(), "code_no_code"),
        (replace(ERRAND, purpose=Purpose.FAULT), HeldText(), "purpose"),
        (ERRAND, HeldText(lacks=Lack.NO_OBJECT), "no_object"),
        (ERRAND, HeldText(lacks=Lack.NO_ACCESS), "no_access"),
        (ERRAND, HeldText(CODE), "holds"),
        (ERRAND, HeldText("Herenstraat 1"), ""),
    ],
)
async def test_why_a_location_is_not_written(
    optical: OpticalPresenter, errand: ErrandCard, held: HeldText, why: str
) -> None:
    offer = location_offer(errand, replace(_reading(optical), location=held))
    assert offer.why_not == why
    assert (offer.question is None) is bool(why)


@pytest.mark.usefixtures("meter")
async def test_why_a_message_is_not_written(optical: OpticalPresenter) -> None:
    reading = _reading(optical)
    removal = ErrandCard(Purpose.REMOVAL, "v1")
    assert message_offer(removal, reading, "call_operator", "nl").why_not == "purpose"
    lacking = replace(reading, message=HeldText(lacks=Lack.REFUSED))
    assert message_offer(ERRAND, lacking, "call_operator", "nl").why_not == "refused"
