"""Where the octets of a recording come from: a plain file, a trace, or one of our own.

In comes a path; out come pieces, from any place on, each with its time where the file knows it.
Rule: a piece is small, so that reading a whole day needs no more memory than reading a minute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fieldapp.store.recordings import Piece
from hardware.trace import HEADER

_PIECE = 16 * 1024
_RECEIVED = "<"


class Source(Protocol):
    """A recording; it can be handed to another process."""

    @property
    def size(self) -> int:
        """Places run up to it."""
        ...

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on, or all.

        Raises:
            OSError: it can't be read.
            StoreCorrupt: one of our own that was damaged.
        """
        ...


@dataclass(frozen=True, slots=True)
class Plain:
    """Octets as they stood on the line; a place is an octet's."""

    path: Path

    @property
    def size(self) -> int:
        """Octets."""
        return self.path.stat().st_size

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """See `Source`."""
        with self.path.open("rb") as file:
            file.seek(start)
            while octets := file.read(_PIECE):
                place = file.tell()
                yield Piece(place - len(octets), place, None, octets)


@dataclass(frozen=True, slots=True)
class Traced:
    """A capture of a line (`hardware.trace`); what was received counts, a place is a line's.

    Its times begin at zero and tell no moment, so they are left out.
    """

    path: Path

    @property
    def size(self) -> int:
        """Octets."""
        return self.path.stat().st_size

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """See `Source`; a line that is none of a capture is passed over."""
        with self.path.open("rb") as file:
            file.seek(start)
            place = start
            for line in file:
                octets = _received(line)
                if octets:
                    yield Piece(place, place + len(line), None, octets)
                place += len(line)


def _received(line: bytes) -> bytes:
    parts = line.decode("ascii", "replace").split()
    if len(parts) != 3 or parts[1] != _RECEIVED:
        return b""
    try:
        return bytes.fromhex(parts[2])
    except ValueError:
        return b""


def source_of(path: Path) -> Source:
    """The recording in a file of somebody else's, told by its first line.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        is_trace = file.read(len(HEADER)) == HEADER.encode("ascii")
    return Traced(path) if is_trace else Plain(path)
