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
_PACKED = 1024
"""Octets that are unpacked at once; four of them can stand for 128 kB."""
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
        return _Zstandard(file)
    return file


class _Zstandard:
    """Frames one behind the other (RFC 8878), as `gzip.GzipFile` reads members.

    The stream reader of the library takes a file that breaks off for its end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_begun = False
        self._unpacked = b""
        self._at = 0

    def read1(self, size: int, /) -> bytes:
        """At most `size` octets, `b""` at the end.

        Raises:
            EOFError: a frame breaks off.
            ZstdError: a frame is damaged, or something else stands behind one.
        """
        while self._at == len(self._unpacked):
            packed = self._frame.unused_data or self._file.read(_PACKED)
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._is_begun = False
            if not packed:
                if self._is_begun:
                    raise EOFError("a frame breaks off")
                return b""
            self._is_begun = True
            self._unpacked, self._at = self._frame.decompress(packed), 0
        piece = self._unpacked[self._at : self._at + size]
        self._at += len(piece)
        return piece
