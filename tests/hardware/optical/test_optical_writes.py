from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hardware.dlms.data import double_long_unsigned, enum, octet_string, unsigned
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.objects import Version
from hardware.errors import (
    AccessDenied,
    LocalProtocolError,
    MeterError,
    NotSupported,
    WrongMeter,
)
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
Now = Any

_STATUS = Obis(0, 1, 94, 31, 0)


async def test_another_meter_is_not_written(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        with pytest.raises(WrongMeter) as caught:
            await session.expect_meter("E0099001111111120")
    assert (caught.value.expected, caught.value.found) == ("E0099001111111120", NUMBER)
    assert meter.administrative_status == 2


async def test_the_expected_meter_is_checked_again_before_a_write(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.expect_meter(NUMBER.lower())
        meter.meter_number = "E0099001111111120"
        for write in (
            session.write_preference("off", clock),
            session.set(1, Obis(0, 0, 97, 98, 10), 2, octet_string(b"x")),
            session.action(40, Obis(0, 1, 25, 9, 0), 1),
            session.retrieve_state(Wishes(clock)),
        ):
            with pytest.raises(WrongMeter):
                await write
    assert meter.administrative_status == 2


@pytest.mark.parametrize("change", [(2, "off", 1), (1, "on", 2), (0, "on", 2)])
async def test_a_choice_is_written_and_read_back(
    change: tuple[int, str, int], plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    start, wanted, left = change
    meter = OpticalMeter(NUMBER, clock, administrative_status=start)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.expect_meter(NUMBER)
        proof = await session.write_preference(wanted, clock)
    assert proof.meter == NUMBER
    assert (proof.before.value, proof.after.value) == (start, left)
    assert proof.written
    assert proof.holds
    assert proof.time == clock()
    assert meter.administrative_status == left
    assert [row.code for row in meter.logs["fraud"]] == [47]


async def test_a_choice_that_the_meter_holds_already_leaves_no_trace(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    before = list(meter.logs["fraud"])
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        proof = await session.write_preference("on", clock)
    assert not proof.written
    assert proof.holds
    assert meter.logs["fraud"] == before


async def test_showing_the_choice_writes_nothing(
    plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    meter = OpticalMeter(NUMBER, clock, administrative_status=3)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        proof = await session.preference(clock)
    assert (proof.before.value, proof.before.name) == (3, "administrative_on")
    assert proof.requested is None
    assert not proof.written
    assert "fraud" not in meter.logs


@pytest.mark.parametrize("word", ["undefined", "administrative_on", "3", ""])
async def test_only_on_and_off_can_be_asked(
    word: str, meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        with pytest.raises(LocalProtocolError):
            await session.write_preference(word, clock)
    assert meter.administrative_status == 2


async def test_an_old_meter_has_no_such_choice(
    plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    meter = OpticalMeter(NUMBER, clock, Version.DSMR22)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        with pytest.raises(NotSupported):
            await session.write_preference("off", clock)
        readout = await session.retrieve_state(Wishes(clock))
    assert readout.preference is None
    assert any(line.startswith("preference: ") for line in readout.left_out)


@pytest.mark.parametrize(
    ("class_id", "obis"),
    [
        (1, _STATUS),
        (1, Obis(0, 1, 94, 31, 3)),
        (9, Obis(0, 1, 94, 31, 5)),
        (64, Obis(0, 0, 43, 0, 0)),
        (70, Obis(0, 0, 96, 3, 10)),
        (18, Obis(0, 0, 44, 0, 0)),
        (20, Obis(0, 0, 13, 0, 0)),
        (15, Obis(0, 0, 40, 0, 0)),
        (6, Obis(0, 0, 14, 0, 0)),
        (9, Obis(0, 0, 10, 0, 106)),
        (71, Obis(0, 0, 17, 0, 0)),
        (8, Obis(0, 0, 1, 0, 0)),
        (72, Obis(0, 1, 24, 1, 0)),
        (1, Obis(0, 0, 96, 1, 3)),
        (1, Obis(0, 0, 96, 13, 0)),
        (1, Obis(0, 0, 97, 97, 0)),
        (1, Obis(0, 0, 97, 98, 2)),
    ],
)
async def test_some_objects_are_never_written_in_general(
    class_id: int, obis: Obis, meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        sent = session.stats.bytes_sent
        with pytest.raises(LocalProtocolError):
            await session.set(class_id, obis, 2, enum(1))
        with pytest.raises(LocalProtocolError):
            await session.action(class_id, obis, 1)
        assert session.stats.bytes_sent == sent


async def test_writes_that_are_allowed_in_general(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    code = Obis(0, 0, 97, 98, 10)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        await session.set(1, code, 2, double_long_unsigned(7))
        with pytest.raises(MeterError, match="type-unmatched"):
            await session.set(1, code, 2, unsigned(0))
        with pytest.raises(NotSupported):
            await session.set(1, Obis(0, 0, 96, 99, 9), 2, unsigned(0))
        with pytest.raises(NotSupported):
            await session.action(40, Obis(0, 9, 25, 9, 0), 1)
        with pytest.raises(AccessDenied):
            await session.action(40, Obis(0, 1, 25, 9, 0), 1)
    assert meter.alarm_filters[1] == 7
