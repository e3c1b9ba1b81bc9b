"""Real pseudo-terminals with something at the other end that a test holds in its hands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from hardware.errors import HardwareError
from hardware.port import Port
from hardware.simulators.hosting import open_pty
from hardware.simulators.optical import OpticalSimulator
from hardware.simulators.optical_faults import FaultyPort, Line
from hardware.simulators.optical_state import OpticalMeter, furnished
from tests.journeys.programs import Said, fieldapp

PASSWORD = b"technici"


class Unplugged(FaultyPort):
    """A line that is pulled out after so many answers."""

    def __init__(self, port: Port, answers: int) -> None:
        super().__init__(port, Line())
        self._left = answers

    async def write(self, data: bytes) -> None:
        if not self._left:
            await self.close()
            return
        self._left -= 1
        await super().write(data)


@asynccontextmanager
async def terminal(end: Callable[[Port], Awaitable[None]]) -> AsyncIterator[str]:
    """The name of a pseudo-terminal with `end` at its other end."""
    hosted = open_pty()

    async def live() -> None:
        with suppress(HardwareError):
            await end(hosted.port)

    running = asyncio.create_task(live())
    try:
        yield hosted.path
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await hosted.port.close()


async def silence(port: Port) -> None:
    while True:
        await port.read(60)


def saying(octets: bytes, *, every_s: float = 0.05) -> Callable[[Port], Awaitable[None]]:
    """Says the same again and again, whatever it is asked."""

    async def say(port: Port) -> None:
        while True:
            await port.write(octets)
            await port.read(every_s)

    return say


def meter(number: str) -> OpticalMeter:
    made = OpticalMeter(number, lambda: datetime.now(UTC), password=PASSWORD)
    return furnished(made)


def head_on(
    found: OpticalMeter, answers: int | None = None
) -> Callable[[Port], Awaitable[None]]:
    """A head on this meter, which falls off after so many answers."""

    async def serve(port: Port) -> None:
        line = port if answers is None else Unplugged(port, answers)
        await OpticalSimulator(found).serve(line)

    return serve


async def run(*words: str, data: Path | None = None) -> Said:
    """The command, while the other ends of its lines go on."""
    return await asyncio.to_thread(fieldapp, *words, data=data, timeout_s=60)


def failure(said: Said) -> str:
    """The one line on standard error of a command that failed as it should."""
    assert said.status == 1, said.out + said.err
    assert "Traceback" not in said.err
    [line] = said.err.splitlines()
    return line
