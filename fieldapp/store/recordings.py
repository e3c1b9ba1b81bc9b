"""Recordings of a customer port: sealed files that grow piece by piece, each with an end.

In come a label and, as they are heard, octets with their time; out come the same, from any
place on. A file is a head (mark, 16 random octets) and pieces: four octets of size, then the
piece sealed with AES-256-GCM under a key made from the store's key and the head. A piece's
nonce is its place in the file, so that none can be moved, doubled or left out in the middle;
the first one is the label, and an empty one says that the recording was ended and not cut.
Rule: a piece is on the disk when `append` returns, and a file whose time is over goes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec

from fieldapp.errors import StoreCorrupt, StoreError, StoreFull
from fieldapp.store import secrets
from fieldapp.store.durable import flush_folder, make_folder, no_room

_MARK = b"FAR1"
_HEAD = len(_MARK) + 16
_SIZE = 4
_STAMP = 8
_MOST = 1 << 24
_PURPOSE = "fieldapp recordings"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SET_BACK = timedelta(hours=1)


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is.

    Attributes:
        kind: `telegram` for one that was kept, `recording`.
        purpose: why, in the words of `domain.privacy`.
        visit: its id, or empty.
        meter: the number of the meter that spoke.
        made_at: when it began.
        until: when it must be gone.
    """

    kind: str
    purpose: str
    visit: str = ""
    meter: str = ""
    made_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of the shelf: its opaque name, its label, its size on the disk."""

    name: str
    label: Label
    size: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets as they were heard; `place` is where the piece stands, `end` where it ends.

    Attributes:
        is_cut: an empty one in place of the end that the file should have.
    """

    place: int
    end: int
    at: datetime | None
    octets: bytes
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file to be read, with the key for this file alone.

    Attributes:
        grows: it is still being written, and so has no end yet.
    """

    path: Path
    key: bytes
    grows: bool = False

    @property
    def size(self) -> int:
        """Octets on the disk; places run up to it."""
        return self.path.stat().st_size

    def pieces(self, start: int = 0) -> Iterator[Piece]:
        """The pieces from a place on, or all; the label is none of them.

        A file that a kill cut off ends with its last whole piece and one that says so.

        Raises:
            StoreCorrupt: a piece was changed, moved or left out.
            OSError: the file is gone.
        """
        with self.path.open("rb") as file:
            head = file.read(_HEAD)
            file.seek(start or _HEAD)
            if not start:
                self._next(file, head)
            at, octets, end = None, b"", file.tell()
            while (found := self._next(file, head)) is not None:
                place, plain = found
                at = _EPOCH + timedelta(microseconds=int.from_bytes(plain[:_STAMP], "big"))
                octets, end = plain[_STAMP:], file.tell()
                yield Piece(place, end, at, octets)
            if (octets or at is None) and not self.grows:
                yield Piece(end, end, at, b"", is_cut=True)

    def label(self) -> Label | None:
        """What the file is; None where not even that was written whole.

        Raises:
            StoreCorrupt: it was changed.
        """
        with self.path.open("rb") as file:
            found = self._next(file, file.read(_HEAD))
        return None if found is None else msgspec.json.decode(found[1], type=Label)

    def _next(self, file: BinaryIO, head: bytes) -> tuple[int, bytes] | None:
        place = file.tell()
        size = int.from_bytes(file.read(_SIZE), "big")
        sealed = file.read(min(size, _MOST))
        if not size or len(sealed) < size:
            return None
        try:
            return place, secrets.unseal(self.key, _nonce(place), sealed, head)
        except secrets.Tampered as e:
            raise StoreCorrupt(str(self.path)) from e


class Shelf:
    """The recordings of one store; used in the store's thread."""

    def __init__(self, folder: Path, store_key: bytes) -> None:
        """Use `folder`, which is made with the first recording."""
        self._folder = folder
        self._key = secrets.derive(store_key, _PURPOSE)
        self._open: dict[str, BinaryIO] = {}

    def begin(self, label: Label) -> str:
        """Start a file and answer its name.

        Raises:
            StoreFull, StoreError: it can't be written.
        """
        name = secrets.random_name()
        head = _MARK + os.urandom(_HEAD - len(_MARK))
        with self._disk():
            make_folder(self._folder)
            flush_folder(self._folder.parent)
            file = open(self._folder / name, "xb", opener=_private)  # noqa: SIM115 - mode and life of its own
            self._open[name] = file
            try:
                file.write(head)
                self._write(name, head, msgspec.json.encode(label))
                flush_folder(self._folder)
            except OSError:
                self.remove(name)
                raise
        return name

    def append(self, name: str, at: datetime, octets: bytes) -> None:
        """Add a piece to a file begun since the store was opened; empty octets end it.

        Raises:
            StoreFull, StoreError: it can't be written; what was there before stays.
        """
        stamp = (at - _EPOCH) // timedelta(microseconds=1)
        with self._disk():
            head = self._head(name)
            self._write(name, head, stamp.to_bytes(_STAMP, "big") + octets)
            if not octets:
                self._open.pop(name).close()

    def leave(self, name: str) -> None:
        """Write no more to a file, which stays without an end."""
        file = self._open.pop(name, None)
        if file is not None:
            file.close()

    def source(self, name: str) -> Sealed:
        """The file, for reading.

        Raises:
            StoreCorrupt: it is gone, or none of ours.
        """
        key = self._file_key(self._head(name))
        return Sealed(self._folder / name, key, grows=name in self._open)

    def kept(self) -> tuple[Kept, ...]:
        """Every file whose label can be read, the newest first."""
        found = []
        for name in self._names():
            label = self._label(name)
            if label is not None:
                found.append(Kept(name, label, self.source(name).size))
        return tuple(sorted(found, key=lambda kept: kept.label.made_at, reverse=True))

    def remove(self, name: str) -> None:
        """Let a file go now."""
        self.leave(name)
        (self._folder / name).unlink(missing_ok=True)

    def remove_visit(self, visit_id: str) -> None:
        """Let go of what was recorded for a visit."""
        for kept in self.kept():
            if kept.label.visit == visit_id:
                self.remove(kept.name)

    def remove_due(self, now: datetime) -> int:
        """Let go of every file whose time is over; answers how many.

        A clock that was set back does not lengthen it: a file from the future goes as well, and
        so does one whose label can't be read, since nobody can tell when its time is over.
        """
        due = [name for name in self._names() if _is_due(self._label(name), now)]
        for name in due:
            self.remove(name)
        return len(due)

    def close(self) -> None:
        """Close what is open."""
        for file in self._open.values():
            file.close()
        self._open.clear()

    def _names(self) -> list[str]:
        paths = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted(path.name for path in paths)

    def _label(self, name: str) -> Label | None:
        try:
            return self.source(name).label()
        except StoreCorrupt:
            return None

    def _head(self, name: str) -> bytes:
        try:
            with (self._folder / name).open("rb") as file:
                return file.read(_HEAD)
        except OSError as e:
            raise StoreCorrupt(str(self._folder / name)) from e

    def _file_key(self, head: bytes) -> bytes:
        return secrets.derive(self._key, "one recording", head)

    def _write(self, name: str, head: bytes, plain: bytes) -> None:
        file = self._open[name]
        place = file.tell()
        sealed = secrets.seal(self._file_key(head), _nonce(place), plain, head)
        try:
            file.write(len(sealed).to_bytes(_SIZE, "big") + sealed)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.seek(place)
            file.truncate()
            raise

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            kind = StoreFull if no_room(e) else StoreError
            raise kind(str(self._folder), str(e.errno)) from e


def _is_due(label: Label | None, now: datetime) -> bool:
    return label is None or label.until <= now or label.made_at > now + _SET_BACK


def _nonce(place: int) -> bytes:
    return place.to_bytes(secrets.NONCE_SIZE, "big")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
