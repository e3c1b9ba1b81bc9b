"""Invocation counters of a laptop that belongs to nobody: a plain file in its data folder.

In come a key's scope and how many are needed, out comes the first of them once the file is on
the disk. Rule: the file holds names made from keys, no key and no meter's number; one that
can't be read is never begun anew, because a counter that comes twice breaks its key.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from fieldapp.domain.counters import first_of_run
from fieldapp.errors import StoreCorrupt, StoreError, StoreFull
from fieldapp.store.durable import make_folder, no_room, write_whole
from fieldapp.store.lock import StoreLock
from fieldapp.unreadable import UNREADABLE

FILE = "counters.json"


class LooseCounters:
    """The counters of one data folder; see `StoredCounters` for an enrolled laptop's."""

    def __init__(self, folder: Path) -> None:
        """Reserve in a file in `folder`, which is made where it is not there."""
        self._folder = folder

    async def reserve(self, scope: str, count: int, *, above: int = -1) -> int:
        """The first of `count` counters, on the disk before this answers.

        Raises:
            CounterExhausted: there are not that many left under this key.
            StoreLocked: another program reserves at this very moment.
            StoreCorrupt: the file is damaged; none was given.
            StoreError: it can't be kept, so none was given.
        """
        path = self._folder / FILE
        try:
            make_folder(self._folder)
            lock = StoreLock(path.with_suffix(".lock"))
            try:
                return _reserve(path, scope, count, above)
            finally:
                lock.release()
        except OSError as e:
            raise (StoreFull if no_room(e) else StoreError)(str(path), str(e.errno)) from e


def _reserve(path: Path, scope: str, count: int, above: int) -> int:
    book = _read(path)
    first = first_of_run(scope, book.get(scope, 0), count, above)
    write_whole(path, msgspec.json.encode({**book, scope: first + count}))
    return first


def _read(path: Path) -> dict[str, int]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, int])
    except FileNotFoundError:
        return {}
    except UNREADABLE as e:
        raise StoreCorrupt(str(path)) from e
