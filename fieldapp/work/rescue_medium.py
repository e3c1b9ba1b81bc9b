"""Where a rescue file is written: a stick, a share, a folder; there whole or not at all.

In come octets; out comes a file that is on the medium when `finish` returns. What the system
refuses is told apart: no room, gone, anything else. Rule: written beside the target, flushed,
then renamed; whatever happens before that leaves nothing, and no file is written over.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fieldapp.errors import FileTrouble, RescueMediumGone, RescueNoRoom
from fieldapp.store.durable import PART, flush_folder, no_room

_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTCONN, errno.ESTALE)


class Medium:
    """One file on its way; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._file: BinaryIO | None = None

    def begin(self) -> None:
        """Make the file that is being written.

        Raises:
            FileTrouble: as all of this class; a file of that name is there already, or the
                system refuses.
            RescueNoRoom: no room, or too large for this kind of medium.
            RescueMediumGone: the medium is not there (any more).
        """
        with self._translated():
            if self._path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            self._file = open(self._part, "wb", opener=_private)  # noqa: SIM115 - `leave` closes

    def write(self, octets: bytes) -> None:
        """Add octets; errors as `begin`."""
        assert self._file is not None, "written before it was begun"
        with self._translated():
            self._file.write(octets)

    def finish(self) -> None:
        """Put it on the medium under its name; errors as `begin`."""
        assert self._file is not None, "finished before it was begun"
        with self._translated():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
            with suppress(OSError):  # some file systems of sticks know no such thing
                flush_folder(self._path.parent)
        self._file = None

    def leave(self) -> None:
        """Let go of what was not finished."""
        if self._file is None:
            return
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)
        self._file = None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            kind = FileTrouble
            if no_room(e):
                kind = RescueNoRoom
            elif e.errno in _GONE:
                kind = RescueMediumGone
            raise kind(self._path.name, e.strerror or type(e).__name__) from e


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
