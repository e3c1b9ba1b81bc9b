from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import OpticalOptions
from hardware.port import LineControl, LineSettings, MemoryPort, memory_pair
from hardware.pump import Timing
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter, furnished

NUMBER = "E0044007382246019"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 10, 7, 30, 500_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> OpticalMeter:
    return furnished(OpticalMeter(NUMBER, clock))


@pytest.fixture
def options() -> OpticalOptions:
    return OpticalOptions(password=b"00000001")


@pytest.fixture
def public() -> OpticalOptions:
    return OpticalOptions(client=16, auth=Authentication.NONE)


@pytest.fixture
def impatient() -> Timing:
    return Timing(response_s=0.1, inter_octet_s=0.05)


Plug = Callable[[OpticalSimulator], MemoryPort]


@pytest.fixture
async def plug() -> AsyncIterator[Plug]:
    tasks: list[asyncio.Task[None]] = []

    def connect(simulator: OpticalSimulator) -> MemoryPort:
        near, far = memory_pair()
        tasks.append(asyncio.create_task(simulator.serve(far)))
        return near

    yield connect
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Tap:
    """A port that keeps what is written and can hand out what is read in single octets."""

    def __init__(self, port: MemoryPort, piece: int = 65536) -> None:
        self.port = port
        self.piece = piece
        self.written = bytearray()
        self.closed = False
        self._held = bytearray()

    @property
    def name(self) -> str:
        return self.port.name

    @property
    def line(self) -> LineSettings:
        return self.port.line

    @property
    def control(self) -> LineControl:
        return self.port.control

    async def read(self, timeout_s: float) -> bytes:
        if not self._held:
            self._held += await self.port.read(timeout_s)
        data = bytes(self._held[: self.piece])
        del self._held[: self.piece]
        return data

    async def write(self, data: bytes) -> None:
        self.written += data
        await self.port.write(data)

    async def configure(self, line: LineSettings) -> None:
        await self.port.configure(line)

    async def close(self) -> None:
        self.closed = True
        await self.port.close()


@pytest.fixture
def tap() -> Callable[..., Tap]:
    return Tap
