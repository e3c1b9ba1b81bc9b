from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_answers import ClockReading
from hardware.drivers.optical_coupling import MbusDevice
from hardware.dsmr.objects import Version
from hardware.errors import LocalProtocolError, UnknownMeter, WrongMeter
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.values import Obis
from tests.hardware.optical.conftest import NUMBER, Clock, Plug
from tests.hardware.optical.secured import access, demands


def _anyhow(_before: ClockReading, _limit_s: int) -> None:
    """A rule that allows every clock to be set."""


@pytest.mark.parametrize("version", [v for v in Version if v.is_smr5])
async def test_every_operation_over_hls_5(version: Version, plug: Plug, clock: Clock) -> None:
    meter = furnished(
        OpticalMeter(NUMBER, clock, version, clock_error_s=20, security=demands())
    )
    meter.alarms[1] = 0x0201
    async with open_optical(plug(OpticalSimulator(meter)), access()) as session:
        await session.expect_meter(NUMBER)
        assert (await session.inventory()).version is version
        operations = await session.operations(clock)
        set_ = await operations.set_clock(_anyhow)
        cleared = await operations.clear_alarms((await session.alarms()).registers)
        coupled = await operations.couple(MbusDevice("19369906"))
        away = await operations.decouple(1, "19369906")
        again = await operations.couple(MbusDevice("19369906"))
        place = await operations.write_location("WL-2671-12")
        told = await operations.write_message("Uw meter is vervangen.")
        off = await session.write_preference("off", clock)
    assert set_.holds
    assert meter.clock_error_s == 0
    assert cleared.cleared == ("alarm_register_1",)
    assert cleared.holds
    assert not coupled.written
    assert away.after.is_empty
    assert again.after.number == "19369906"
    assert (place.after, told.after) == ("WL-2671-12", "Uw meter is vervangen.")
    assert off.written
    assert off.holds
    assert meter.administrative_status == 1


async def test_a_readout_and_a_profile_over_hls_5(plug: Plug, clock: Clock) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, Version.SMR55, security=demands()))
    quality = Obis(1, 0, 99, 1, 0)
    async with open_optical(plug(OpticalSimulator(meter)), access()) as session:
        shape = await session.profile_shape(quality)
        rows = await session.profile_rows(shape, clock() - timedelta(hours=2), clock())
        location, message = await session.texts()
        reader = await session.logs(clock() - timedelta(days=30), clock(), {"standard"})
    assert len(rows) == 8
    assert all(column.scale for column in shape.columns if column.is_value)
    assert (location, message) == ("", "")
    assert set(reader.rows) == {"standard"}


async def test_a_cipher_changes_nothing_of_what_may_be_written(
    plug: Plug, clock: Clock
) -> None:
    odd = frozenset({"alarm_register_2"})
    meter = furnished(OpticalMeter(NUMBER, clock, Version.SMR52, absent=odd))
    meter.security = demands()
    options = access()
    assert options.hls is not None
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        with pytest.raises(UnknownMeter):
            await session.write_preference("off", clock)
        with pytest.raises(UnknownMeter):
            await (await session.operations(clock)).write_location("WL-2671-12")
        with pytest.raises(LocalProtocolError):
            await session.action(70, Obis(0, 0, 96, 3, 10), 1)
    other = replace(options, hls=replace(options.hls, meter="E0099000000000126"))
    with pytest.raises(WrongMeter):
        async with open_optical(plug(OpticalSimulator(meter)), other):
            pass
    assert meter.administrative_status == 2
