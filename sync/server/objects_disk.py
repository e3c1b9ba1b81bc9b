"""Objects as files in a folder of this machine, or one that several machines share.

See `objects`. An object is written beside, made durable (fsync), and only then given its name:
a hard link, which the file system makes once and for one. Rule: a name stands for a whole file,
after every kill and every power cut.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sync.server.objects import Lying, NoSuchObject, StoreBusy, checked

DRAFTS = "drafts/"
"""Where objects are written before they have a name; what a kill leaves lies here."""

_STEP = 256 * 1024
_TRIES = 5


class DiskObjects:
    """See `Objects`."""

    def __init__(self, folder: Path) -> None:
        """Keep everything below `folder`, which is there."""
        self._folder = folder

    def check(self) -> None:
        """See `Objects.check`."""
        checked(self, f"{DRAFTS}{secrets.token_hex(8)}")

    def create(self, name: str, data: bytes) -> bool:
        """See `Objects.create`."""
        with _told(), self._draft((data,)) as draft:
            return self._named(draft, self._folder / name)

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """See `Objects.put`."""
        path = self._folder / name
        with _told(), self._draft(parts) as draft:
            self._make(path.parent)
            draft.replace(path)
            _sync_folder(path.parent)

    def read(self, name: str) -> Iterator[bytes]:
        """See `Objects.read`."""
        with _told(), (self._folder / name).open("rb") as file:
            while part := file.read(_STEP):
                yield part

    def lying(self, under: str) -> list[Lying]:
        """See `Objects.lying`."""
        with _told():
            found = [
                one
                for folder, _, files in os.walk(self._folder / under.rpartition("/")[0])
                for file in files
                if (one := self._look(Path(folder, file))) and one.name.startswith(under)
            ]
        return sorted(found, key=lambda one: one.name)

    def remove(self, name: str) -> None:
        """See `Objects.remove`; a folder within a folder that held nothing else goes along."""
        path = self._folder / name
        with _told():
            path.unlink(missing_ok=True)
        if path.parent.parent != self._folder:
            with suppress(OSError):  # something else lies in it
                path.parent.rmdir()

    @contextmanager
    def _draft(self, parts: Iterable[bytes]) -> Iterator[Path]:
        """A durable file without its name; gone at the end, unless it was moved away."""
        path = self._folder / DRAFTS / secrets.token_hex(16)
        self._make(path.parent)
        try:
            with path.open("xb") as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _named(self, draft: Path, path: Path) -> bool:
        for _ in range(_TRIES):
            self._make(path.parent)
            try:
                path.hardlink_to(draft)
            except FileExistsError:
                return False
            except FileNotFoundError:
                continue  # somebody took the last object out of this folder, and it with it
            _sync_folder(path.parent)
            return True
        raise StoreBusy(f"no place for {path.name}")

    def _make(self, folder: Path) -> None:
        """A folder for names, itself durable."""
        if folder != self._folder and not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)

    def _look(self, path: Path) -> Lying | None:
        """A file as an object; None for what went meanwhile."""
        try:
            told = path.stat()
        except FileNotFoundError:
            return None
        name = path.relative_to(self._folder).as_posix()
        return Lying(name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))


@contextmanager
def _told() -> Iterator[None]:
    """Whatever the file system says no with, in the store's words."""
    try:
        yield
    except FileNotFoundError as e:
        raise NoSuchObject(str(e.filename)) from e
    except OSError as e:
        raise StoreBusy(e.strerror or str(e)) from e


def _sync_folder(folder: Path) -> None:
    """Make names in a folder durable; Windows has no handle for that."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
