"""A file that grows piece by piece, each sealed; what is there follows from what lies there.

In come plain octets at an offset; in the store lie records of `length(4) || sealed`, each bound
to its file and place. While the file is under way every piece is an object, named by the offset
at which it starts and created once: of two writers at one offset the second is told so. Those
that join from the start without a gap are the file. Whole and as announced, they become one
object; the pieces go. Rule: nothing counts before it is durable, and no plain octet ever
touches the store.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from sync.server.objects import Lying, Objects
from sync.server.vault import Unreadable, seal, unseal

RECORD = 256 * 1024
"""Most plain octets in one record; all records of a piece but the last have that many."""

INCOMING = "incoming/"
"""What stands before the names of pieces."""

_LENGTH = struct.Struct(">I")
_OVERHEAD = _LENGTH.size + 12 + 16
"""The length, nonce and tag around the plain octets of a record (AES-256-GCM)."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """An object that holds the plain octets from `start` to `end`."""

    name: str
    start: int
    end: int


class SealedFile:
    """One file under one key."""

    def __init__(self, objects: Objects, key: bytes, name: str) -> None:
        self._objects = objects
        self._key = key
        self._name = name

    @property
    def _whole(self) -> str:
        return f"{folder_of(self._name)}{self._name}"

    def size(self) -> int:
        """Plain octets that are there, from the start without a gap."""
        pieces = self._pieces()
        return pieces[-1].end if pieces else 0

    def add(self, start: int, data: bytes) -> bool:
        """Keep a piece; False where another one starts there. It is durable in both cases."""
        sealed = b"".join(self._sealed(start, data))
        return self._objects.create(f"{self._incoming}{start:012d}", sealed)

    def join(self, sha256: str) -> bool:
        """Make one object of the pieces; False, and none is made, where they are not `sha256`.

        Raises:
            NoSuchObject: somebody else did so before, and let the pieces go.
        """
        try:
            self._objects.put(self._whole, self._joined(sha256))
        except Unreadable:
            return False
        return True

    def read(self) -> Iterator[bytes]:
        """The plain octets of the whole file, record by record.

        Raises:
            Unreadable: a record was changed or moved, or the file is cut.
            NoSuchObject: it is not there whole.
        """
        for _, plain in self._opened(self._whole, 0):
            yield plain

    def drop_pieces(self) -> None:
        """Let the pieces go, the last ones first: what is left has no gap."""
        drop(self._objects, [piece.name for piece in self._objects.lying(self._incoming)])

    @property
    def _incoming(self) -> str:
        return f"{INCOMING}{self._name}/"

    def _pieces(self) -> list[_Piece]:
        """Those that join from the start; their sizes alone say how far each one goes."""
        starts = {}
        for lying in self._objects.lying(self._incoming):
            start = lying.name.removeprefix(self._incoming)
            if start.isdigit():
                end = int(start) + _plain_size(lying)
                starts[int(start)] = _Piece(lying.name, int(start), end)
        joined: list[_Piece] = []
        at = 0
        while (piece := starts.get(at)) is not None and piece.end > at:
            joined.append(piece)
            at = piece.end
        return joined

    def _joined(self, sha256: str) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in self._pieces():
            for sealed, plain in self._opened(piece.name, piece.start):
                digest.update(plain)
                yield sealed
        if digest.hexdigest() != sha256:
            raise Unreadable(self._name)

    def _sealed(self, start: int, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), RECORD):
            plain = data[at : at + RECORD]
            yield _LENGTH.pack(len(plain)) + seal(self._key, plain, self._about(start + at))

    def _opened(self, name: str, start: int) -> Iterator[tuple[bytes, bytes]]:
        """An object's records, each as it lies there and plain."""
        buffer = bytearray()
        for part in self._objects.read(name):
            buffer += part
            while (record := _first_record(buffer)) is not None:
                del buffer[: len(record)]
                plain = unseal(self._key, record[_LENGTH.size :], self._about(start))
                start += len(plain)
                yield record, plain
        if buffer:
            raise Unreadable(name)

    def _about(self, plain_at: int) -> str:
        return f"file:{self._name}:{plain_at}"


def folder_of(name: str) -> str:
    """What stands before the name of a whole file."""
    return f"{name[-2:]}/"


def whole_sizes(objects: Objects, folder: str) -> dict[str, int]:
    """Plain octets of the whole files in a folder by what lies there, by name."""
    return {one.name.removeprefix(folder): _plain_size(one) for one in objects.lying(folder)}


def drop(objects: Objects, pieces: list[str]) -> None:
    """Let pieces of one file go, the last ones first."""
    for name in sorted(pieces, reverse=True):
        objects.remove(name)


def _plain_size(lying: Lying) -> int:
    """How many plain octets are sealed in an object."""
    records = -(-lying.size // (RECORD + _OVERHEAD))
    return lying.size - records * _OVERHEAD


def _first_record(buffer: bytearray) -> bytes | None:
    """The record at the start; None where more of it has to come.

    Raises:
        Unreadable: no record starts like this.
    """
    if len(buffer) < _LENGTH.size:
        return None
    (plain_size,) = _LENGTH.unpack_from(buffer)
    if not 0 < plain_size <= RECORD:
        raise Unreadable("record")
    end = plain_size + _OVERHEAD
    return bytes(buffer[:end]) if len(buffer) >= end else None
