"""A copy of a running office: on SQLite its database at one moment, then its files.

In come an open office and a folder; out come a database there that is whole, and the files that
were not there yet; on PostgreSQL the files only, after pg_dump. The database goes first, so
that every file which it calls complete is among those copied after it. Rule: the office key is
no part of a backup; whoever erases somebody must know that old copies of the database still
hold their key, and how long (docs/operations.md).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sync.server.objects_disk import DRAFTS
from sync.server.office import Office
from sync.server.sealed_file import INCOMING

DATABASE, FILES = "office.sqlite", "files"
_UNDER_WAY = {INCOMING.strip("/"), DRAFTS.strip("/")}


class NoBackup(Exception):
    """This office's database is not a file, its copy is not whole, or another's lies there."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Octets of the database, and how many files were copied now and before."""

    database: int
    new_files: int
    known_files: int


def back_up(office: Office, folder: Path, *, files_only: bool = False) -> Copied:
    """Copy the office into the folder, which may hold an older copy.

    Raises:
        NoBackup: not on SQLite, the copy is damaged, or the older one is another office's,
            which stays as it was.
        OSError: no room, or not allowed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = 0 if files_only else _database(office, folder / DATABASE)
    new = known = 0
    if not office.settings.files_url:
        new, known = _files(office.settings.files, folder / FILES)
    return Copied(size, new, known)


def _database(office: Office, target: Path) -> int:
    draft = target.with_name(f"{target.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(0o600)
    with office.database.engine.connect() as c, closing(sqlite3.connect(draft)) as copy:
        source = c.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise NoBackup("the database is not on SQLite: use pg_dump")
        source.backup(copy)  # in one go: one moment, and on WAL no writer waits
        copy.execute("PRAGMA journal_mode = DELETE")  # so that the copy is one file
        found = copy.execute("PRAGMA quick_check").fetchall()
    if found != [("ok",)]:
        raise NoBackup("the copy of the database is damaged")
    if _whose(target) not in {None, office.vault.office}:
        raise NoBackup("the copy that is there is another office's")
    draft.replace(target)
    return target.stat().st_size


def _whose(copy: Path) -> str | None:
    """Of which office there is a copy; None: of none."""
    if not copy.exists():
        return None
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(copy)) as c:
        return str(c.execute("SELECT id FROM offices").fetchone()[0])
    return None


def _files(source: Path, target: Path) -> tuple[int, int]:
    """Those that are not there or grew since; a half-written copy is never left."""
    new = known = 0
    for folder, folders, names in os.walk(source):
        inside = Path(folder).relative_to(source)
        if folder == str(source):
            folders[:] = sorted(set(folders) - _UNDER_WAY)
        (target / inside).mkdir(exist_ok=True)
        for name in names:
            path, to = Path(folder, name), target / inside / name
            if to.exists() and _state(to) == _state(path):
                known += 1
                continue
            draft = to.with_name(f"{name}.new")
            shutil.copy2(path, draft)
            draft.replace(to)
            new += 1
    return new, known


def _state(path: Path) -> tuple[int, int]:
    """Size and time of the last change; a file that was begun anew may have its old size."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns
