from __future__ import annotations

from datetime import datetime
from typing import Protocol

import pytest

from hardware.simulators.optical_state import GasMeter, furnished
from tests.ui.test_optical_presenter import StreetLike, begin
from ui.presenters.bench import ErrandCard
from ui.presenters.optical import OpticalPresenter, OpticalState
from ui.presenters.optical_deeds import (
    Deed,
    Question,
    about_alarms,
    about_clock,
    about_coupling,
    about_decoupling,
    may,
)
from ui.presenters.optical_reading import OpticalReading
from ui.wiring import Laptop


class ClockLike(Protocol):
    time: datetime


@pytest.fixture
async def optical(laptop: Laptop) -> OpticalPresenter:
    made = laptop.optical_presenter()
    made.use("p0")
    await made.open()
    return made


async def _read(optical: OpticalPresenter) -> OpticalReading:
    optical.read_state()
    await optical.ended()
    assert optical.state.reading is not None
    return optical.state.reading


async def _agreed(optical: OpticalPresenter, question: Question | None) -> OpticalState:
    assert question is not None
    optical.ask(question)
    optical.answer_yes()
    await optical.ended()
    state = optical.state
    assert state.question is None
    return state


async def test_alarms_are_cleared_after_a_yes_and_shown_before_and_after(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = furnished(await begin(laptop, street, "V-1003"), None)
    meter.alarms[1] = 1 << 13
    await laptop.tasks.settle()
    assert about_alarms(await _read(optical)) is not None
    assert optical.may(Deed.ALARMS)
    optical.ask(about_alarms(await _read(optical)))
    optical.ask(None)
    optical.answer_yes()
    assert not optical.state.running
    assert meter.alarms[1] == 1 << 13
    state = await _agreed(optical, about_alarms(await _read(optical)))
    assert state.deed is not None
    assert (state.deed.before, state.deed.after, state.deed.holds) == (
        ("fraud_attempt",),
        (),
        True,
    )
    assert state.is_writing
    assert state.reading is not None
    assert state.reading.alarms == ()
    assert about_alarms(state.reading) is None
    visit = await laptop.visits.stored("visit-V-1003")
    assert visit.progress.facts[-1].kind == "alarms_cleared"


async def test_what_came_since_the_question_is_not_cleared(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = furnished(await begin(laptop, street, "V-1003"), None)
    meter.alarms[1] = 1
    await laptop.tasks.settle()
    question = about_alarms(await _read(optical))
    meter.alarms[1] |= 1 << 9
    state = await _agreed(optical, question)
    assert state.problem is not None
    assert state.deed is None
    assert meter.alarms[1] == 1 | 1 << 9


async def test_the_clock_is_set_by_what_was_shown(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike, clock: ClockLike
) -> None:
    meter = furnished(await begin(laptop, street, "V-1003"), None)
    meter.clock_error_s = 95
    clock.time = clock.time.replace(minute=5, second=0)
    await laptop.tasks.settle()
    question = about_clock(await _read(optical))
    assert question.marks
    assert question.off_s is not None
    state = await _agreed(optical, question)
    assert state.deed is not None, state.problem
    assert state.deed.holds
    assert state.reading is not None
    assert about_clock(state.reading).marks is False


async def test_a_gas_meter_is_coupled_and_taken_off(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = furnished(await begin(laptop, street, "V-1003"), None)
    device = GasMeter("G0039001936990725", 12, meter.now(), key_status=0)
    meter.bus.in_reach.append(device)
    await laptop.tasks.settle()
    await _read(optical)
    assert about_coupling("no number") is None
    state = await _agreed(optical, about_coupling("g0039001936990725"))
    assert state.deed is not None
    assert (state.deed.coupled, state.deed.key_status) == (True, "no_key")
    reading = state.reading
    assert reading is not None
    slot = reading.slots[state.deed.channel - 1]
    assert slot.digits == "19369907"
    assert about_decoupling(reading, 4) is None
    gone = await _agreed(optical, about_decoupling(reading, slot.channel))
    assert gone.deed is not None
    assert gone.deed.number == "G0039001936990725"
    assert gone.reading is not None
    assert about_decoupling(gone.reading, slot.channel) is None
    waits = await _agreed(optical, about_coupling("12345678"))
    assert waits.deed is not None
    assert waits.deed.holds
    assert not waits.deed.coupled


async def test_a_visit_for_the_choice_gives_no_right_to_more(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    assert not any(optical.may(deed) for deed in Deed)
    assert not may(ErrandCard(), Deed.CLOCK)
