from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hardware.dlms.data import Data, DataType, array, enum, octet_string, structure, unsigned
from hardware.dlms.units import ScalerUnit
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.dsmr.inventory import of_list, of_version, public_inventory, version_of
from hardware.dsmr.objects import Version
from hardware.errors import PublicClientOnly, RemoteProtocolError, UnknownMeter
from hardware.port import MemoryPort
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter, furnished

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]


@pytest.mark.parametrize("version", list(Version))
async def test_the_version_is_told_by_the_meter_itself(
    version: Version, plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, version))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        inventory = await session.inventory()
        asked = session.stats.round_trips
        assert await session.inventory() is inventory
        assert session.stats.round_trips == asked
    assert inventory == of_version(version)
    assert asked < 10


@pytest.mark.parametrize("version", [v for v in Version if v is not Version.SMR55])
async def test_a_public_client_finds_the_version_too(
    version: Version, plug: Plug, public: OpticalOptions, clock: Any
) -> None:
    """By what is denied and what is not there; 0.1 V it can't see."""
    meter = OpticalMeter(NUMBER, clock, version)
    async with open_optical(plug(OpticalSimulator(meter)), public) as session:
        assert (await session.inventory()).version in {version, None}


async def test_a_public_client_is_sent_for_a_key(
    meter: OpticalMeter, plug: Plug, public: OpticalOptions, clock: Any
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), public) as session:
        for asked in (
            session.mbus(),
            session.alarms(),
            session.texts(),
            session.preference(clock),
            session.logs(clock(), clock()),
            session.operations(clock),
            session.write_preference("off", clock),
        ):
            with pytest.raises(PublicClientOnly):
                await asked
        readout = await session.retrieve_state(Wishes(clock))
    assert readout.identity.equipment_id == NUMBER
    assert readout.registers == ()


@pytest.mark.parametrize(
    ("profile", "absent"),
    [(Version.SMR52, {"alarm_register_2"}), (Version.DSMR422, {"administrative_status"})],
)
async def test_a_meter_that_fits_no_version_is_read_by_its_own_list(
    profile: Version,
    absent: set[str],
    plug: Plug,
    options: OpticalOptions,
    clock: Any,
) -> None:
    meter = furnished(OpticalMeter(NUMBER, clock, profile, absent=frozenset(absent)))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        inventory = await session.inventory()
        readout = await session.retrieve_state(Wishes(clock))
        operations = await session.operations(clock)
        with pytest.raises(UnknownMeter):
            await session.write_preference("off", clock)
        with pytest.raises(UnknownMeter):
            await operations.clear_alarms({})
    assert not inventory.is_known
    assert not any(entry.writable for entry in inventory.objects)
    assert readout.identity.version == ""
    assert len(readout.registers) == 6
    assert readout.mbus[0].number == "19369906"
    assert readout.logs["standard"]
    assert meter.administrative_status == 2


async def test_a_device_of_which_the_meter_holds_nothing_keeps_its_identity(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    names = {"administrative_status", "mbus_value", "mbus_device_id"}
    meter = furnished(OpticalMeter(NUMBER, clock, Version.DSMR422, absent=frozenset(names)))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        channel = (await session.mbus())[0]
    assert (channel.number, channel.equipment_id, channel.register) == ("19369906", "", None)


async def test_a_meter_has_the_modem_that_was_built_in(
    plug: Plug, options: OpticalOptions, clock: Any
) -> None:
    meter = OpticalMeter(NUMBER, clock, Version.SMR51, absent=frozenset({"modem_cdma"}))
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        assert (await session.inventory()).version is Version.SMR51


def test_what_the_catalogue_does_not_name_keeps_its_code() -> None:
    def row(class_id: int, code: str) -> Data:
        name = octet_string(bytes.fromhex(code))
        return structure(Data(DataType.LONG_UNSIGNED, class_id), unsigned(0), name, array(()))

    inventory = of_list(
        (row(3, "0100010800FF"), row(1, "0101010101FF"), row(72, "000218010001"))
    )
    assert [entry.name for entry in inventory.objects] == ["energy_to_client"]
    assert len(inventory.unnamed) == 2


def test_a_list_that_is_none() -> None:
    with pytest.raises(RemoteProtocolError):
        of_list((structure(unsigned(1), unsigned(0), octet_string(b"\x01")),))
    with pytest.raises(RemoteProtocolError):
        of_list((structure(unsigned(1)),))


def test_answers_that_tell_nothing_name_no_version() -> None:
    assert version_of({"voltage_l1": 3, "alarm_register_3": 3}) is None
    scale = ScalerUnit(-2, "V").to_data()
    assert version_of({"voltage_l1": scale, "alarm_register_3": enum(0)}) is None
    assert not public_inventory().is_known
    assert public_inventory().find("energy_to_client") is None
