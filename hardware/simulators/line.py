"""What a real line does to octets: it takes its time.

In: a `Port` and a rate. Out: `ThrottledPort`, the same port at that rate in both directions.
Rule: whole characters of ten bits, never faster than the line and never drifting behind it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from hardware.port import LineSettings, Port, PortAround

_BITS_PER_CHARACTER = 10
_SLICES_PER_S = 100


class ThrottledPort(PortAround):
    """A port that carries no more than its rate; `line` stays that of the port below.

    Attributes:
        heard_until: when the last octet that was read had come, by the line's own time.
    """

    def __init__(
        self, port: Port, baud: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`baud` until `configure` changes it; `clock` gives seconds that only grow."""
        super().__init__(port)
        self._baud = baud
        self._clock = clock
        self._held = bytearray()
        self.heard_until = self._sent_until = clock()

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`; octets come at the rate of the line, a slice at a time."""
        if not self._held:
            self._held += await self._port.read(timeout_s)
            self.heard_until = max(self.heard_until, self._clock())
        piece = bytes(self._held[: self._slice])
        self.heard_until += self._seconds(piece)
        del self._held[: len(piece)]
        await self._sleep_until(self.heard_until)
        return piece

    async def write(self, data: bytes) -> None:
        """See `Port.write`; returns when the last character's time is over."""
        self._sent_until = max(self._sent_until, self._clock())
        for at in range(0, len(data), self._slice):
            piece = data[at : at + self._slice]
            self._sent_until += self._seconds(piece)
            await self._sleep_until(self._sent_until)
            await self._port.write(piece)

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`: also the rate from now on."""
        self._baud = line.baud
        await super().configure(line)

    @property
    def _slice(self) -> int:
        """Characters in about 10 ms, at least one."""
        return max(1, self._baud // _BITS_PER_CHARACTER // _SLICES_PER_S)

    def _seconds(self, piece: bytes) -> float:
        return len(piece) * _BITS_PER_CHARACTER / self._baud

    async def _sleep_until(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - self._clock()))
