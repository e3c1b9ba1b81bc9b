from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from hardware.dlms.data import octet_string
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.errors import (
    AccessDenied,
    MeterError,
    PortLocked,
    RemoteProtocolError,
    WrongMeter,
    WrongPort,
)
from hardware.port import MemoryPort
from hardware.pump import Timing
from hardware.simulators.optical import Framing as MeterFraming
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from hardware.values import Obis

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
Now = Any

_STATUS = Obis(0, 1, 94, 31, 0)


async def test_a_register_comes_with_scaler_and_unit(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        energy = await session.get(3, Obis(1, 0, 1, 8, 0), 2)
        voltage = await session.get(3, Obis(1, 0, 32, 7, 0), 2)
        scale = await session.get(3, Obis(1, 0, 32, 7, 0), 3)
    assert (energy.type, energy.value, energy.scaler, energy.unit, energy.scaled) == (
        "double-long-unsigned",
        4_213_567,
        0,
        "Wh",
        Decimal("4213567"),
    )
    assert str(voltage.scaled) == "230.1"
    assert scale.value == [-1, 35]
    assert scale.scaler is None


@pytest.mark.parametrize("framing", [MeterFraming.MODE_E, MeterFraming.HDLC])
async def test_the_way_of_opening_is_found(
    framing: MeterFraming, meter: OpticalMeter, plug: Plug
) -> None:
    options = OpticalOptions(password=b"00000001", timing=Timing(response_s=0.4))
    async with open_optical(plug(OpticalSimulator(meter, framing)), options) as session:
        assert (await session.identify()).equipment_id == NUMBER


@pytest.mark.parametrize(
    ("asked", "meters"),
    [(Framing.HDLC, MeterFraming.HDLC), (Framing.MODE_E, MeterFraming.MODE_E)],
)
async def test_a_named_way_of_opening(
    asked: Framing,
    meters: MeterFraming,
    meter: OpticalMeter,
    plug: Plug,
    options: OpticalOptions,
) -> None:
    port = plug(OpticalSimulator(meter, meters, opening_baud=4800))
    chosen = replace(options, framing=asked, baud=4800)
    async with open_optical(port, chosen) as session:
        assert await session.expect_meter(NUMBER) == NUMBER


async def test_octet_by_octet_is_the_same(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions, tap: Callable[..., Any]
) -> None:
    port = tap(plug(OpticalSimulator(meter)), piece=1)
    async with open_optical(port, options) as session:
        objects = await session.get(15, Obis(0, 0, 40, 0, 0), 2)
    assert isinstance(objects.value, list)
    assert len(objects.value) > 80
    assert port.closed


async def test_an_object_list_longer_than_a_pdu_comes_in_blocks(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), options) as session:
        before = session.stats
        objects = await session.get(15, Obis(0, 0, 40, 0, 0), 2)
        after = session.stats
    assert after.bytes_received - before.bytes_received > 4 * 1024
    rows = objects.data.elements
    classes = {row.fields(2)[0].integer for row in rows}
    assert {1, 3, 4, 7, 8, 15, 72} <= classes


async def test_a_wide_link_needs_fewer_round_trips(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    async with open_optical(
        plug(OpticalSimulator(meter)), replace(options, max_info=512, physical=None)
    ) as session:
        assert (await session.identify()).firmware["core"] == "5.0.17"


async def test_who_the_meter_is_needs_no_key(
    meter: OpticalMeter, plug: Plug, public: OpticalOptions, clock: Now
) -> None:
    async with open_optical(plug(OpticalSimulator(meter)), public) as session:
        identity = await session.identify()
        time = await session.clock(clock)
        with pytest.raises(AccessDenied, match="read-write-denied"):
            await session.get(3, Obis(1, 0, 1, 8, 0), 2)
        with pytest.raises(AccessDenied):
            await session.set(1, Obis(0, 0, 97, 98, 10), 2, octet_string(b"x"))
        with pytest.raises(AccessDenied):
            await session.preference(clock)
    assert identity.equipment_id == NUMBER
    assert identity.serial_number == "0073822460"
    assert identity.firmware == {
        "core": "5.0.17",
        "module": "5.0.9",
        "modem": "LTE 2.4",
        "mbus_driver": "1.3",
    }
    assert time.deviation_s == 0


async def test_a_wrong_password_is_tried_once_and_locks_the_port(
    meter: OpticalMeter, plug: Plug, clock: Now
) -> None:
    simulator = OpticalSimulator(meter)
    wrong = OpticalOptions(password=b"11111111")
    with pytest.raises(AccessDenied):
        async with open_optical(plug(simulator), wrong):
            pass
    assert [row.code for row in meter.logs["fraud"]][-1:] == [46]
    right = OpticalOptions(password=b"00000001")
    with pytest.raises(PortLocked):
        async with open_optical(plug(simulator), right):
            pass
    clock.forward(11)
    async with open_optical(plug(simulator), right) as session:
        assert (await session.alarms()).alarms == ("fraud_attempt",)
    assert [row.code for row in meter.logs["fraud"]].count(46) == 1


async def test_the_password_is_never_shown(options: OpticalOptions) -> None:
    assert "00000001" not in repr(options)


async def test_a_password_is_needed_where_the_meter_wants_one(
    meter: OpticalMeter, plug: Plug
) -> None:
    bare = OpticalOptions(auth=Authentication.NONE)
    with pytest.raises(AccessDenied):
        async with open_optical(plug(OpticalSimulator(meter)), bare):
            pass
    meter.needs_password = False
    async with open_optical(plug(OpticalSimulator(meter)), bare) as session:
        assert (await session.get(1, _STATUS, 2)).value == 2


async def test_an_unknown_client_is_refused(meter: OpticalMeter, plug: Plug) -> None:
    with pytest.raises(AccessDenied):
        async with open_optical(plug(OpticalSimulator(meter)), OpticalOptions(client=7)):
            pass


def test_another_protocol_or_meter_is_no_refusal() -> None:
    assert issubclass(WrongPort, RemoteProtocolError)
    # A refusal may be left out of a readout; another meter's answers never.
    assert not issubclass(WrongMeter, MeterError)
