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

from fieldapp.errors import StoreCorrupt, StoreError, WrongKey
from fieldapp.store import opening, schema, tables
from fieldapp.store.durable import make_folder
from fieldapp.store.lock import StoreLock
from fieldapp.store.vault import Vault

T = TypeVar("T")
Listener = Callable[[frozenset[str]], None]

VAULT = "fieldapp_vault"
"""Where a connection carries the vault of its store (`Connection.info`)."""


class Database:
    """The open store; made by `open`, ended by `close`."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        """Only `open` makes one."""
        self.path = path
        self._loop = loop
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._listeners: list[Listener] = []

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
        store = cls(path, asyncio.get_running_loop())
        try:
            await store._loop.run_in_executor(store._thread, store._open, key)
        except BaseException:
            store._thread.shutdown(wait=False)
            raise
        return store

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

    async def close(self) -> None:
        """Finish what is under way, fold the WAL into the file, let go of the lock."""
        await self._loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _open(self, key: bytes) -> None:
        try:
            make_folder(self.path.parent)
            self._lock = StoreLock(self.path.with_suffix(".lock"))
        except OSError as e:
            raise StoreError(str(self.path), str(e.errno)) from e
        try:
            self._engine = self._open_engine(key)
        except BaseException:
            self._lock.release()
            raise

    def _open_engine(self, key: bytes) -> Engine:
        known = opening.check_key(self.path, key)
        unclean = self._wal_is_left()
        engine = opening.make_engine(self.path, key)
        try:
            with opening.translated(self.path):
                self._vault = Vault(self.path.with_suffix(".files"), key)
                self._prepare(engine, unclean=unclean)
            if not known:
                opening.note_key(self.path, key)
        except StoreCorrupt as e:
            engine.dispose()
            if known or not opening.looks_encrypted(self.path):
                raise
            raise WrongKey(str(self.path)) from e
        except BaseException:
            engine.dispose()
            raise
        return engine

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

    def _read(self, query: Callable[[Connection], T]) -> T:
        with opening.translated(self.path), self._engine.connect() as plain:
            c = plain.execution_options(**{opening.READING: True})
            c.info[VAULT] = self._vault
            with c.begin():
                c.exec_driver_sql("PRAGMA query_only = ON")
                try:
                    return query(c)
                finally:
                    c.exec_driver_sql("PRAGMA query_only = OFF")

    def _write(self, change: Callable[[Connection], T], touched: frozenset[str]) -> T:
        try:
            with opening.translated(self.path), self._engine.begin() as c:
                c.info[VAULT] = self._vault
                answer = change(c)
        except BaseException:
            self._vault.rolled_back()
            raise
        self._vault.committed()
        self._loop.call_soon_threadsafe(self._publish, touched)
        return answer

    def _publish(self, touched: frozenset[str]) -> None:
        for listener in tuple(self._listeners):
            listener(touched)

    def _close(self) -> None:
        self._engine.dispose()
        self._lock.release()


def vault_of(connection: Connection) -> Vault:
    """The sealed files of the store that this connection belongs to."""
    vault = connection.info[VAULT]
    assert isinstance(vault, Vault)
    return vault
