"""One program at a time on one store: a lock file held from open to close.

In comes the path of a lock file; the operating system lets go of it when the program ends,
however it ends. Rule: the file's content means nothing and it is never deleted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fieldapp.errors import StoreLocked

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StoreLock:
    """The lock on one store, held until `release`."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreLocked: another program, or another store object here, holds it.
        """
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _take(self._handle)
        except OSError as e:
            os.close(self._handle)
            raise StoreLocked(str(path)) from e

    def release(self) -> None:
        """Let go; once."""
        os.close(self._handle)
