"""A laptop under test: real encrypted store, real engine, and an end at any commit.

In come a folder, copied from a prepared laptop; out come syncs and what was shown as saved.
A kill leaves on the disk what lay there at that moment: the database's files are remembered
then and put back once the program's threads are gone. Rule: it is the product's laptop; only
its clock and its end are ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeVar
from unittest.mock import patch

from sqlalchemy import Engine as SqlEngine

from fieldapp.store import opening, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.day_closing import DayClosing
from sync.client.engine import Engine
from sync.client.http import Http
from sync.client.report import SyncReport
from tests.sync.server.doubles import DAY
from tests.sync.torture import onsite
from tests.sync.torture.bureau import Dial, Fate, Killed
from tests.sync.torture.older import OlderHttp
from tests.sync.torture.onsite import Saved

T = TypeVar("T")

KEY = bytes(range(32))
_STORE = "store.db"
_engines: dict[Path, SqlEngine] = {}
_make_engine = opening.make_engine


def _engine_again(path: Path, key: bytes) -> SqlEngine:
    """One engine a path: what it has compiled is good for the next laptop there too."""
    if path not in _engines:
        _engines[path] = _make_engine(path, key)
    return _engines[path]


class MortalStore(Database):
    """The store, in which a transaction may be the last thing that happens."""

    fate: Fate

    async def write(self, change: Callable[[Transaction], T], *, touched: frozenset[str]) -> T:
        def last(c: Transaction) -> T:
            answer = change(c)
            if self.fate.strikes(after=False):
                self.image = self.on_disk()
                raise Killed
            return answer

        answer = await super().write(last, touched=touched)
        if self.fate.strikes(after=True):
            self.image = self.on_disk()
            raise Killed
        return answer

    def on_disk(self) -> dict[Path, bytes]:
        """The database's files as they lie there."""
        wal = self.path.with_name(f"{self.path.name}-wal")
        return {path: path.read_bytes() for path in (self.path, wal) if path.exists()}


@dataclass
class Book:
    """What a laptop showed as saved: operations with their payloads, files with their content.

    Attributes:
        lost: operations that went with the disk when an older copy was put back.
        set_back: whether one was put back, so that the office may know more than the laptop.
    """

    operations: dict[str, bytes] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    set_back: bool = False

    def copy(self) -> Book:
        """As it is now."""
        return Book(dict(self.operations), dict(self.files), set(self.lost), self.set_back)

    def back_to(self, earlier: Book) -> Book:
        """After a copy of the folder from then was put back."""
        gone = self.operations.keys() - earlier.operations.keys()
        lost = self.lost | gone
        return Book(dict(earlier.operations), dict(earlier.files), lost, set_back=True)


class Machine:
    """One laptop."""

    def __init__(self, template: Path, folder: Path, chance: Random) -> None:
        shutil.copytree(template, folder)
        self.folder = folder
        self.laptop = ""
        self.clock = Dial(chance)
        self.fate = Fate()
        self.book = Book()
        self.older = False
        self._backup = template  # until one is made
        self._backup_book = Book()
        self.db: MortalStore
        self.engine: Engine

    async def open(self) -> None:
        """Start the program."""
        self.fate.dead = False
        self.fate.forget()
        with patch("fieldapp.store.opening.make_engine", _engine_again):
            opened = await MortalStore.open(self.folder / _STORE, KEY)
        assert isinstance(opened, MortalStore)
        self.db = opened
        self.db.fate = self.fate
        self.engine = Engine(self.db, self._line, self.clock)

    def _line(self, url: str) -> Http:
        return OlderHttp(url) if self.older else Http(url)

    async def close(self) -> None:
        """End it in good order."""
        await self.engine.close()
        await self.db.close()

    async def reopen(self) -> None:
        """End and start it; where it was killed, from what lay on the disk then."""
        died = self.fate.dead
        await self.close()
        if died:
            for path, content in self.db.image.items():
                path.write_bytes(content)
        await self.open()

    async def sync(self) -> SyncReport | None:
        """One run of the engine; None where the program was killed in it."""
        try:
            return await self.engine.sync_once()
        except Killed:
            return None

    async def work(self, what: int, where: int) -> None:
        """Do some things on site; what was shown as saved is in the book."""
        for number in range((1, 1, 2, 4)[what % 4]):
            await self._deed(what // 4 + 101 * number, where)

    async def _deed(self, what: int, where: int) -> None:
        if what % 25 == 0:
            await self._close_day()
            return

        def change(c: Transaction) -> Saved:
            held = orders.held(c)
            return onsite.do(c, held[where % len(held)], what, self.clock) if held else Saved()

        touched = frozenset({"outbox", "files", "visits"})
        await self._note(await self.db.write(change, touched=touched))

    async def _close_day(self) -> None:
        made = await DayClosing(self.db, self.clock).close(DAY, {})
        await self._note(Saved([made.operation]))

    async def _note(self, saved: Saved) -> None:
        if saved.operations:
            items = {item.id: item for item in await self.db.read(outbox.items)}
            for made in saved.operations:
                self.book.operations[made] = items[made].operation.payload
        self.book.files |= saved.files

    async def resend(self) -> None:
        """Send again what was refused."""

        def change(c: Transaction) -> None:
            for item in outbox.items(c):
                outbox.resend(c, item.id)

        await self.db.write(change, touched=frozenset({"outbox"}))

    async def save(self) -> None:
        """Copy the folder, as a program for backups does: while nothing is open."""
        await self.close()
        self._backup = self.folder.with_name(f"{self.folder.name}-backup")
        shutil.rmtree(self._backup, ignore_errors=True)
        shutil.copytree(self.folder, self._backup)
        self._backup_book = self.book.copy()
        await self.open()

    async def restore(self) -> None:
        """Put the last copy back in place of the folder."""
        await self.close()
        shutil.rmtree(self.folder)
        shutil.copytree(self._backup, self.folder)
        self.book = self.book.back_to(self._backup_book)
        await self.open()
