"""A line with faults: what goes wrong between a meter and the head, by name.

In comes a port, out comes a port that carries the same octets except for the fault. Rule: a
fault is on the line, never in the meter: the meter's machines stay those of the standard. What
is by chance comes from a seed, so that a run can be had again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from hardware.errors import PortTimeout
from hardware.hdlc.parameters import DEFAULT, Parameters
from hardware.port import LineControl, LineSettings, Port
from hardware.simulators.line import ThrottledPort
from hardware.simulators.uart import garble

_NOISE = bytes.fromhex("00 FF 13 7E 7E A0 07 55 AA")
_SLOW_S = 1.2
_LOSSY = 1 / 500
_REBOOT_S = 0.3
_HEAD_OFF_MESSAGES, _APART_S = 5, 0.05
"""So many messages go past the meter; octets closer together are one of them."""
_RIGHT_BAUD, _WRONG_BAUD = 9600, 4800


class Fault(StrEnum):
    """The faults that can be asked for; several may act together.

    Attributes:
        SILENCE: the meter's answers never arrive.
        STOPS_HALFWAY: after `Line.stop_after` answers nothing arrives any more.
        NOISE: octets without meaning before every answer.
        DAMAGED_FRAME: one bit of every third answer is flipped.
        LOST_FRAME: every fourth answer never arrives.
        LOSSY: one octet in 500 is damaged or lost, both ways.
        ECHO: the head gives back what the reader sends.
        SLOW: the meter begins each answer as late as the standard allows.
        BREAK: the line is held low in the middle of every fifth answer: zeros, and no rest.
        REBOOT: after `Line.stop_after` answers the meter starts anew, once.
        HEAD_OFF: after `Line.stop_after` answers the head lies beside the meter for a while.
        RATE_MISMATCH: after its first answer the meter speaks at half the rate it said.
    """

    SILENCE = "silence"
    STOPS_HALFWAY = "stops-halfway"
    NOISE = "noise"
    DAMAGED_FRAME = "damaged-frame"
    LOST_FRAME = "lost-frame"
    LOSSY = "lossy"
    ECHO = "echo"
    SLOW = "slow"
    BREAK = "break"
    REBOOT = "reboot"
    HEAD_OFF = "head-off"
    RATE_MISMATCH = "rate-mismatch"


@dataclass(frozen=True, slots=True)
class Line:
    """How the line behaves, and what the meter grants on it.

    Attributes:
        faults: what goes wrong.
        turnaround_s: from the last octet of a request to the first of its answer.
        stop_after: number of answers before the faults act that come half-way.
        seed: of chance.
        grants: sizes and windows of the meter's HDLC link; as DSMR P3 has them.
    """

    faults: frozenset[Fault] = frozenset()
    turnaround_s: float = 0.0
    stop_after: int = 12
    seed: int = 0
    grants: Parameters = DEFAULT

    @classmethod
    def named(cls, names: Iterable[str], turnaround_ms: int = 0, seed: int = 0) -> Line:
        """A line with these faults.

        Raises:
            ValueError: a name that is no fault.
        """
        return cls(frozenset(Fault(name) for name in names), turnaround_ms / 1000, seed=seed)


class FaultyPort:
    """A port seen from the meter, with the faults of a line."""

    def __init__(
        self, port: Port, line: Line, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives seconds that only grow, the same as a throttled `port`'s."""
        self._port = port
        self._clock = clock
        self._heard_at = clock()
        self._line = line
        self._answers = self._missed = 0
        self._missed_at = -1.0
        self._chance = random.Random(line.seed)

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
        while self._goes_past(data := await self._port.read(timeout_s)):
            pass
        if data:
            # What this machine is late with is no slowness of the meter's.
            exact = self._port.heard_until if isinstance(self._port, ThrottledPort) else None
            self._heard_at = self._clock() if exact is None else exact
        if data and Fault.ECHO in self._line.faults:
            await self._port.write(data)
        # Never nothing: that would be silence.
        return self._spoiled(data) or data[:1]

    @property
    def control(self) -> LineControl:
        """The port's."""
        return self._port.control

    async def write(self, data: bytes) -> None:
        """See `Port.write`; here the faults act.

        Raises:
            PortTimeout: the meter has started anew.
        """
        slow = _SLOW_S if Fault.SLOW in self._line.faults else 0.0
        due = self._heard_at + self._line.turnaround_s + slow
        if due > self._clock():
            await asyncio.sleep(due - self._clock())
        self._answers += 1
        past = self._answers - self._line.stop_after
        if Fault.REBOOT in self._line.faults and past == 1:
            await asyncio.sleep(_REBOOT_S)
            raise PortTimeout(self.name, "started anew")
        if not self._is_lost(past) and (damaged := self._damaged(data)):
            await self._port.write(damaged)

    def _goes_past(self, data: bytes) -> bool:
        """Whether the head is off, and the meter hears nothing of this."""
        off = Fault.HEAD_OFF in self._line.faults and self._answers >= self._line.stop_after
        now = self._clock()
        if off and data and now > self._missed_at + _APART_S:
            self._missed += 1
        self._missed_at = now
        return off and bool(data) and self._missed <= _HEAD_OFF_MESSAGES

    def _is_lost(self, past: int) -> bool:
        faults = self._line.faults
        return (
            Fault.SILENCE in faults
            or (Fault.STOPS_HALFWAY in faults and past > 0)
            or (Fault.LOST_FRAME in faults and self._answers % 4 == 0)
        )

    def _damaged(self, data: bytes) -> bytes:
        faults, middle = self._line.faults, len(data) // 2
        if Fault.DAMAGED_FRAME in faults and self._answers % 3 == 0:
            data = data[:middle] + bytes((data[middle] ^ 0x10,)) + data[middle + 1 :]
        if Fault.BREAK in faults and self._answers % 5 == 0:
            data = data[:middle] + bytes(2)
        if Fault.RATE_MISMATCH in faults and self._answers > 1:
            data = garble(data, _WRONG_BAUD, _RIGHT_BAUD)
        data = self._spoiled(data)
        return _NOISE + data if Fault.NOISE in faults else data

    def _spoiled(self, data: bytes) -> bytes:
        """Chance at work: an octet is lost, or one bit of it is another."""
        if Fault.LOSSY not in self._line.faults:
            return data
        kept = bytearray()
        for octet in data:
            if self._chance.random() >= _LOSSY:
                kept.append(octet)
            elif self._chance.random() >= 0.5:
                kept.append(octet ^ 1 << self._chance.randrange(8))
        return bytes(kept)

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        await self._port.configure(line)

    async def close(self) -> None:
        """See `Port.close`."""
        await self._port.close()
