from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.errors import (
    NobodyAnswers,
    PortGone,
    PortTimeout,
    WrongPort,
)
from hardware.port import MemoryPort, memory_pair
from hardware.pump import Timing
from hardware.simulators.optical import Framing as MeterFraming
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_faults import Line
from hardware.simulators.optical_state import OpticalMeter, furnished
from hardware.values import Obis

NUMBER = "E0044007382246019"
Plug = Callable[[OpticalSimulator], MemoryPort]
Now = Any

_STATUS = Obis(0, 1, 94, 31, 0)


async def test_a_meter_swapped_behind_the_head_falls_silent(
    meter: OpticalMeter, plug: Plug, clock: Now, impatient: Timing
) -> None:
    simulator = OpticalSimulator(meter)
    other = furnished(OpticalMeter("E0099001111111120", clock))
    port = plug(simulator)

    async def move_the_head() -> None:
        options = OpticalOptions(password=b"00000001", timing=impatient)
        async with open_optical(port, options) as session:
            await session.expect_meter(NUMBER)
            simulator.plug(other)
            await session.write_preference("off", clock)

    with pytest.raises(PortTimeout, match=r"silent after \d+ answers"):
        await move_the_head()
    assert (meter.administrative_status, other.administrative_status) == (2, 2)


@pytest.mark.parametrize("fault", ["noise", "echo"])
async def test_noise_and_echo_change_nothing(
    fault: str, meter: OpticalMeter, plug: Plug, options: OpticalOptions, clock: Now
) -> None:
    simulator = OpticalSimulator(meter, line=Line.named([fault]))
    async with open_optical(plug(simulator), options) as session:
        proof = await session.write_preference("off", clock)
    assert proof.holds


async def test_damaged_frames_are_asked_again(
    meter: OpticalMeter, plug: Plug, clock: Now
) -> None:
    simulator = OpticalSimulator(meter, MeterFraming.HDLC, Line.named(["damaged-frame"]))
    options = OpticalOptions(
        password=b"00000001", framing=Framing.HDLC, timing=Timing(0.1, 0.05)
    )
    async with open_optical(plug(simulator), options) as session:
        proof = await session.write_preference("off", clock)
        assert (await session.identify()).equipment_id == NUMBER
    assert proof.holds


async def test_silence_ends(meter: OpticalMeter, plug: Plug, impatient: Timing) -> None:
    port = plug(OpticalSimulator(meter, line=Line.named(["silence"])))
    with pytest.raises(PortTimeout, match="no answer to mode E at 9600"):
        async with open_optical(port, OpticalOptions(timing=impatient)):
            pass
    with pytest.raises(PortGone):
        await port.read(0)


async def test_a_dead_optical_port_is_silent(
    meter: OpticalMeter, plug: Plug, impatient: Timing
) -> None:
    meter.p0_enabled = False
    with pytest.raises(NobodyAnswers):
        async with open_optical(
            plug(OpticalSimulator(meter)), OpticalOptions(timing=impatient)
        ):
            pass


async def test_a_meter_that_stops_half_way(
    meter: OpticalMeter, plug: Plug, clock: Now, impatient: Timing
) -> None:
    simulator = OpticalSimulator(meter, line=Line.named(["stops-halfway"]))
    options = OpticalOptions(password=b"00000001", timing=impatient)
    with pytest.raises(PortTimeout, match="silent after") as caught:
        async with open_optical(plug(simulator), options) as session:
            await session.retrieve_state(Wishes(clock))
    assert not isinstance(caught.value, NobodyAnswers)


async def test_unplugging_in_the_middle(
    meter: OpticalMeter, plug: Plug, options: OpticalOptions
) -> None:
    port = plug(OpticalSimulator(meter))

    async def unplug_half_way() -> None:
        async with open_optical(port, options) as session:
            await session.identify()
            await port.close()
            await session.identify()

    with pytest.raises(PortGone):
        await unplug_half_way()


async def test_cancelling_sends_disc_and_closes_the_port(
    meter: OpticalMeter,
    plug: Plug,
    options: OpticalOptions,
    clock: Now,
    tap: Callable[..., Any],
) -> None:
    port = tap(plug(OpticalSimulator(meter)))
    reached = asyncio.Event()

    async def work() -> None:
        async with open_optical(port, options) as session:
            await session.retrieve_state(Wishes(clock, progress=lambda _: reached.set()))

    task = asyncio.create_task(work())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert port.closed
    # the DISC (0x53) to 1/17 from client 1 is the last frame
    assert b"\x02\x23\x03\x53" in port.written[-9:]


async def test_p1_telegrams_on_the_optical_port(impatient: Timing) -> None:
    near, far = memory_pair()
    telegram = b"/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(000004.426*kWh)\r\n!\r\n" * 20

    async def stream() -> None:
        while True:
            await far.write(telegram)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(stream())
    with pytest.raises(WrongPort):
        async with open_optical(near, OpticalOptions(timing=impatient)):
            pass
    with pytest.raises(PortGone):
        await task


async def test_p1_telegrams_while_hdlc_is_tried(impatient: Timing) -> None:
    near, far = memory_pair()
    telegram = b"/ISk5\\2MT382-1000\r\n\r\n1-0:1.8.1(000004.426*kWh)\r\n!\r\n" * 20

    async def stream() -> None:
        while True:
            await far.write(telegram)
            await asyncio.sleep(0.01)

    task = asyncio.create_task(stream())
    options = OpticalOptions(timing=impatient, framing=Framing.HDLC)
    with pytest.raises(WrongPort):
        async with open_optical(near, options):
            pass
    with pytest.raises(PortGone):
        await task


@pytest.mark.parametrize("server", [(2, 17), (1, 18)])
async def test_another_address_answers_nothing(
    server: tuple[int, int], meter: OpticalMeter, plug: Plug, impatient: Timing
) -> None:
    options = OpticalOptions(
        server=server[0], physical=server[1], timing=impatient, framing=Framing.HDLC
    )
    with pytest.raises(PortTimeout):
        async with open_optical(plug(OpticalSimulator(meter, MeterFraming.HDLC)), options):
            pass
