"""The office under test: the real application on a real database, which can die at any commit.

In come a database and a folder; out come an application that serves lines in memory, and the
few things that its people do. A copy of all its rows and files is made and put back, which is
what a backup is. Rule: it is the product's office; only its clock and its end are ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import uuid_utils
from sqlalchemy import Connection, insert, select

from sync.server.app import create_app
from sync.server.database import OfficeDatabase
from sync.server.office import Office
from sync.server.settings import ServerSettings
from sync.server.tables import metadata
from tests.sync.server.doubles import START
from tests.sync.torture.line import Exchange

_FROM_THE_LEAVES = tuple(reversed(metadata.sorted_tables))

Rows = dict[str, list[dict[Any, Any]]]


class Killed(BaseException):
    """The end of a program in the middle of what it did; nothing of the product catches it."""


class Dial:
    """A clock that goes on with every look and jumps when it is told to; all chance seeded."""

    def __init__(self, chance: Random) -> None:
        self.restart(chance)

    def restart(self, chance: Random) -> None:
        """Begin anew, an hour after a stage was prepared."""
        self.chance = chance
        self.jumped = timedelta()
        self._passed_s = 3600.0

    def now(self) -> datetime:
        self._passed_s += 0.25
        return START + timedelta(seconds=self._passed_s) + self.jumped

    def monotonic_s(self) -> float:
        self._passed_s += 0.25
        return self._passed_s

    def new_id(self) -> str:
        milliseconds = int((START.timestamp() + self._passed_s) * 1000)
        number = (milliseconds << 80) | (7 << 76) | (2 << 62)
        number |= (self.chance.getrandbits(12) << 64) | self.chance.getrandbits(62)
        return str(uuid_utils.UUID(int=number))

    def random_bytes(self, size: int) -> bytes:
        return self.chance.randbytes(size)


@dataclass
class Fate:
    """When somebody dies, and whether he has."""

    commits_left: int | None = None
    after: bool = False
    dead: bool = False

    def set(self, commits: int, *, after: bool) -> None:
        """At the so-manieth commit from now on."""
        self.commits_left, self.after = commits, after

    def forget(self) -> None:
        """Not at all."""
        self.commits_left = None

    def strikes(self, *, after: bool) -> bool:
        """Whether it is now."""
        if self.commits_left is None:
            return False
        if not after:
            self.commits_left -= 1
        if self.commits_left == 0 and after == self.after:
            self.commits_left, self.dead = None, True
            return True
        return False


class _Mortal(OfficeDatabase):
    """The office's database, in which a transaction may be the last thing that happens."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with super().writing() as c:
            yield c
            if self._fate.strikes(after=False):
                raise Killed
        if self._fate.strikes(after=True):
            raise Killed


class Bureau:
    """One office, opened again and again."""

    def __init__(self, settings: ServerSettings, exchange: Exchange) -> None:
        self.settings = settings
        self.fate = Fate()
        self.clock = Dial(Random(0))
        self._exchange = exchange
        self._database = _Mortal(settings.db_url, self.fate)
        self.office: Office

    def open(self) -> None:
        """Start the program on what lies on the disk.

        Its lines to the database stay: to make them anew takes longer than a sync.
        """
        self.fate.dead = False
        self.fate.forget()
        with patch("sync.server.office.OfficeDatabase", lambda _url: self._database):
            app = create_app(self.settings, self.clock)
        self.office = app.state.office
        self._exchange.serve(app, lambda: self.fate.dead)

    def reopen_if_dead(self) -> bool:
        """Start it again where it died; answers whether it had."""
        died = self.fate.dead
        if died:
            self.open()
        self.fate.forget()
        return died

    def close(self) -> None:
        """Let go of the database; what is in it stays."""
        self._database.close()

    def rows(self) -> Rows:
        """All that the database holds."""
        with self._database.reading() as c:
            return {
                table.name: [dict(row) for row in c.execute(select(table)).mappings()]
                for table in metadata.sorted_tables
            }

    def put_back(self, rows: Rows) -> None:
        """Put other rows in place of all that the database holds."""
        with self._database.writing() as c:
            emptied = [f"DELETE FROM {table.name}" for table in _FROM_THE_LEAVES]
            if c.dialect.name == "postgresql":
                emptied = ["; ".join(emptied)]  # one round trip
            for statement in emptied:
                c.exec_driver_sql(statement)
            for table in metadata.sorted_tables:
                if rows.get(table.name):
                    c.execute(insert(table), rows[table.name])


@dataclass(frozen=True)
class Backup:
    """An office as it was: its rows, and its files by their names."""

    rows: Rows
    files: dict[str, bytes]

    @classmethod
    def of(cls, bureau: Bureau) -> Backup:
        """Make one."""
        folder = bureau.settings.files
        found = (path for path in folder.rglob("*") if path.is_file())
        files = {str(path.relative_to(folder)): path.read_bytes() for path in found}
        return cls(bureau.rows(), files)

    def restore(self, bureau: Bureau) -> None:
        """Put it back, and start the program on it."""
        bureau.fate.forget()
        bureau.put_back(self.rows)
        folder: Path = bureau.settings.files
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        bureau.open()


def days(number: int) -> timedelta:
    """So many days."""
    return timedelta(days=number)
