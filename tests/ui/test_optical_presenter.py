from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import pytest

from fieldapp.domain.preference import Preference
from fieldapp.store.keys import PracticeSource
from fieldapp.work.inspection import Look
from fieldapp.work.meter_texts import HeldText, MeterTexts
from fieldapp.work.tools import Access
from hardware.drivers.optical_answers import (
    ClockReading,
    Identity,
    LogEntry,
    MbusChannel,
    NamedRegister,
    Readout,
)
from hardware.pump import WireStats
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.values import Obis, Register
from ui.presenters.optical import OpticalPresenter, OpticalState, Session
from ui.presenters.optical_reading import MAX_EVENTS, optical_reading
from ui.wiring import Laptop, Outside, open_laptop

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)


class StreetLike(Protocol):
    dead: bool
    access: Access | None

    def plug(self, number: str) -> None: ...

    def meter(self, number: str) -> OpticalMeter: ...

    def outside(self) -> Outside: ...


async def begin(laptop: Laptop, street: StreetLike, number: str) -> OpticalMeter:
    page = laptop.visit_presenter(f"visit-{number}")
    await page.open()
    await page.accept()
    await page.travel()
    await page.arrive()
    await page.answer_lmra(dict.fromkeys(page.state.lmra, "yes"))
    page.close()
    meter = page.state.connections[0].meter
    assert meter is not None
    street.plug(meter.number)
    return street.meter(meter.number)


async def until(presenter: OpticalPresenter, holds: Callable[[OpticalState], bool]) -> None:
    reached = asyncio.Event()
    end = presenter.subscribe(lambda state: reached.set() if holds(state) else None)
    if not holds(presenter.state):
        async with asyncio.timeout(10):
            await reached.wait()
    end()


@pytest.fixture
async def optical(laptop: Laptop) -> OpticalPresenter:
    made = laptop.optical_presenter()
    made.use("p0")
    await made.open()
    return made


async def test_a_session_goes_by_named_steps_and_shows_the_meter(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = furnished(await begin(laptop, street, "V-1003"), None)
    meter.alarms[1] = 1 << 13
    await laptop.tasks.settle()
    shown: list[OpticalState] = []
    optical.subscribe(shown.append)
    optical.read_state()
    optical.read_state()
    await optical.ended()
    state = optical.state
    assert state.problem is None
    assert state.done == state.plan
    assert not state.running
    reading = state.reading
    assert reading is not None
    assert reading.meter == meter.meter_number
    assert reading.alarms == ("fraud_attempt",)
    assert len(reading.slots) == 4
    assert reading.registers[0].unit == "kWh"
    assert str(reading.registers[0].value) == "4213.567"
    assert [str(phase.volts) for phase in reading.phases] == ["230.1", "231.2", "229.8"]
    assert str(reading.phases[2].net_kw) == "0.000"
    assert state.value_now == 2
    assert state.read_at is not None
    began = next(s for s in shown if s.running and s.done)
    assert began.session is Session.STATE


async def test_the_choice_of_the_visit_is_written_with_its_proof(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    assert optical.state.may_write
    choice = optical.state.errand.choice
    assert choice is Preference.OFF
    optical.read_preference()
    await optical.ended()
    assert optical.state.value_now == 2
    assert optical.state.foretold(choice)
    optical.write_preference(choice)
    await optical.ended()
    proof = optical.state.proof
    assert proof is not None
    assert (proof.before, proof.requested, proof.after) == (2, choice, 1)
    assert proof.holds
    assert not optical.state.foretold(choice)
    assert meter.administrative_status == 1
    visit = await laptop.visits.stored("visit-V-1001")
    assert visit.progress.facts[-1].kind == "preference_applied"


async def test_what_was_not_chosen_is_not_written(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    meter = await begin(laptop, street, "V-1001")
    await laptop.tasks.settle()
    optical.write_preference(Preference.ON)
    await optical.ended()
    assert optical.state.problem is not None
    assert optical.state.proof is None
    assert meter.administrative_status == 2


async def test_stopping_says_how_far_it_came(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    furnished(await begin(laptop, street, "V-1003"), None)
    await laptop.tasks.settle()
    optical.read_state()
    await until(optical, lambda state: "clock" in state.done)
    optical.stop()
    await optical.ended()
    state = optical.state
    assert (state.running, state.stopped, state.problem) == (False, True, None)
    assert state.done[:4] == ("open_port", "connect", "compare", "identity")
    assert state.reading is None
    optical.read_state()  # and the port is free again
    await optical.ended()
    assert optical.state.reading is not None


async def test_another_meter_is_refused_in_words(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    await begin(laptop, street, "V-1003")
    street.plug("E0099000000000126")
    optical.read_state()
    await optical.ended()
    assert optical.state.reading is None
    assert optical.state.problem is not None


async def test_without_a_visit_nothing_is_read(optical: OpticalPresenter) -> None:
    optical.read_state()
    await optical.ended()
    assert optical.state.problem is not None
    assert not optical.state.may_write


async def test_another_visit_clears_the_page(
    laptop: Laptop, optical: OpticalPresenter, street: StreetLike
) -> None:
    await begin(laptop, street, "V-1003")
    await laptop.tasks.settle()
    optical.read_state()
    await optical.ended()
    assert optical.state.reading is not None
    page = laptop.visit_presenter("visit-V-1003")
    await page.open()
    await page.pause()
    page.close()
    await until(optical, lambda state: state.reading is None)
    assert optical.state.source == "p0"
    optical.close()


async def test_a_workshop_writes_what_is_asked(tmp_path: Path, street: StreetLike) -> None:
    laptop = await open_laptop(tmp_path / "bench", PracticeSource(), street.outside())
    try:
        number = "E0099000000000126"
        street.plug(number)
        optical = laptop.optical_presenter()
        optical.use("p0")
        await optical.open()
        assert optical.state.errand.is_workshop
        assert optical.state.may_write
        optical.write_preference(Preference.OFF)
        await optical.ended()
        assert optical.state.proof is not None
        assert optical.state.proof.holds
        assert street.meter(number).administrative_status == 1
        optical.close()
    finally:
        await laptop.close()


async def test_nothing_begins_without_a_port_or_after_the_end(
    laptop: Laptop, optical: OpticalPresenter
) -> None:
    fresh = laptop.optical_presenter()
    assert fresh.state.source == "p0"  # remembered
    fresh.use("")
    fresh.read_state()
    assert not fresh.state.running
    await laptop.tasks.close()
    optical.read_state()
    assert not optical.state.running


def _look(**more: object) -> Look:
    made = Readout(
        identity=Identity("E1"),
        clock=ClockReading(None, None, Decimal("0.010"), ()),
        registers=(),
        phases=(),
        counters={"power_failures": 0, "voltage_sags_l1": 3},
        preference=None,
        alarms=(),
        errors=(),
        mbus=(),
        modem=None,
        logs={},
        left_out=("modem: denied",),
        wire=WireStats(bytes_received=1200, seconds=2.34),
    )
    readout = replace(made, **more)  # type: ignore[arg-type]  # named fields of the dataclass
    return Look(readout, MeterTexts(HeldText(), HeldText()))


def test_the_timeline_is_one_newest_first() -> None:
    logs = {
        "standard": (LogEntry(NOON, 1, "power_failure"), LogEntry(None, 2, "power_returned")),
        "fraud": (LogEntry(NOON + timedelta(hours=1), 47, "configuration_changed"),),
    }
    found = optical_reading(_look(logs=logs))
    assert [event.name for event in found.events] == [
        "configuration_changed",
        "power_failure",
        "power_returned",
    ]
    many = tuple(LogEntry(NOON + timedelta(minutes=n), 1, "x") for n in range(MAX_EVENTS + 7))
    long = optical_reading(_look(logs={"standard": many}))
    assert (len(long.events), long.more_events) == (MAX_EVENTS, 7)


def test_what_was_not_given_is_absent() -> None:
    found = optical_reading(_look())
    assert (found.preference, found.modem, found.phases, found.slots) == (None, None, (), ())
    assert found.left_out == ("modem: denied",)
    assert found.counters[0] == ("voltage_sags_l1", 3)
    assert found.seconds == Decimal("2.3")


def test_values_keep_their_digits() -> None:
    gas = Register(Obis(0, 1, 24, 2, 1), Decimal("9004.331"), "m3", NOON)
    named = NamedRegister(
        "energy_to_client", Register(Obis(1, 0, 1, 8, 0), Decimal(4_213_560), "Wh")
    )
    slot = MbusChannel(1, "gas", "G1", register=gas)
    found = optical_reading(_look(mbus=(slot,), registers=(named,)))
    assert (found.slots[0].value, found.slots[0].time) == (Decimal("9004.331"), NOON)
    assert str(found.registers[0].value) == "4213.560"
