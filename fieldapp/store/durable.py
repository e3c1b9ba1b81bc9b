"""Files that are there whole or not at all, whatever moment the power fails.

In come a path and its bytes; out comes a file that is on the disk when the call returns. Rule:
written beside the target, flushed, then renamed over it, and the folder flushed too.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PART = ".part"
"""Ending of a file that is still being written; what is found with it is a leftover."""


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` at `path`, readable by this user only (mode 0600).

    Raises:
        OSError: no room, no rights; `path` is as it was.
    """
    part = path.with_name(path.name + PART)
    try:
        with open(part, "wb", opener=_private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        discard_part(path)
        raise
    flush_folder(path.parent)


def discard_part(path: Path) -> None:
    """Let go of what a writer of `path` left half-way when it was killed."""
    with suppress(OSError):
        path.with_name(path.name + PART).unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents, entered by this user only (mode 0700)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def flush_folder(folder: Path) -> None:
    """Put the folder's own entries on the disk; Windows does that by itself."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def no_room(error: OSError) -> bool:
    """Whether the system said that the disk, the quota or the file's size limit is reached."""
    return error.errno in _NO_ROOM


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
