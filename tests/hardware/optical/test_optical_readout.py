from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_answers import Readout
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import NO_INTERVALS, STEPS, Wishes
from hardware.dsmr.objects import Version
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import Grid, OpticalMeter, furnished
from hardware.values import Obis

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
Now = Any

_STATUS = Obis(0, 1, 94, 31, 0)


@pytest.fixture
async def readout(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> Readout:
    meter.clock_error_s = -3
    meter.errors = 1 << 8
    steps: list[str] = []
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        found = await session.retrieve_state(Wishes(clock, progress=steps.append))
    assert tuple(steps) == STEPS
    return found


def test_the_state_has_registers_and_phases(readout: Readout) -> None:
    assert readout.identity.equipment_id == NUMBER
    assert readout.clock.deviation_s == -3
    energies = {named.name: str(named.register.value) for named in readout.registers}
    assert energies["energy_to_client_t1"] == "2001234"
    assert len(energies) == 6
    phases = {named.name: str(named.register.value) for named in readout.phases}
    assert phases["voltage_l2"] == "231.2"
    assert phases["current_l1"] == "1.52"
    assert phases["power_to_client"] == "431"
    assert readout.counters["voltage_sags_l3"] == 1


def test_the_state_has_the_gas_meter(readout: Readout) -> None:
    gas = readout.mbus[0]
    assert (gas.equipment_id, gas.number, gas.manufacturer, gas.key_status) == (
        "G0039001936990619",
        "19369906",
        "LGB",
        "in_use",
    )
    assert gas.register is not None
    assert (str(gas.register.value), gas.register.unit) == ("1284.305", "m3")
    assert gas.register.time == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert [channel.device for channel in readout.mbus[1:]] == ["", "", ""]


def test_the_state_has_choice_modem_and_logs(readout: Readout) -> None:
    assert readout.preference is not None
    assert readout.preference.name == "on"
    assert readout.errors == ("program_memory_error",)
    assert readout.modem is not None
    assert (readout.modem.registration, readout.modem.signal_dbm) == ("home", -71)
    assert [entry.name for entry in readout.logs["standard"]] == [
        "clock_update",
        "power_failure",
        "power_returned",
    ]
    assert readout.logs["power_failure"][0].code == 1260
    assert readout.left_out == (NO_INTERVALS,)
    assert readout.identity.version == "smr500"
    assert readout.registers_set["error_register"] == 1 << 8
    assert 0 < readout.wire.line_seconds < 10


async def test_logs_go_back_as_far_as_asked(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        since = clock() - timedelta(days=300)
        reader = await session.logs(since, clock())
    assert len(reader.rows["standard"]) == 5
    assert reader.rows["fraud"] == ()
    assert "auxiliary" not in reader.rows


async def test_of_the_communication_log_the_last_fifty_rows(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    for number in range(120):
        meter.log("communication", 71, number, at=clock() - timedelta(minutes=200 - number))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(clock))
    rows = readout.logs["communication"]
    assert len(rows) == 50
    assert rows[0].extra == (71,)
    assert "communication log: the oldest 71 of 121 rows" in readout.left_out


async def test_a_dsmr_4_meter_counts_in_whole_volts(
    plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, Version.DSMR422, phases=1))
    meter.grid = Grid(voltages=(2304, 0, 0), powers=(-1200, 0, 0))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(clock))
        configuration = await session.get(1, Obis(0, 1, 94, 31, 3), 2)
    phases = {named.name: str(named.register.value) for named in readout.phases}
    assert phases["voltage_l1"] == "230"
    assert (phases["power_to_client"], phases["power_by_client"]) == ("0", "1200")
    assert "voltage_l2" not in phases
    assert any(line.startswith("voltage_l2: ") for line in readout.left_out)
    assert readout.mbus[0].number == "19369906"
    assert readout.modem is not None
    assert (readout.modem.kind, readout.modem.signal_dbm) == ("gprs", -71)
    assert readout.modem.registration == "home"
    assert configuration.value == [1, "0001001001000000"]


@pytest.mark.parametrize("version", list(Version))
async def test_every_version_can_be_read(
    version: Version, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, version))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(clock))
    assert readout.identity.equipment_id == NUMBER
    assert len(readout.registers) == 6


async def test_a_bare_meter_without_gas(
    plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    meter = furnished(OpticalMeter("free text 7", clock), gas_number=None)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        readout = await session.retrieve_state(Wishes(clock))
    assert readout.identity.equipment_id == "free text 7"
    assert all(channel.register is None for channel in readout.mbus)
