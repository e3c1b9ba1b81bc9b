"""The sealed files beside the database: photos, signatures, captures.

In comes plain content; out comes an opaque name, and later the content or a piece of it. A file
is a head (mark, 16 random octets) and chunks of 64 KiB, each sealed with AES-256-GCM under a
key made from the store's key and those octets. A chunk's nonce is its number and whether it is
the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015), so that a
cut, swapped or doubled chunk is noticed. Rule: a file is whole on the disk before its row is
committed; files without a row are leftovers and go at the next open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fieldapp.errors import StoreCorrupt, StoreError, StoreFull
from fieldapp.store import secrets
from fieldapp.store.durable import make_folder, no_room, write_whole

CHUNK = 64 * 1024
_MARK = b"FAV1"
_HEAD = len(_MARK) + 16
_SEALED = CHUNK + secrets.TAG_SIZE
_PURPOSE = "fieldapp sealed files"


class Vault:
    """The sealed files of one store; `transaction` and `committed` follow the database's."""

    def __init__(self, folder: Path, store_key: bytes) -> None:
        """Use `folder`, which is made if needed.

        Args:
            folder: for sealed files only.
            store_key: the database's key, 32 octets.

        Raises:
            OSError: the folder can't be made.
        """
        make_folder(folder)
        self._folder = folder
        self._key = secrets.derive(store_key, _PURPOSE)
        self._fresh: list[str] = []
        self._doomed: list[str] = []

    def add(self, content: bytes) -> str:
        """Seal `content` into a new file and answer its name.

        Raises:
            StoreFull: no room; nothing is left behind.
            StoreError: the folder can't be written.
        """
        name = secrets.random_name()
        head = _MARK + os.urandom(_HEAD - len(_MARK))
        try:
            write_whole(self._path(name), head + b"".join(self._sealed(head, content)))
        except OSError as e:
            kind = StoreFull if no_room(e) else StoreError
            raise kind(str(self._folder), str(e.errno)) from e
        self._fresh.append(name)
        return name

    def read(self, name: str, start: int, end: int) -> bytes:
        """The plain bytes from `start` up to `end` (or the file's end).

        Raises:
            StoreCorrupt: the file is gone, cut or changed.
        """
        path = self._path(name)
        first = start // CHUNK
        try:
            plain = b"".join(self._opened(path, first, -(-end // CHUNK)))
        except (OSError, secrets.Tampered) as e:
            raise StoreCorrupt(str(path)) from e
        return plain[start - first * CHUNK : end - first * CHUNK]

    def remove(self, name: str) -> None:
        """Let a file go once the present transaction is committed."""
        self._doomed.append(name)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A change is made within; where it raises, the files that it added go at once.

        Where the commit itself fails, its files stay until the next sweep: the database may
        turn out to hold their rows after all.
        """
        self._fresh.clear()
        self._doomed.clear()
        try:
            yield
        except BaseException:
            self._unlink(self._fresh)
            raise

    def committed(self) -> None:
        """The transaction is on the disk: the files that it removed go now."""
        self._unlink(self._doomed)

    def sweep(self, known: frozenset[str]) -> None:
        """Remove every file whose name is not among `known`."""
        self._unlink([path.name for path in self._folder.iterdir() if path.name not in known])

    def _unlink(self, names: list[str]) -> None:
        for name in names:
            with suppress(OSError):  # still open elsewhere: the next sweep takes it
                self._path(name).unlink()
        names.clear()

    def _path(self, name: str) -> Path:
        return self._folder / name

    def _file_key(self, head: bytes) -> bytes:
        return secrets.derive(self._key, "one file", head)

    def _sealed(self, head: bytes, content: bytes) -> Iterator[bytes]:
        key = self._file_key(head)
        last = max(0, (len(content) - 1) // CHUNK)
        for number in range(last + 1):
            plain = content[number * CHUNK : (number + 1) * CHUNK]
            yield secrets.seal(key, _nonce(number, last), plain, head)

    def _opened(self, path: Path, first: int, end: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            key = self._file_key(head)
            last = max(0, -(-(path.stat().st_size - _HEAD) // _SEALED) - 1)
            file.seek(_HEAD + first * _SEALED)
            for number in range(first, min(end, last + 1)):
                sealed = file.read(_SEALED)
                yield secrets.unseal(key, _nonce(number, last), sealed, head)


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(secrets.NONCE_SIZE - 1, "big") + bytes([number == last])
