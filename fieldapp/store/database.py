"""The laptop's database: one encrypted file, one thread, one transaction at a time.

In come functions that take a connection; out comes what they return. `write` answers after
the commit and tells the listeners which topics changed; readers ask again. Rule: this file owns
the store thread; nothing else touches the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, select

from fieldapp.errors import StoreCorrupt, WrongKey
from fieldapp.store import opening, schema, tables
from fieldapp.store.durable import make_folder
from fieldapp.store.lock import StoreLock
from fieldapp.store.recordings import Shelf
from fieldapp.store.vault import Vault

T = TypeVar("T")
Listener = Callable[[frozenset[str]], None]

VAULT = "fieldapp_vault"
"""Where a connection carries the vault of its store (`Connection.info`)."""

SHELF = "fieldapp_shelf"
"""Where it carries the recordings."""

KEY = "fieldapp_key"
"""Where it carries the database's key."""


class Database:
    """The open store; made by `open`, ended by `close`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        """Only `open` makes one."""
        self.path = path
        self._loop = loop
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._listeners: list[Listener] = []
        self._lock: StoreLock | None = None
        self._engine: Engine | None = None
        self._closed = False
        self._damaged = False
        self._files: Path | None = None

    @classmethod
    async def open(cls, path: Path, key: bytes) -> Database:
        """Open the store, made and migrated if needed; leftovers of a crash are swept.

        Args:
            path: of the database; the lock, key check, WAL and `.files` folder lie beside it.
            key: 32 raw bytes.

        Raises:
            WrongKey: the key does not open this database; nothing was touched.
            StoreLocked: another program holds it.
            StoreCorrupt: not a database, or damaged.
            StoreFull: no room on the disk.
            StoreTooNew: a newer program wrote it.
            StoreError: the folder can't be written.
        """
        if len(key) != 32:
            raise WrongKey(str(path), "size")
        return await cls(path, asyncio.get_running_loop())._opened(key)

    @classmethod
    async def open_damaged(cls, path: Path, key: bytes, files: Path | None = None) -> Database:
        """Open what `open` says is damaged, to take out of it what can still be read.

        Nothing is checked, migrated or swept; errors as `open`. The sealed files lie beside
        the database, or in `files`.
        """
        store = cls(path, asyncio.get_running_loop())
        store._damaged, store._files = True, files
        return await store._opened(key)

    async def reconnect(self) -> None:
        """Begin a new connection: after a damaged page SQLCipher answers nothing any more."""
        await self._loop.run_in_executor(self._thread, self._reconnect)

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run a query in the store thread; a query that writes is refused by the database."""
        return await self._loop.run_in_executor(self._thread, self._read, query)

    async def write(self, change: Callable[[Connection], T], *, touched: frozenset[str]) -> T:
        """Run a change as one transaction; when this answers, it is on the disk.

        Whatever `change` raises undoes it all. A caller that is cancelled meanwhile does not
        stop a change that runs already; the listeners hear of it all the same.

        Args:
            change: gets the connection; it may be refused by raising.
            touched: topics for the listeners, like `visits`, `outbox`, `device`, `files`.

        Raises:
            StoreFull: no room; nothing was changed.
            StoreError: the file failed; nothing was changed.
        """
        return await self._loop.run_in_executor(self._thread, self._write, change, touched)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` in the loop's thread after each commit; answers how to stop that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def check(self) -> None:
        """Read all of the database and compare every page with its seal.

        Raises:
            StoreCorrupt: a page was damaged.
        """
        if not await self.read(opening.whole):
            raise StoreCorrupt(str(self.path))

    async def close(self) -> None:
        """Finish what is under way, fold the WAL into the file, let go of the lock."""
        if not self._closed:
            self._closed = True
            await self._loop.run_in_executor(self._thread, self._close)
            self._thread.shutdown()

    async def _opened(self, key: bytes) -> Database:
        try:
            await self._loop.run_in_executor(self._thread, self._open, key)
        except BaseException:
            self._thread.submit(self._close)  # cancelled: it may be open by then
            self._thread.shutdown(wait=False)
            raise
        return self

    def _open(self, key: bytes) -> None:
        with opening.disk(self.path):
            make_folder(self.path.parent)
            self._lock = StoreLock(self.path.with_suffix(".lock"))
        try:
            with opening.disk(self.path), opening.translated(self.path):
                self._open_file(key)
        except BaseException:
            self._close()
            raise

    def _open_file(self, key: bytes) -> None:
        noted = opening.prove_key(self.path, key)
        unclean = self._wal_is_left()
        self.path.touch(mode=0o600)
        self._shelf = Shelf(self.path.with_suffix(".recordings"), key)
        self._engine = opening.make_engine(self.path, key)
        self._key = key
        self._vault = Vault(self._files or self.path.with_suffix(".files"), key)
        if not self._damaged:
            self._prepare(self._engine, unclean=unclean)
        if not noted:
            opening.note_key(self.path, key)

    def _prepare(self, engine: Engine, *, unclean: bool) -> None:
        with engine.begin() as c:
            schema.migrate(c, self.path)
        with engine.begin() as c:
            if unclean and not opening.whole(c):
                raise StoreCorrupt(str(self.path))
            names = c.execute(select(tables.attachments.c.file)).scalars()
            self._vault.sweep(frozenset(names))

    def _wal_is_left(self) -> bool:
        wal = self.path.with_name(self.path.name + "-wal")
        return wal.exists() and wal.stat().st_size > 0

    @property
    def _transactions(self) -> Engine:
        assert self._engine is not None, "used before open or after close"
        return self._engine

    def _read(self, query: Callable[[Connection], T]) -> T:
        with opening.translated(self.path), self._transactions.connect() as plain:
            c = plain.execution_options(**{opening.READING: True})
            self._equip(c)
            with c.begin():
                c.exec_driver_sql("PRAGMA query_only = ON")
                try:
                    return query(c)
                finally:
                    c.exec_driver_sql("PRAGMA query_only = OFF")

    def _write(self, change: Callable[[Connection], T], touched: frozenset[str]) -> T:
        with opening.translated(self.path), self._transactions.begin() as c:
            self._equip(c)
            with self._vault.transaction():
                answer = change(c)
        self._vault.committed()
        self._loop.call_soon_threadsafe(self._publish, touched)
        return answer

    def _equip(self, c: Connection) -> None:
        c.info[VAULT] = self._vault
        c.info[SHELF] = self._shelf
        c.info[KEY] = self._key

    def _reconnect(self) -> None:
        with opening.translated(self.path):
            self._transactions.dispose()
            self._engine = opening.make_engine(self.path, self._key)

    def _publish(self, touched: frozenset[str]) -> None:
        for listener in tuple(self._listeners):
            listener(touched)

    def _close(self) -> None:
        """Close what was opened; also where `open` failed half-way or was cancelled."""
        if self._engine is not None:
            self._shelf.close()
            self._engine.dispose()
            self._engine = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def vault_of(connection: Connection) -> Vault:
    """The sealed files of the store that this connection belongs to."""
    vault = connection.info[VAULT]
    assert isinstance(vault, Vault)
    return vault


def shelf_of(connection: Connection) -> Shelf:
    """The recordings of the store that this connection belongs to."""
    shelf = connection.info[SHELF]
    assert isinstance(shelf, Shelf)
    return shelf


def key_of(connection: Connection) -> bytes:
    """The database's key; for sealing a copy of it, and nothing else."""
    key = connection.info[KEY]
    assert isinstance(key, bytes)
    return key
