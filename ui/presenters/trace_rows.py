"""The line's messages as rows: when, which way, the octets, and what they mean.

In come the records of a line; out come frozen rows, the last ones only. Rule: bounded, in
memory, and nothing of it is stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hardware.drivers.trace_meaning import Layer
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.trace import Direction, Record

MAX_ROWS = 2000
"""Older rows go and are counted."""

_WAYS = {Direction.SENT: "sent", Direction.RECEIVED: "received", Direction.LINE: "line"}


@dataclass(frozen=True, slots=True)
class TraceLayer:
    """One layer: `hdlc`, `apdu` or `text`; its facts, and the octets it stands in."""

    name: str
    facts: tuple[tuple[str, str], ...]
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One message.

    Attributes:
        number: from 1, within this trace.
        way: `sent`, `received` or `line` (a change of settings).
        kind: a code; `about` is in the standard's own words.
        holds: False where a check does not hold.
        masked: it had a password or another secret, which is not in `octets`.
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
        self._began = self._now()
        self._count = 0

    @property
    def rows(self) -> tuple[TraceRow, ...]:
        """Those that are kept, oldest first."""
        return tuple(self._rows)

    def take(self, record: Record) -> None:
        """Add what this record completes."""
        self._add(self._reader.take(record))

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
        self.add(row_of(m, number, self._began) for number, m in enumerate(messages, first))


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


def _layer(layer: Layer) -> TraceLayer:
    return TraceLayer(layer.name, layer.facts, layer.span)
