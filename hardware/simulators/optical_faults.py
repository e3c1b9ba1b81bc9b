"""A line with faults: what goes wrong between a meter and the head, by name.

In comes a port, out comes a port that carries the same octets except for the fault. Rule: a
fault is on the line, never in the meter: the meter's machines stay those of the standard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hardware.port import LineControl, LineSettings, Port

_NOISE = bytes.fromhex("00 FF 13 7E 7E A0 07 55 AA")


class Fault(StrEnum):
    """The faults that can be asked for; several may act together.

    Attributes:
        SILENCE: the meter's answers never arrive.
        STOPS_HALFWAY: after `Line.stop_after` answers nothing arrives any more.
        NOISE: octets without meaning before every answer.
        DAMAGED_FRAME: one bit of every third answer is flipped.
        ECHO: the head gives back what the reader sends.
    """

    SILENCE = "silence"
    STOPS_HALFWAY = "stops-halfway"
    NOISE = "noise"
    DAMAGED_FRAME = "damaged-frame"
    ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Line:
    """How the line behaves.

    Attributes:
        faults: what goes wrong.
        turnaround_s: how long the meter thinks before each answer.
        stop_after: number of answers before `STOPS_HALFWAY` acts.
    """

    faults: frozenset[Fault] = frozenset()
    turnaround_s: float = 0.0
    stop_after: int = 12

    @classmethod
    def named(cls, names: Iterable[str], turnaround_ms: int = 0) -> Line:
        """A line with these faults.

        Raises:
            ValueError: a name that is no fault.
        """
        return cls(frozenset(Fault(name) for name in names), turnaround_ms / 1000)


class FaultyPort:
    """A port seen from the meter, with the faults of a line."""

    def __init__(self, port: Port, line: Line) -> None:
        self._port = port
        self._line = line
        self._answers = 0

    @property
    def name(self) -> str:
        """See `Port.name`."""
        return self._port.name

    @property
    def line(self) -> LineSettings:
        """See `Port.line`."""
        return self._port.line

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`; an echoing head gives everything back first."""
        data = await self._port.read(timeout_s)
        if data and Fault.ECHO in self._line.faults:
            await self._port.write(data)
        return data

    @property
    def control(self) -> LineControl:
        """The port's."""
        return self._port.control

    async def write(self, data: bytes) -> None:
        """See `Port.write`; here the faults act."""
        if self._line.turnaround_s:
            await asyncio.sleep(self._line.turnaround_s)
        self._answers += 1
        damaged = self._damaged(data)
        if damaged:
            await self._port.write(damaged)

    def _damaged(self, data: bytes) -> bytes:
        faults = self._line.faults
        stopped = Fault.STOPS_HALFWAY in faults and self._answers > self._line.stop_after
        if Fault.SILENCE in faults or stopped:
            return b""
        if Fault.DAMAGED_FRAME in faults and self._answers % 3 == 0:
            middle = len(data) // 2
            data = data[:middle] + bytes((data[middle] ^ 0x10,)) + data[middle + 1 :]
        return _NOISE + data if Fault.NOISE in faults else data

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        await self._port.configure(line)

    async def close(self) -> None:
        """See `Port.close`."""
        await self._port.close()
