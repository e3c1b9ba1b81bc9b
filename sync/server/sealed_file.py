"""A file on disk that grows record by record, each sealed; its size is what is whole.

In come plain octets at an offset; on disk lie records of `length(4) || sealed`, each bound to
its file and place. How much is there follows from the file alone, after every crash: a torn or
unauthentic tail does not count and is cut off before the next append. Rule: nothing counts
before it is on the disk (fsync), and no plain octet ever touches the disk.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync.server.vault import Unreadable, seal, unseal

RECORD = 256 * 1024
"""Most plain octets in one record."""

_LENGTH = struct.Struct(">I")
_OVERHEAD = 12 + 16
"""Nonce and tag around the plain octets (AES-256-GCM)."""


@dataclass(frozen=True, slots=True)
class _Record:
    """Where a record lies: on disk, and in the plain file."""

    at: int
    plain_at: int
    plain_size: int

    @property
    def end(self) -> int:
        """The first octet on disk after it."""
        return self.at + _LENGTH.size + self.plain_size + _OVERHEAD


class SealedFile:
    """One file under one key; used by one thread at a time."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        self._path = path
        self._key = key
        self._name = name

    def size(self) -> int:
        """Plain octets that are there, whole and authentic to the last record."""
        if not self._path.exists():
            return 0
        with self._path.open("rb") as file:
            last = self._last(file)
        return last.plain_at + last.plain_size if last else 0

    def append(self, data: bytes) -> int:
        """Add octets at the end; returns the new size once it is on the disk."""
        is_new = not self._path.exists()
        if is_new:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("w+b" if is_new else "r+b") as file:
            last = self._last(file)
            size = last.plain_at + last.plain_size if last else 0
            file.seek(last.end if last else 0)
            file.truncate()
            for start in range(0, len(data), RECORD):
                size += self._write(file, data[start : start + RECORD], size)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _sync_folder(self._path.parent)
        return size

    def read(self) -> Iterator[bytes]:
        """The plain octets, record by record.

        Raises:
            Unreadable: a record was changed or moved.
        """
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for record in _records(file):
                yield self._open(file, record)

    def discard(self) -> None:
        """Start over."""
        self._path.unlink(missing_ok=True)

    def _write(self, file: BinaryIO, plain: bytes, plain_at: int) -> int:
        sealed = seal(self._key, plain, self._about(plain_at))
        file.write(_LENGTH.pack(len(plain)) + sealed)
        return len(plain)

    def _last(self, file: BinaryIO) -> _Record | None:
        """The last record that can be opened; a power cut may leave others behind it."""
        for record in reversed(list(_records(file))):
            try:
                self._open(file, record)
            except Unreadable:
                continue
            return record
        return None

    def _open(self, file: BinaryIO, record: _Record) -> bytes:
        file.seek(record.at + _LENGTH.size)
        sealed = file.read(record.plain_size + _OVERHEAD)
        return unseal(self._key, sealed, self._about(record.plain_at))

    def _about(self, plain_at: int) -> str:
        return f"file:{self._name}:{plain_at}"


def _records(file: BinaryIO) -> Iterator[_Record]:
    """The records that are complete, from the lengths alone."""
    whole = file.seek(0, os.SEEK_END)
    at = plain_at = 0
    while at + _LENGTH.size <= whole:
        file.seek(at)
        (plain_size,) = _LENGTH.unpack(file.read(_LENGTH.size))
        record = _Record(at, plain_at, plain_size)
        if not 0 < plain_size <= RECORD or record.end > whole:
            return
        yield record
        at, plain_at = record.end, plain_at + plain_size


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable; Windows has no handle for that."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
