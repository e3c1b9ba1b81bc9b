"""Fewer octets and round trips, and the same answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hardware.dlms.data import Data
from hardware.dlms.targets import AttributeRef
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_constants import FIRMWARE, NUMBER, Constants
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.objects import Version, objects_of
from hardware.hdlc.parameters import Parameters
from hardware.pump import WireStats
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import OpticalMeter, furnished

METER_NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], Any]
Now = Any
REGISTERS = [entry for entry in objects_of(Version.SMR500) if entry.class_id == 3]
FORTY = [AttributeRef(3, entry.obis(), 2) for entry in REGISTERS[:25]] + [
    AttributeRef(3, entry.obis(), 3) for entry in REGISTERS[:15]
]


class Notebook:
    """Notes in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def recall(self, name: str, /) -> str:
        return self.texts.get(name, "")

    def keep(self, name: str, text: str, /) -> None:
        self.texts[name] = text


async def forty(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, line: Line | None = None
) -> tuple[list[Any], int]:
    """The answers and how many round trips they took."""
    async with open_optical(
        plug(OpticalSimulator(meter, line=line or Line())), options
    ) as session:
        await session.expect_meter(METER_NUMBER)
        before = session.stats.round_trips
        found = await session.get_each(FORTY)
        return found, session.stats.round_trips - before


async def test_a_list_leaves_in_one_frame(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    small, trips = await forty(meter, plug, options)
    large, fewer = await forty(meter, plug, options, Line(grants=Parameters(2030, 2030)))
    # 12 of 10 octets fit into 128; without that limit the 16 that DSMR allows
    assert (trips, fewer) == (4, 3)
    assert small == large
    assert all(isinstance(result, Data) for result in small)


async def test_constants_are_asked_once_for_a_make_and_its_firmware(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    notes = Notebook()
    known = replace(options, constants=notes)
    first, trips = await forty(meter, plug, known)
    again, fewer = await forty(meter, plug, known)
    assert (trips, fewer) == (4, 3)
    assert first == again
    assert list(notes.texts) == ["E0044/5.0.17/5.0.9"]
    meter.texts["firmware_core"] = "5.0.18"
    _, as_many = await forty(meter, plug, known)
    assert as_many == 4


async def test_one_by_one_is_one_question_each(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        before = session.stats.round_trips
        single = await session.get_each(FORTY, as_list=False)
        assert session.stats.round_trips - before == len(FORTY)
        assert single == await session.get_each(FORTY)


async def test_a_readout_with_and_without_memory_is_the_same(
    plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    known = replace(options, constants=Notebook())
    found = []
    for reach in (options, known, known):
        meter = furnished(OpticalMeter(METER_NUMBER, clock))
        async with open_optical(plug(OpticalSimulator(meter)), reach) as session:
            found.append(await session.retrieve_state(Wishes(clock)))
    stats = [readout.wire for readout in found]
    same = [
        replace(
            readout, wire=WireStats(), clock=replace(readout.clock, uncertainty_s=Decimal(0))
        )
        for readout in found
    ]
    assert same[0] == same[1] == same[2]
    assert stats[2].bytes_received < stats[1].bytes_received
    assert stats[2].round_trips < stats[1].round_trips


async def test_the_public_client_has_no_lists_and_asks_for_the_number_alone(
    meter: OpticalMeter, plug: Plug, public: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), public) as session:
        before = session.stats.round_trips
        assert await session.expect_meter(METER_NUMBER) == METER_NUMBER
        assert session.stats.round_trips - before == 1


async def test_a_choice_and_its_meter_are_one_question(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.inventory()
        before = session.stats.round_trips
        assert (await session.write_preference("off", clock)).holds
        assert session.stats.round_trips - before == 3


@pytest.mark.parametrize(
    "text", ["nonsense", "1-0:1.8.0=zz", "1-0:1.8.0=ff", "=", "x=02020f00161e"]
)
async def test_notes_that_can_not_be_read_are_asked_again(
    text: str, meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    notes = Notebook()
    notes.texts["E0044/5.0.17/5.0.9"] = text
    _, trips = await forty(meter, plug, replace(options, constants=notes))
    assert trips == 4


def test_without_a_make_nothing_is_kept() -> None:
    notes = Notebook()
    constants = Constants(notes)
    scale = AttributeRef(3, REGISTERS[0].obis(), 3)
    constants.hear(scale, 4)
    assert constants.recall(scale) is None
    constants.hear(NUMBER, 3)
    constants.hear(FIRMWARE[0], 3)
    constants.keep()
    assert notes.texts == {}
