"""The folder where a phone or a camera drops its pictures: what is new there.

In come the settings and a look every few seconds; out come the pictures that came since the
step was opened and stand still on the disk. Rule: nothing is taken by itself; an original goes
only where the technician said so, after its photo was saved, and only as long as it is the file
that was taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fieldapp.errors import WorkerGone
from fieldapp.settings import Settings
from ui.worker import Worker

ENDINGS = (".jpg", ".jpeg", ".png")
KEEP, REMOVE = "keep", "remove"
_MOST_SEEN = 5000
_MOST_NEW = 24


@dataclass(frozen=True, slots=True)
class Found:
    """A picture in the folder, as it was when it was looked at."""

    path: str
    size: int
    changed_ns: int


def look(folder: str) -> tuple[Found, ...] | None:
    """The pictures in a folder, the newest first; None where it can't be read."""
    try:
        with os.scandir(folder) as entries:
            found = [made for entry in entries if (made := _found(entry)) is not None]
    except OSError:
        return None
    return tuple(sorted(found, key=lambda one: one.changed_ns, reverse=True)[:_MOST_SEEN])


def remove(original: Found) -> bool:
    """Delete an original that is still the file that was taken; False where it is not gone."""
    path = Path(original.path)
    try:
        now = path.stat()
        if (now.st_size, now.st_mtime_ns) != (original.size, original.changed_ns):
            return False
        path.unlink()
    except OSError:
        return False
    return True


class PhotoFolder:
    """The chosen folder, from when a step was opened."""

    def __init__(self, worker: Worker, settings: Callable[[], Settings]) -> None:
        """Watch what the settings name, each time they are asked."""
        self._worker = worker
        self._settings = settings
        self._folder = ""
        self._known: frozenset[Found] = frozenset()
        self._last: frozenset[Found] = frozenset()
        self.new: tuple[Found, ...] = ()
        self.readable = True

    @property
    def path(self) -> str:
        """The folder; empty where none was chosen."""
        return self._settings().photo_folder

    async def look(self) -> bool:
        """Look once; answers whether what is `new` or `readable` has changed.

        The first look at a folder tells what was there before. A picture that is still being
        written is new at the next look.
        """
        before = (self.new, self.readable)
        folder = self.path
        try:
            seen = await self._worker.run(look, folder) if folder else ()
        except WorkerGone:
            return False
        self.readable = seen is not None
        if seen is None:
            return before != (self.new, self.readable)
        if folder != self._folder:
            self._folder, self._known = folder, frozenset(seen)
        still = (one for one in seen if one in self._last and one not in self._known)
        self.new = tuple(still)[:_MOST_NEW]
        self._last = frozenset(seen)
        return before != (self.new, self.readable)

    def found(self, path: str) -> Found | None:
        """The new picture at a path."""
        return next((one for one in self.new if one.path == path), None)

    async def saved(self, original: Found) -> bool:
        """The photo made of it was saved: let the original go where that was asked.

        Answers False where it should have gone and did not.
        """
        if self._settings().photo_originals != REMOVE:
            return True
        try:
            return await self._worker.run(remove, original)
        except WorkerGone:
            return False


def _found(entry: os.DirEntry[str]) -> Found | None:
    """What is a picture by its name, and has anything in it."""
    if not entry.name.lower().endswith(ENDINGS):
        return None
    try:
        if not entry.is_file(follow_symlinks=False):
            return None
        told = Path(entry.path).stat()  # the entry's own figures may be stale on Windows
    except OSError:
        return None  # gone meanwhile
    return Found(entry.path, told.st_size, told.st_mtime_ns) if told.st_size else None
