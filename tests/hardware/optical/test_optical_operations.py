from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hardware.dlms.data import array, long_unsigned, structure
from hardware.drivers.optical import OpticalSession, open_optical
from hardware.drivers.optical_answers import ClockReading
from hardware.drivers.optical_closed import RESET
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_operations import Operations
from hardware.dsmr.objects import Version
from hardware.errors import (
    AccessDenied,
    ChannelTaken,
    LocalProtocolError,
    MeterError,
    NotSupported,
    RegistersChanged,
    WrongMeter,
)
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_fixed import BY_NAME
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from hardware.values import Obis

NUMBER = "E0044007382246019"
WATER = "W0061001234567824"
Plug = Callable[[OpticalSimulator], MemoryPort]


def anything(_clock: ClockReading, _limit_s: int) -> None:
    """A rule that allows every clock to be set."""


async def operations_of(session: OpticalSession, clock: Any) -> Operations:
    await session.expect_meter(NUMBER)
    return await session.operations(clock)


def new_gas(meter: OpticalMeter, **more: Any) -> GasMeter:
    device = GasMeter("G0039001936990625", 12_000, meter.now(), key_status=0)
    return replace(device, **more)


@pytest.mark.parametrize(("error_s", "codes"), [(95, [4, 5]), (-20, [3])])
async def test_the_clock_is_set_with_before_and_after(
    error_s: int, codes: list[int], plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, clock_error_s=error_s))
    noted = len(meter.logs["standard"])
    asked: list[tuple[Decimal | None, int]] = []

    def rule(before: ClockReading, limit_s: int) -> None:
        asked.append((before.deviation_s, limit_s))

    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        proof = await (await operations_of(session, clock)).set_clock(rule)
    assert asked == [(Decimal(error_s), 60)]
    assert proof.before.deviation_s == error_s
    assert proof.marks_intervals is (error_s == 95)
    assert proof.holds
    assert [row.code for row in meter.logs["standard"][noted:]] == codes


async def test_a_rule_that_refuses_leaves_the_clock_alone(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(NUMBER, clock, Version.DSMR422, clock_error_s=95)

    def never(_before: ClockReading, limit_s: int) -> None:
        raise RuntimeError(f"limit {limit_s}")

    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(RuntimeError, match="limit 60"):
            await operations.set_clock(never)
    assert meter.clock_error_s == 95


async def test_a_limit_that_is_refused_is_the_usual_one(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    refused = frozenset({"clock_shift_limit"})
    meter = OpticalMeter(NUMBER, clock, Version.DSMR422, refused=refused)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        proof = await (await operations_of(session, clock)).set_clock(anything)
    assert proof.limit_s == 60


async def test_what_was_shown_is_cleared_and_read_back(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(NUMBER, clock, Version.SMR52, errors=1 << 9)
    meter.alarms |= {1: 0x0201, 2: 1}
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        shown = await session.alarms()
        proof = await operations.clear_alarms(shown.registers)
        again = await operations.clear_alarms(proof.after.registers)
    assert shown.alarms == ("clock_invalid", "ram_error", "voltage_sag_l1")
    assert shown.errors == ("ram_error",)
    assert set(proof.cleared) == {"alarm_register_1", "alarm_register_2", "error_register"}
    assert proof.holds
    assert proof.after.is_clear
    assert again.cleared == ()
    assert {row.code for row in meter.logs["standard"]} >= {10, 11, 24}


async def test_an_alarm_that_came_after_the_showing_is_shown_first(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter.alarms[1] = 1
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        shown = await session.alarms()
        meter.alarms[1] |= 1 << 13
        with pytest.raises(RegistersChanged) as caught:
            await operations.clear_alarms(shown.registers)
    assert caught.value.registers == ("alarm_register_1",)
    assert meter.alarms[1] == 1 | 1 << 13


@pytest.mark.parametrize("version", list(Version))
async def test_a_device_is_coupled_and_decoupled_in_every_version(
    version: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, version))
    meter.bus.in_reach.append(new_gas(meter))
    device = MbusDevice("19369906", "gas", "LGB", 0x50)
    other = replace(device, number="19369907")
    meter.bus.in_reach.append(new_gas(meter, equipment_id="G0039001936990725"))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        held = await operations.couple(device)
        proof = await operations.couple(other)
        again = await operations.couple(other)
        gone = await operations.decouple(proof.channel, "19369907")
    assert (held.channel, held.written) == (1, False)
    assert (proof.channel, proof.written, proof.before.is_empty) == (2, True, True)
    assert proof.after.number == "19369907"
    assert proof.after.equipment_id == "G0039001936990725"
    expected = "" if version is Version.DSMR22 else "no_key"
    assert proof.after.key_status == expected
    assert not again.written
    assert gone.after.is_empty
    assert meter.channels[1] is None
    assert {row.code for row in meter.logs["fraud"]} >= {47}


async def test_a_wired_device_gets_an_address(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    wired = new_gas(meter, equipment_id=WATER, device_type=7, primary_address=0, wired=True)
    meter.bus.in_reach.append(wired)
    device = MbusDevice("12345678", "water", wired=True)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        proof = await operations.couple(device)
        with pytest.raises(MeterError, match="other-reason"):
            await operations.couple(replace(device, number="12345670"))
    assert (proof.after.device, proof.after.address) == ("water", 2)
    assert meter.channels[1] is not None


async def test_a_channel_that_another_device_holds_is_not_written(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    for at in range(1, 4):
        meter.channels[at] = new_gas(meter, equipment_id=f"G003900193699{at}625")
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(ChannelTaken) as caught:
            await operations.couple(MbusDevice("99999999"))
        with pytest.raises(ChannelTaken):
            await operations.decouple(1, "99999999")
        with pytest.raises(ChannelTaken):
            await operations.decouple(2, "")
    assert caught.value.devices[0] == "19369906"
    assert all(meter.channels)


async def test_a_meter_without_an_m_bus(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(NUMBER, clock, absent=frozenset({"mbus_client"}))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        with pytest.raises(NotSupported):
            await (await operations_of(session, clock)).couple(MbusDevice("19369906"))


async def test_texts_are_written_whole_and_read_back(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        location = await operations.write_location("WL-0042")
        again = await operations.write_location("WL-0042")
        message = await operations.write_message("Bel 0800-9009")
        texts = await session.texts()
        for text in ("x" * 49, "Caf\u00e9"):
            with pytest.raises(LocalProtocolError):
                await operations.write_location(text)
    assert (location.before, location.after, location.written) == ("", "WL-0042", True)
    assert location.holds
    assert not again.written
    assert message.holds
    assert texts == ("WL-0042", "Bel 0800-9009")
    assert [row.code for row in meter.logs["fraud"]].count(47) == 1


async def test_nothing_is_written_to_another_meter(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        meter.meter_number = "E0099001111111120"
        for write in (
            operations.set_clock(anything),
            operations.clear_alarms({}),
            operations.couple(MbusDevice("19369906")),
            operations.decouple(1, "19369906"),
            operations.write_location("A1"),
            operations.write_message(""),
        ):
            with pytest.raises(WrongMeter):
                await write
    assert meter.texts["location"] == ""


async def test_an_object_that_is_refused_and_one_that_is_not_there(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(
        NUMBER,
        clock,
        refused=frozenset({"consumer_message"}),
        absent=frozenset({"location"}),
    )
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(AccessDenied):
            await operations.write_message("")
        with pytest.raises(NotSupported):
            await operations.write_location("A1")


async def test_a_workshop_writes_whatever_lies_on_the_bench(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter.clock_error_s = 5
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await session.operations(clock)
        assert await operations.meter() == NUMBER
        assert (await operations.set_clock(anything)).holds
    assert meter.now() - clock() < timedelta(seconds=1)


@pytest.mark.parametrize("profile", [v for v in Version if v is not Version.DSMR22])
async def test_a_removed_meter_goes_back_to_the_factory(
    profile: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, profile))
    meter.texts["location"] = "WL-0042"
    energy = dict(meter.energy)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        assert await operations.reset_to_factory() == 1
    assert meter.energy == energy
    assert (meter.administrative_status, meter.texts["location"]) == (0, "")
    assert not meter.needs_password
    assert meter.channels == [None] * 4


async def test_only_the_one_script_is_run_and_only_by_its_name(
    plug: Plug, options: OpticalOptions, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = OpticalMeter(NUMBER, clock)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(LocalProtocolError, match="by name only"):
            await operations.conversation.action(RESET, long_unsigned(1))
        other = replace(RESET, obis=Obis.parse("0-0:10.0.106"))
        with pytest.raises(LocalProtocolError, match="never written"):
            await operations.conversation.action_named(other, long_unsigned(1))
        two = array(tuple(structure(long_unsigned(n), array(())) for n in (1, 2)))
        monkeypatch.setitem(BY_NAME, "factory_reset", {2: two})
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(NotSupported, match="2 scripts"):
            await operations.reset_to_factory()
    assert meter.administrative_status == 2


async def test_a_meter_without_the_script_says_so(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(NUMBER, clock, Version.DSMR22)
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await operations_of(session, clock)
        with pytest.raises(NotSupported):
            await operations.reset_to_factory()
