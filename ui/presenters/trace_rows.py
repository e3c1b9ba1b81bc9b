"""The line's messages as rows: when, which way, the octets, and what they mean.

In come the records of a line, and what ciphered messages of our own say; out come frozen rows,
the last ones only. Rule: bounded, in memory, and nothing of it is stored; `as_heard` leaves out
what only we can open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hardware.drivers.optical_plain import PlainApdu
from hardware.drivers.trace_meaning import Layer
from hardware.drivers.trace_plain import Opened, PlainReader
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.trace import Direction, Record

MAX_ROWS = 2000
"""Older rows go and are counted."""

_NEAR = 32
"""What a message says is told with its frames, or at most so many rows or messages away."""

_CIPHERED = "ciphered"
_WAYS = {Direction.SENT: "sent", Direction.RECEIVED: "received", Direction.LINE: "line"}


@dataclass(frozen=True, slots=True)
class TraceLayer:
    """One layer: `hdlc`, `apdu` or `text`; its facts, and the octets it stands in.

    Attributes:
        octets: of a layer that was opened: its own, which are not the row's.
    """

    name: str
    facts: tuple[tuple[str, str], ...]
    span: tuple[int, int]
    octets: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class TraceOpened:
    """What a ciphered message says; the attributes are those of a row."""

    kind: str
    about: str
    layers: tuple[TraceLayer, ...]
    masked: bool = False


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One message.

    Attributes:
        number: from 1, within this trace.
        way: `sent`, `received` or `line` (a change of settings).
        kind: a code; `about` is in the standard's own words.
        holds: False where a check does not hold.
        masked: it had a password or another secret, which is not in `octets`.
        opened: what a ciphered message of our own says, for showing only.
    """

    number: int
    at: datetime
    way: str
    octets: bytes
    kind: str
    about: str
    holds: bool
    layers: tuple[TraceLayer, ...] = ()
    masked: bool = False
    opened: TraceOpened | None = field(default=None, repr=False)


class TraceLog:
    """The rows of one trace; `begin` starts a new one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.begin()

    def begin(self, limit: int = MAX_ROWS) -> None:
        """Forget everything; the time of the new trace begins now."""
        self.dropped = 0
        self._rows: deque[TraceRow] = deque(maxlen=limit)
        self._reader = TraceReader()
        self._plain = PlainReader()
        self._opened: deque[Opened] = deque(maxlen=_NEAR)
        self._began = self._now()
        self._count = 0

    @property
    def rows(self) -> tuple[TraceRow, ...]:
        """Those that are kept, oldest first."""
        return tuple(self._rows)

    def take(self, record: Record) -> None:
        """Add what this record completes."""
        self._add(self._reader.take(record))

    def open(self, told: PlainApdu) -> None:
        """Say what a ciphered message says, in its row or in the one that is to come."""
        opened = self._plain.read(told)
        self._opened.append(opened)
        last = len(self._rows) - 1
        for place in range(last, max(-1, last - _NEAR), -1):
            self._rows[place] = _with(self._rows[place], opened)

    def settle(self) -> None:
        """The line has gone quiet: what is unfinished becomes a row."""
        self._add(self._reader.settle())

    def add(self, rows: Iterable[TraceRow]) -> None:
        """Add rows that were made elsewhere, of a trace that was kept."""
        for row in rows:
            self.dropped += len(self._rows) == self._rows.maxlen
            self._rows.append(row)

    def _add(self, messages: list[Message]) -> None:
        first = self._count + 1
        self._count += len(messages)
        rows = (row_of(m, number, self._began) for number, m in enumerate(messages, first))
        self.add(self._said(row) for row in rows)

    def _said(self, row: TraceRow) -> TraceRow:
        """The row, with what it says where that was told before it came."""
        for opened in self._opened:
            row = _with(row, opened)
        return row


def row_of(message: Message, number: int, began: datetime) -> TraceRow:
    """A message of a trace that began then."""
    meaning = message.meaning
    return TraceRow(
        number=number,
        at=began + timedelta(seconds=float(message.offset_s)),
        way=_WAYS[message.direction],
        octets=message.octets,
        kind=meaning.kind,
        about=meaning.about,
        holds=meaning.holds,
        layers=tuple(_layer(layer) for layer in meaning.layers),
        masked=message.masked,
    )


def as_heard(rows: Iterable[TraceRow]) -> tuple[TraceRow, ...]:
    """The rows as they went over the line, nothing opened."""
    return tuple(replace(row, opened=None) for row in rows)


def _with(row: TraceRow, opened: Opened) -> TraceRow:
    """The row, with what it says if it is of that message."""
    if row.kind != _CIPHERED or row.layers[-1].facts != opened.head:
        return row
    said, octets = opened.meaning, opened.octets
    layers = tuple(_layer(layer, octets) for layer in said.layers)
    made = TraceOpened(said.kind, said.about, layers, opened.masked)
    return replace(row, opened=made, holds=said.holds)


def _layer(layer: Layer, octets: bytes = b"") -> TraceLayer:
    return TraceLayer(layer.name, layer.facts, layer.span, octets)
