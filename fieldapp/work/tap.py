"""A tap on a line: every record is told as it happens, and nothing of it is kept.

In come the way to open a port and a listener; out come the same ports, heard. Rule: times count
from the first opening, over all that follow; what is told is for showing, who writes it down
answers for its secrets (`hardware.trace_secrets`).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from fieldapp.clock import Clock
from fieldapp.work.tools import OpenPort
from hardware.port import Port
from hardware.trace import Direction, Record, Trace, TracedPort

RecordListener = Callable[[Record], None]


class Tap(Trace):
    """A capture over all openings, which keeps nothing and tells at once."""

    def __init__(self, open_port: OpenPort, clock: Clock, heard: RecordListener) -> None:
        """Time begins now."""
        super().__init__()
        self._open_port = open_port
        self._clock = clock
        self._heard = heard
        self._began = clock.monotonic_s()
        self._opened = self._began

    async def open(self, source: str) -> Port:
        """A port by its name, with this capture on it; errors as `Tools.open_port`."""
        self._opened = self._clock.monotonic_s()
        port = await self._open_port(source)
        return TracedPort(port, self, self._clock.monotonic_s)

    def add(self, direction: Direction, offset_s: Decimal, data: bytes) -> None:
        """See `Trace.add`; offsets count from the first opening."""
        before = Decimal(f"{self._opened - self._began:.6f}")
        if data:
            self._heard(Record(direction, before + offset_s, data))


async def open_heard(
    open_port: OpenPort, clock: Clock, source: str, heard: RecordListener | None
) -> Port:
    """A port by its name; where somebody wants to hear it, with a tap on it."""
    if heard is None:
        return await open_port(source)
    return await Tap(open_port, clock, heard).open(source)
