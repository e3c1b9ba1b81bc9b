"""A trace as a file: written down with why and until when, and read again piece by piece.

Jobs for the worker, and what goes in and comes out of them. The file is a capture
(`hardware.trace`) whose first remarks say when it began, for which purpose it was kept, until
when it may be kept, and how many secrets were made unreadable. Rule: only what the screen shows
is written, so nothing that was masked there can be in it; a file is there whole or not at all.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from fieldapp.errors import FileTrouble
from fieldapp.store.durable import write_whole
from hardware.drivers.trace_reader import TraceReader
from hardware.trace import HEADER, Direction, Record, line_of, records
from ui.presenters.trace_rows import TraceRow, row_of

KEEP = timedelta(days=7)
"""How long a trace may be kept: long enough to look into a fault, and no longer."""

SUFFIX = ".trace"
_PIECE = 200
_DIRECTIONS = {"sent": Direction.SENT, "received": Direction.RECEIVED, "line": Direction.LINE}


@dataclass(frozen=True, slots=True)
class TraceHead:
    """What a file says of itself; a file from elsewhere may say less.

    Attributes:
        began: the time of its offset 0.
        purpose: why it was kept, a code; empty where it does not say.
        until: when it is to be removed.
        masked: messages with a secret that was made unreadable.
    """

    began: datetime
    purpose: str = ""
    until: datetime | None = None
    masked: int = 0


@dataclass(frozen=True, slots=True)
class TracePiece:
    """Some rows of a file, and how much of it has been read, from 0 to 1."""

    rows: tuple[TraceRow, ...]
    share: float


def head_lines(head: TraceHead) -> list[str]:
    """The first lines of a file."""
    until = head.until.isoformat(timespec="seconds") if head.until else "-"
    return [
        HEADER,
        f"# began {head.began.isoformat()}",
        f"# purpose {head.purpose or '-'}",
        f"# until {until}",
        f"# masked {head.masked}",
    ]


def write(path: str, head: TraceHead, rows: tuple[TraceRow, ...]) -> None:
    """Keep rows in a file.

    Raises:
        FileTrouble: it can't be written; nothing is there that was not there before.
    """
    lines = [*head_lines(head), *(line_of(record_of(row, head.began)) for row in rows)]
    try:
        write_whole(Path(path), ("\n".join(lines) + "\n").encode("ascii"))
    except OSError as e:
        raise trouble(path, e) from e


def read(path: str) -> Generator[TracePiece, None, TraceHead]:
    """Read a file again, in pieces; returns what it says of itself.

    Raises:
        FileTrouble: it can't be read.
        DamagedTrace: it is no trace, or not from some line on.
    """
    try:
        size = Path(path).stat().st_size or 1
        with Path(path).open(encoding="ascii", errors="replace") as file:
            seen = _Seen(file, datetime.fromtimestamp(Path(path).stat().st_mtime, UTC))
            rows: list[TraceRow] = []
            for row in _rows(records(seen), seen):
                rows.append(row)
                if len(rows) == _PIECE:
                    yield TracePiece(tuple(rows), min(1.0, seen.octets / size))
                    rows = []
            yield TracePiece(tuple(rows), 1.0)
            return seen.head()
    except OSError as e:
        raise trouble(path, e) from e


def trouble(path: str, error: OSError) -> FileTrouble:
    """The system's refusal, with the file's own name and not its folder."""
    return FileTrouble(Path(path).name, error.strerror or type(error).__name__)


@dataclass
class _Seen:
    """The lines of a file as they are read, and what its remarks say."""

    lines: Iterable[str]
    written: datetime
    octets: int = 0
    said: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.octets += len(line)
            if line.startswith("# "):
                name, _, value = line[2:].strip().partition(" ")
                self.said.setdefault(name, value)
            yield line

    def head(self) -> TraceHead:
        masked = self.said.get("masked", "")
        purpose = self.said.get("purpose", "-")
        return TraceHead(
            began=_time(self.said.get("began", "")) or self.written,
            purpose="" if purpose == "-" else purpose,
            until=_time(self.said.get("until", "")),
            masked=int(masked) if masked.isdecimal() else 0,
        )


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _rows(kept: Iterable[Record], seen: _Seen) -> Iterator[TraceRow]:
    reader, number = TraceReader(), 0
    for record in kept:
        for message in reader.take(record):
            number += 1
            yield row_of(message, number, seen.head().began)
    for message in reader.settle():
        number += 1
        yield row_of(message, number, seen.head().began)


def record_of(row: TraceRow, began: datetime) -> Record:
    """A row as a record of the capture that began then."""
    data = row.about.encode("ascii") if row.way == "line" else row.octets
    offset_s = Decimal((row.at - began) // timedelta(microseconds=1)).scaleb(-6)
    return Record(_DIRECTIONS[row.way], max(Decimal(0), offset_s), data)
