from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.objects import Version, objects_of
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_history import filled
from hardware.simulators.optical_life import Life
from hardware.simulators.optical_objects import build_model
from hardware.simulators.optical_state import LOG_SIZES, GasMeter, OpticalMeter, furnished

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
_PROFILES = {
    "interval_profile",
    "interval_profile_gas",
    "day_profile",
    "month_profile",
    "day_profile_gas",
    "month_profile_gas",
    "power_quality_profile",
    "definable_profile",
}


async def test_values_move_in_time_and_never_back(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter.life = Life(clock())
    volts, energy, gas = set(), [], []
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        for _ in range(6):
            readout = await session.retrieve_state(Wishes(clock))
            there = {named.name: named.register.value for named in readout.registers}
            assert there["energy_to_client"] == (
                there["energy_to_client_t1"] + there["energy_to_client_t2"]
            )
            energy.append(there["energy_to_client"])
            volts.add(next(n for n in readout.phases if n.name == "voltage_l1").register.value)
            value = readout.mbus[0].register
            assert value is not None
            gas.append(value.value)
            clock.forward(701)
    assert energy == sorted(set(energy))
    assert len(volts) > 1
    assert gas == sorted(gas)
    assert gas[0] < gas[-1]


async def test_a_meter_that_feeds_in_counts_that_way(clock: Any) -> None:
    meter = OpticalMeter(NUMBER, clock, life=Life(clock()))
    meter.grid = replace(meter.grid, powers=(-1500, -200, 0))
    before = meter.energy_at("energy_by_client", clock())
    clock.forward(3600)
    assert meter.energy_at("energy_by_client", clock()) - before == pytest.approx(1700, rel=0.1)
    assert meter.energy_at("energy_to_client", clock()) == 4_213_567


@pytest.mark.parametrize("moves", ["alive", "still"])
@pytest.mark.parametrize("version", list(Version))
async def test_every_profile_can_be_read_and_agrees_with_its_columns(
    version: Version, moves: str, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, version))
    meter.life = Life(clock()) if moves == "alive" else None
    profiles = [entry for entry in objects_of(version) if entry.name in _PROFILES]
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        for entry in profiles:
            shape = await session.profile_shape(entry.obis(1 if entry.per_channel else 0))
            assert all(column.name for column in shape.columns), entry.name
            rows = await session.profile_rows(shape, clock() - timedelta(days=3), clock())
            times = [row[0] for row in rows if isinstance(row[0], datetime)]
            assert times == sorted(times)
            assert len(times) == len(rows)
            voltage = entry.name in {"power_quality_profile", "definable_profile"}
            assert shape.is_interval_data is not voltage
            assert bool(rows) or entry.name.startswith("month")


async def test_a_gas_meter_that_appears_is_noted_and_alarmed(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock))
    due = clock() + timedelta(seconds=30)
    newcomer = GasMeter("G0039001936990625", 12, clock())
    meter.bus.appearing.append((due, newcomer))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        assert (await session.mbus())[1].is_empty
        clock.forward(31)
        channel = (await session.mbus())[1]
        alarms = (await session.alarms()).alarms
    assert (channel.device, channel.key_status) == ("gas", "no_key")
    assert "mbus2_device_discovered" in alarms
    assert meter.logs["mbus"][-1].code == 115


async def test_a_fifth_device_finds_no_channel(clock: Any) -> None:
    meter = OpticalMeter(NUMBER, clock)
    device = GasMeter("G0039001936990625", 12, clock())
    meter.bus.appearing = [(clock(), device)] * 5
    meter.settle()
    assert all(meter.channels)
    assert len(meter.bus.appearing) == 1


async def test_a_device_tells_its_status_and_has_it_cleared(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, Version.SMR52))
    assert meter.channels[0] is not None
    meter.channels[0] = replace(meter.channels[0], status=1 << 6 | 1)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        assert (await session.mbus())[0].status == ("battery_low", "tamper_magnet")
    entry = next(e for e in objects_of(Version.SMR52) if e.name == "mbus_status_clear")
    model = build_model(meter)
    read = model[entry.obis(1)].attributes[2]()
    model[entry.obis(1)].writers[2](replace(read, value=1))
    model[entry.obis(2)].writers[2](replace(read, value=1))
    assert meter.channels[0].status == 1 << 6


@pytest.mark.parametrize("version", [Version.DSMR22, Version.SMR55])
async def test_full_logs_are_read_by_range(
    version: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = filled(furnished(OpticalMeter(NUMBER, clock, version)))
    assert {name: len(rows) for name, rows in meter.logs.items()} == LOG_SIZES
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(clock))
    month = clock() - timedelta(days=30)
    for name, rows in readout.logs.items():
        assert rows, name
        assert all(row.time is not None and row.time >= month for row in rows)
    assert "power_failure" in readout.logs
    if version is Version.SMR55:
        assert len(readout.logs["communication"]) == 50
        assert set(readout.logs) == set(LOG_SIZES)
