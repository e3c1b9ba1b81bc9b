"""A line whose other end is written down beforehand, in a time of its own."""

from __future__ import annotations

import asyncio
from collections import deque

from hardware.port import LineControl, LineSettings
from hardware.pump import Pump, Timing


class ScriptedPort:
    """A port whose time is its own: answers come after given seconds, silence takes none.

    `answers` holds, for each write, the pieces that follow as (seconds later, octets).
    """

    def __init__(self, *answers: list[tuple[float, bytes]]) -> None:
        self.name = "script"
        self.line = LineSettings(baud=9600)
        self.control = LineControl()
        self.now = 100.0
        self.written: list[tuple[float, bytes]] = []
        self.answers = deque(answers)
        self.coming: deque[tuple[float, bytes]] = deque()

    def clock(self) -> float:
        return self.now

    async def read(self, timeout_s: float) -> bytes:
        await asyncio.sleep(0)
        if self.coming and self.coming[0][0] <= self.now + timeout_s:
            moment, data = self.coming.popleft()
            self.now = max(self.now, moment)
            return data
        self.now += timeout_s
        return b""

    async def write(self, data: bytes) -> None:
        self.written.append((self.now, data))
        self.now += len(data) * 10 / self.line.baud
        moment = self.now
        for later, piece in self.answers.popleft() if self.answers else []:
            moment += later
            self.coming.append((moment, piece))

    async def configure(self, line: LineSettings) -> None:
        self.line = line

    async def close(self) -> None:
        self.coming.clear()


def pump_on(port: ScriptedPort, timing: Timing | None = None) -> Pump:
    return Pump(port, timing or Timing(), port.clock)
