"""Keys of M-Bus devices: wrapped as published, handed over once, used by the next telegram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hardware.dlms.apdu import Apdu
from hardware.dlms.apdu_action import ActionRequest, ActionResponse
from hardware.dlms.data import Data, enum, octet_string
from hardware.dlms.results import OTHER_REASON, TYPE_UNMATCHED
from hardware.dlms.targets import MethodRef
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_coupling import MbusDevice
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_proofs import CouplingProof, KeyOutcome
from hardware.dsmr.mbus_keys import (
    DeviceKeys,
    DeviceName,
    unwrap_dsmr4,
    unwrap_smr5,
    wrap_dsmr4,
    wrap_smr5,
)
from hardware.dsmr.objects import Version
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_service import MeterService
from hardware.simulators.optical_state import GasMeter, OpticalMeter, furnished
from hardware.values import Obis

NUMBER = "E0044007382246019"
NEW_GAS = "G0039001936990725"
SHORT = "19369907"
DEVICE = MbusDevice(SHORT, "gas", "LGB", 0x50)
Plug = Callable[[OpticalSimulator], MemoryPort]

DEFAULT = bytes(range(16))
USER = bytes.fromhex("11111111222222223333333344444455")
KEYS = DeviceKeys(USER, DEFAULT)
PUBLISHED = DeviceName("99310014", "FLO", 0x50, 3)


def test_a_key_for_dsmr_4_as_published() -> None:
    """The verified example of an open head-end system."""
    wrapped = wrap_dsmr4(DEFAULT, USER)
    assert wrapped.hex() == "08eab184363141f1e7b554939dfb75b8"
    assert unwrap_dsmr4(DEFAULT, wrapped) == USER
    with pytest.raises(ValueError, match="no wrapped key"):
        unwrap_dsmr4(DEFAULT, wrapped[1:])


def test_a_key_for_smr_5_as_published() -> None:
    """The verified example of an open head-end system (the P0 key, counter 1)."""
    assert PUBLISHED.octets().hex() == "140031998f195003"
    wrapped = wrap_smr5(DEFAULT, USER, PUBLISHED, 1, key_id=2)
    assert wrapped.hex() == ("000000011928dd82e493e489eed5a235e771c2232523c60ac982f22c820a")
    assert unwrap_smr5(DEFAULT, PUBLISHED, wrapped) == USER


def test_another_device_or_another_default_key_takes_nothing_out() -> None:
    wrapped = wrap_smr5(DEFAULT, USER, PUBLISHED, 1)
    other = wrap_smr5(DEFAULT, USER + b"x", PUBLISHED, 2)
    with pytest.raises(ValueError, match="no key"):
        unwrap_smr5(DEFAULT, PUBLISHED, other)
    for key, name in ((USER, PUBLISHED), (DEFAULT, replace(PUBLISHED, number="99310015"))):
        with pytest.raises(ValueError, match="refuses"):
            unwrap_smr5(key, name, wrapped)


def test_keys_have_their_size_and_are_not_shown() -> None:
    for wrong in ({"user": b"short"}, {"user": USER, "default": b""}):
        with pytest.raises(ValueError, match="16 octets"):
            DeviceKeys(**wrong)
    assert USER.hex() not in repr(KEYS)
    assert str(DEFAULT) not in repr(KEYS)


def encrypting(clock: Any, version: Version, **more: Any) -> OpticalMeter:
    """A meter with a gas meter in reach that is fresh from its factory."""
    meter = furnished(OpticalMeter(NUMBER, clock, version), None)
    device = GasMeter(NEW_GAS, 12_000, meter.now(), key=DEFAULT, default_key=DEFAULT)
    meter.bus.in_reach.append(replace(device, **more))
    return meter


async def coupled(
    port: MemoryPort, options: OpticalOptions, clock: Any, keys: DeviceKeys | None
) -> CouplingProof:
    async with open_optical(port, options) as session:
        await session.expect_meter(NUMBER)
        operations = await session.operations(clock)
        return await operations.couple(DEVICE, {SHORT: keys} if keys else None)


@pytest.mark.parametrize("version", [Version.DSMR422, Version.SMR43, *list(Version)[3:]])
async def test_a_device_is_heard_when_its_key_is_in_use(
    version: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, version)
    simulator = OpticalSimulator(meter)
    first = await coupled(plug(simulator), options, clock, None)
    assert (first.key, first.after.key_status) == (KeyOutcome.NONE, "no_key")
    assert (first.after.number, first.after.equipment_id) == (SHORT, "")
    assert first.after.register is None
    proof = await coupled(plug(simulator), options, clock, KEYS)
    assert (proof.key, proof.written) == (KeyOutcome.SENT, True)
    assert proof.after.key_status == "set_and_transferred"
    assert proof.after.equipment_id == ""
    clock.forward(3600)
    again = await coupled(plug(simulator), options, clock, KEYS)
    assert (again.key, again.written) == (KeyOutcome.NONE, False)
    assert (again.after.key_status, again.after.equipment_id) == ("in_use", NEW_GAS)
    assert again.after.register is not None
    codes = [row.code for row in meter.logs["auxiliary"]]
    assert codes == [0x80A0]


async def test_a_device_that_has_its_key_needs_it_in_the_meter_only(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, Version.SMR500, key=USER)
    simulator = OpticalSimulator(meter)
    proof = await coupled(plug(simulator), options, clock, DeviceKeys(USER))
    assert (proof.key, proof.after.key_status) == (KeyOutcome.SENT, "key_set")
    assert "auxiliary" not in meter.logs
    clock.forward(300)
    async with open_optical(plug(simulator), options) as session:
        assert (await session.mbus())[0].key_status == "in_use"


@pytest.mark.parametrize("version", [Version.DSMR422, Version.SMR500])
async def test_with_another_key_the_device_is_not_heard(
    version: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, version)
    simulator = OpticalSimulator(meter)
    proof = await coupled(plug(simulator), options, clock, DeviceKeys(USER, USER))
    assert proof.key is (KeyOutcome.REFUSED if version is Version.SMR500 else KeyOutcome.SENT)
    clock.forward(3600)
    async with open_optical(plug(simulator), options) as session:
        channel = (await session.mbus())[0]
    assert (channel.key_status, channel.equipment_id) == ("set_and_transferred", "")


async def test_a_refused_key_is_sent_once_and_the_device_stays_coupled(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    """No device answers yet: the identification is written, its key has nowhere to go."""
    meter = encrypting(clock, Version.SMR500)
    meter.bus.in_reach.clear()
    proof = await coupled(plug(OpticalSimulator(meter)), options, clock, KEYS)
    assert (proof.key, proof.after.number) == (KeyOutcome.REFUSED, SHORT)
    assert meter.bus.keys == {}


async def test_a_key_waits_until_it_is_known_for_whom_it_is_wrapped(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, Version.SMR500)
    meter.bus.in_reach.clear()
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        operations = await session.operations(clock)
        proof = await operations.couple(MbusDevice(SHORT), {SHORT: KEYS})
    assert (proof.key, proof.after.number) == (KeyOutcome.NONE, SHORT)


async def test_a_version_without_keys_gets_none(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, Version.DSMR22, key=b"")
    proof = await coupled(plug(OpticalSimulator(meter)), options, clock, KEYS)
    assert (proof.key, proof.after.equipment_id) == (KeyOutcome.NONE, NEW_GAS)


def test_a_meter_takes_a_key_of_sixteen_octets_for_a_device_that_is_there(clock: Any) -> None:
    meter = encrypting(clock, Version.SMR500)
    target = MethodRef(72, Obis(0, 1, 24, 1, 0), 7)

    def told(parameter: Data | None) -> Apdu:
        return MeterService(meter, 1).answer(ActionRequest(target, parameter))

    assert told(octet_string(USER)) == ActionResponse(OTHER_REASON)
    meter.channels[0] = meter.bus.in_reach.pop()
    assert told(octet_string(USER[1:])) == ActionResponse(OTHER_REASON)
    assert told(None) == told(enum(1)) == ActionResponse(TYPE_UNMATCHED)
    assert told(octet_string(USER)) == ActionResponse(0)
    assert not meter.transfer_key(2, USER)


async def test_a_key_goes_with_its_device(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = encrypting(clock, Version.SMR500)
    simulator = OpticalSimulator(meter)
    await coupled(plug(simulator), options, clock, KEYS)
    async with open_optical(plug(simulator), options) as session:
        await (await session.operations(clock)).decouple(1, SHORT)
    assert (meter.bus.keys, meter.bus.sent) == ({}, set())
    proof = await coupled(plug(simulator), options, clock, DeviceKeys(USER))
    assert proof.after.key_status == "key_set"
