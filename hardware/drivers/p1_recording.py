"""A recording of a customer port on the disk, as it is or compressed with gzip or Zstandard.

A path in; a source for `read_source` out, which knows how far it is. Rule: what a recording is
packed in is told by its first octets, never by its name, and a damaged packing costs only what
stands behind the damage: the recording ends there and says so.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Protocol

import zstandard

_GZIP = b"\x1f\x8b"
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_DAMAGE = (EOFError, zlib.error, zstandard.ZstdError, gzip.BadGzipFile)


class _Unpacked(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class Recording:
    """An open recording; see `open_recording`.

    Attributes:
        damaged: it ended early, because what it is packed in is damaged or cut off.
    """

    def __init__(self, file: BufferedReader, unpacked: _Unpacked, size: int) -> None:
        self._file = file
        self._unpacked = unpacked
        self._size = size
        self.damaged = False

    @property
    def done(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0

    def read1(self, size: int, /) -> bytes:
        """At most `size` octets, `b""` at the end."""
        try:
            return self._unpacked.read1(size)
        except _DAMAGE:
            self.damaged = True
            return b""


@contextmanager
def open_recording(path: Path) -> Iterator[Recording]:
    """Open a recording for as long as it is read.

    Raises:
        OSError: it can't be opened.
    """
    with path.open("rb") as file:
        yield Recording(file, _unpacking(file), path.stat().st_size)


def _unpacking(file: BufferedReader) -> _Unpacked:
    opening = file.peek(len(_ZSTANDARD))
    if opening.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if opening.startswith(_ZSTANDARD):
        return _zstandard(file)
    return file


def _zstandard(file: IO[bytes]) -> _Unpacked:
    return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
