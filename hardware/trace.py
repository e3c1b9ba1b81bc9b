"""Captures: what went over a line, with times, kept, saved, loaded and played again.

`TracedPort` is a `Port` that writes down everything in a `Trace`; `ReplayPort` is a `Port`
that plays a `Trace` as a dialogue. A capture is text, one record a line behind the first:

    fieldapp-trace 1
    0.000000 = 9600 8N1          the line's settings
    0.000312 > 7ea00703...       octets sent, hex
    0.214077 < 7ea01e21...       octets received, hex
    # lines that begin so, and empty ones, are passed over

Rule: the first column is seconds since the capture began, and never goes back. What must not
be kept (keys, passwords) is masked before it is written down, not when it is saved.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from hardware.errors import DamagedTrace, LocalProtocolError, PortGone
from hardware.port import LineControl, LineSettings, Port, PortAround
from hardware.trace_secrets import Secrets

HEADER = "fieldapp-trace 1"
MAX_OCTETS = 16 << 20
"""What a trace keeps by default; older records are dropped and counted."""


class Direction(Enum):
    """Which way a record went; the value is its sign in a capture."""

    SENT = ">"
    RECEIVED = "<"
    LINE = "="


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        direction: sent, received, or a change of settings.
        offset_s: seconds since the capture began.
        data: the octets; of a change of settings its text in ASCII (`9600 8N1`).
    """

    direction: Direction
    offset_s: Decimal
    data: bytes


Mask = Callable[[bytes, Direction], bytes]


def without_secrets() -> Mask:
    """What a trace keeps by default: all but passwords, proofs and keys."""
    ways = {Direction.SENT: Secrets(), Direction.RECEIVED: Secrets()}
    return lambda octets, direction: ways[direction].masked(octets)[0]


class ReplayMismatch(LocalProtocolError):
    """Our side did something else than the capture says; `args[1:]` are wanted and got."""


class Trace:
    """A growing capture, bounded.

    Attributes:
        dropped: octets of old records that were given up.
    """

    def __init__(self, mask: Mask | None = None, limit: int = MAX_OCTETS) -> None:
        """`mask` gives what to write down in place of the octets, of any length."""
        self.dropped = 0
        self._records: deque[Record] = deque()
        self._mask = mask or without_secrets()
        self._limit = limit
        self._octets = 0

    def __iter__(self) -> Iterator[Record]:
        """The records, oldest first."""
        return iter(tuple(self._records))

    def add(self, direction: Direction, offset_s: Decimal, data: bytes) -> None:
        """Write down one record; an empty one is none."""
        if direction is not Direction.LINE:
            data = self._mask(data, direction)
        if not data:
            return
        self._records.append(Record(direction, offset_s, data))
        self._octets += len(data)
        while self._octets > self._limit:
            gone = len(self._records.popleft().data)
            self._octets -= gone
            self.dropped += gone

    def to_text(self) -> str:
        """The capture as text."""
        return "\n".join([HEADER, *(line_of(record) for record in self._records)]) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Trace:
        """Read a capture.

        Raises:
            DamagedTrace: not a capture.
        """
        trace = cls()
        for record in records(text.splitlines(keepends=True)):
            trace.add(record.direction, record.offset_s, record.data)
        return trace


def line_of(record: Record) -> str:
    """A record as it stands in a capture, without the line's end."""
    is_line = record.direction is Direction.LINE
    shown = record.data.decode("ascii") if is_line else record.data.hex()
    return f"{record.offset_s:.6f} {record.direction.value} {shown}"


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of a capture, read line by line; the lines keep their ends.

    A last line without an end, as a kill leaves it, is passed over where it is no record.

    Raises:
        DamagedTrace: not a capture, or not from this line on.
    """
    numbered = enumerate(lines, 1)
    _, first = next(numbered, (1, ""))
    if first.strip() != HEADER:
        raise DamagedTrace(1, f"not {HEADER!r}")
    for number, line in numbered:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            yield _parse_record(line)
        except (ValueError, InvalidOperation) as error:
            if line.endswith("\n"):
                raise DamagedTrace(number, str(error)) from error


def _parse_record(line: str) -> Record:
    offset, sign, shown = line.strip().split(maxsplit=2)
    direction = Direction(sign)
    offset_s = Decimal(offset)
    if not offset_s.is_finite() or offset_s < 0:
        raise ValueError(f"time {offset}")
    if direction is Direction.LINE:
        return Record(direction, offset_s, line_text(LineSettings.parse(shown)))
    return Record(direction, offset_s, bytes.fromhex(shown))


def line_text(line: LineSettings) -> bytes:
    """Settings as the data of a record: `9600 8N1`."""
    return str(line).encode("ascii")


class TracedPort(PortAround):
    """A port that writes down what passes; everything else is the port's."""

    def __init__(
        self, port: Port, trace: Trace, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """The capture's time begins now; `clock` gives seconds that only grow."""
        super().__init__(port)
        self._trace = trace
        self._clock = clock
        self._began = clock()
        self._note(Direction.LINE, line_text(port.line))

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`."""
        data = await self._port.read(timeout_s)
        if data:
            self._note(Direction.RECEIVED, data)
        return data

    async def write(self, data: bytes) -> None:
        """See `Port.write`; written down before it leaves, so an answer stands behind it."""
        self._note(Direction.SENT, data)
        await self._port.write(data)

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        await super().configure(line)
        self._note(Direction.LINE, line_text(line))

    def _note(self, direction: Direction, data: bytes) -> None:
        offset_s = Decimal(f"{self._clock() - self._began:.6f}")
        self._trace.add(direction, offset_s, data)


class ReplayPort:
    """Plays a capture: gives what was received, once what stands before it was sent.

    It never waits. Silence in the capture is an empty read; behind its end the port is gone.
    """

    def __init__(self, trace: Trace, name: str = "replay://") -> None:
        """Changes of settings in the capture are not held against the caller's."""
        self.name = name
        self.line = LineSettings()
        self.control = LineControl()
        self._records = deque(trace)
        if self._records and self._records[0].direction is Direction.LINE:
            self.line = LineSettings.parse(self._records[0].data.decode("ascii"))
        self._skip_lines()

    async def read(self, timeout_s: float) -> bytes:  # noqa: ARG002 - never waits
        """See `Port.read`.

        Raises:
            PortGone: the capture has ended, or the port was closed.
        """
        await asyncio.sleep(0)
        if not self._records:
            raise PortGone(self.name, "end of the capture")
        if self._records[0].direction is Direction.SENT:
            return b""
        return self._next().data

    async def write(self, data: bytes) -> None:
        """See `Port.write`; `data` may be part of a record, or reach over several.

        Raises:
            ReplayMismatch: the capture says otherwise.
            PortGone: the capture has ended, or the port was closed.
        """
        if not self._records:
            raise PortGone(self.name, "end of the capture")
        rest = data
        while rest:
            wanted = self._wanted()
            piece = rest[: len(wanted)]
            if not wanted.startswith(piece):
                raise ReplayMismatch("another message than captured", wanted, rest)
            record = self._next()
            if len(piece) < len(wanted):
                left = wanted[len(piece) :]
                self._records.appendleft(Record(Direction.SENT, record.offset_s, left))
            rest = rest[len(piece) :]

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        self.line = line

    async def close(self) -> None:
        """See `Port.close`; leftovers are for `finish` to find, so call that before."""
        self._records.clear()

    def finish(self) -> None:
        """Make sure that the whole capture was played.

        Raises:
            ReplayMismatch: something is left.
        """
        if self._records:
            left = self._records[0]
            raise ReplayMismatch("left over", left.direction.value, left.data)

    def _wanted(self) -> bytes:
        if not self._records or self._records[0].direction is Direction.RECEIVED:
            raise ReplayMismatch("nothing is to be sent here", b"", b"")
        return self._records[0].data

    def _next(self) -> Record:
        record = self._records.popleft()
        self._skip_lines()
        return record

    def _skip_lines(self) -> None:
        while self._records and self._records[0].direction is Direction.LINE:
            self._records.popleft()
