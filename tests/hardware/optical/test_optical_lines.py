from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from hardware.drivers.optical import open_optical
from hardware.drivers.optical_line import Framing as Opening
from hardware.drivers.optical_line import OpticalOptions
from hardware.drivers.optical_readout import Wishes
from hardware.errors import PortError, PortGone
from hardware.port import Port
from hardware.pump import Timing
from hardware.serial_port import open_port
from hardware.simulators.hosting import host, open_pty
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_history import filled
from hardware.simulators.optical_state import LOG_SIZES, OpticalMeter

NUMBER = "E0044007382246019"
Host = Callable[..., Awaitable[str]]
Now = Any

posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")


@pytest.fixture
async def hosted() -> AsyncIterator[Host]:
    tasks: list[asyncio.Task[None]] = []

    async def start(simulator: OpticalSimulator, **line: Any) -> str:
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(host(simulator.serve, on_ready=ready.set_result, **line))
        tasks.append(task)
        return await ready

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@posix
@pytest.mark.parametrize("framing", list(Framing))
async def test_a_whole_visit_over_a_pseudo_terminal(
    framing: Framing, meter: OpticalMeter, hosted: Host, clock: Now
) -> None:
    source = await hosted(OpticalSimulator(meter, framing), pty=True)
    options = OpticalOptions(password=b"00000001", framing=Opening(framing.value))
    for wanted in ("off", "on"):
        async with open_optical(await open_port(source), options) as session:
            await session.expect_meter(NUMBER)
            assert (await session.write_preference(wanted, clock)).holds
            assert (await session.retrieve_state(Wishes(clock))).identity.equipment_id == NUMBER


@posix
async def test_a_meter_that_opens_at_300(
    meter: OpticalMeter, hosted: Host, options: OpticalOptions
) -> None:
    source = await hosted(OpticalSimulator(meter, opening_baud=300), pty=True)
    async with open_optical(await open_port(source), options) as session:
        assert (await session.identify()).equipment_id == NUMBER


@pytest.mark.parametrize("framing", [Framing.MODE_E, Framing.WRAPPER])
async def test_a_visit_over_tcp(
    framing: Framing, meter: OpticalMeter, hosted: Host, clock: Now
) -> None:
    options = OpticalOptions(password=b"00000001", framing=Opening(framing.value))
    source = await hosted(OpticalSimulator(meter, framing), listen="127.0.0.1:0")
    for _ in range(2):
        async with open_optical(await open_port(source), options) as session:
            assert (await session.write_preference("off", clock)).holds


@posix
async def test_a_throttled_line_takes_its_time(
    meter: OpticalMeter, hosted: Host, options: OpticalOptions
) -> None:
    simulator = OpticalSimulator(meter, Framing.HDLC, opening_baud=19200)
    source = await hosted(simulator, pty=True, throttle_baud=19200)
    fast = OpticalOptions(password=options.password, framing=Opening.HDLC, baud=19200)
    async with open_optical(await open_port(source), fast) as session:
        await session.expect_meter(NUMBER)
        assert session.stats.seconds >= session.stats.line_seconds * 0.8


@posix
async def test_the_cable_pulled_out_of_a_pseudo_terminal(
    meter: OpticalMeter, options: OpticalOptions
) -> None:
    line = open_pty()
    serving = asyncio.create_task(OpticalSimulator(meter).serve(line.port))

    async def pull(port: Port) -> None:
        async with open_optical(port, options) as session:
            await session.identify()
            await line.port.close()
            await session.identify()

    with pytest.raises(PortGone):
        await pull(await open_port(line.path))
    await serving


@pytest.mark.parametrize(
    ("asked", "spoken"), [(Opening.WRAPPER, Framing.HDLC), (Opening.HDLC, Framing.WRAPPER)]
)
async def test_another_framing_than_the_meters_ends(
    asked: Opening, spoken: Framing, meter: OpticalMeter, hosted: Host
) -> None:
    source = await hosted(OpticalSimulator(meter, spoken), listen="127.0.0.1:0")
    options = OpticalOptions(framing=asked, timing=Timing(0.2, 0.05), p1_wait_s=0.1)
    with pytest.raises(PortError):
        async with open_optical(await open_port(source), options):
            pass


def test_a_meter_with_all_its_logs_full(meter: OpticalMeter) -> None:
    filled(meter, timedelta(days=400))
    assert {name: len(rows) for name, rows in meter.logs.items()} == LOG_SIZES
    for rows in meter.logs.values():
        assert [row.time for row in rows] == sorted(row.time for row in rows)
        assert meter.now() - timedelta(days=400) <= rows[0].time < meter.now()
