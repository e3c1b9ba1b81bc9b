"""Opening the encrypted file: the key, the settings, and what the driver's failures mean.

In come a path and a 32-byte key; out comes an engine whose one connection lives in the thread
that asked first. Beside the database lies a check file, made from the key, which tells a wrong
key from a damaged file before the database is touched at all. Rule: every driver error becomes
a named `StoreError` here, and only environment failures do: our own bugs stay what they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from fieldapp.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked, WrongKey
from fieldapp.store import secrets
from fieldapp.store.durable import no_room, write_whole

BUSY_TIMEOUT_S = 10.0
READING = "fieldapp_reading"
"""Execution option of a connection that only reads."""

_LOW_DISK = 1 << 20
_PAGE = 4096
_KINDS: dict[int, type[StoreError]] = {
    5: StoreLocked,  # SQLITE_BUSY
    6: StoreLocked,  # SQLITE_LOCKED
    8: StoreError,  # SQLITE_READONLY
    10: StoreError,  # SQLITE_IOERR
    11: StoreCorrupt,  # SQLITE_CORRUPT
    13: StoreFull,  # SQLITE_FULL
    14: StoreError,  # SQLITE_CANTOPEN
    26: StoreCorrupt,  # SQLITE_NOTADB
}


def prove_key(path: Path, key: bytes) -> bool:
    """Make sure that `key` opens `path`, or that there is no database yet.

    A wrong key must never come near a left-over WAL: SQLite would fold it into the file,
    garbled. So the check file is asked first; where it does not say yes (gone, damaged), the
    first page is read in a way that can't write.

    Returns:
        Whether the check file holds for this key; where not, `note_key` is due.

    Raises:
        WrongKey: the database was made with another key; nothing was touched.
        StoreCorrupt: it can't be a database under any key; nothing was touched.
    """
    if not path.exists() or path.stat().st_size == 0:
        return False
    mark = _mark(path)
    if mark.exists() and mark.read_bytes() == _check_text(key):
        return True
    if not _opens(path, key):
        raise (WrongKey if _looks_encrypted(path) else StoreCorrupt)(str(path))
    return False


def note_key(path: Path, key: bytes) -> None:
    """Write the check file; it tells nothing about the key."""
    write_whole(_mark(path), _check_text(key))


def _mark(path: Path) -> Path:
    return path.with_suffix(".check")


def _check_text(key: bytes) -> bytes:
    return secrets.derive(key, "fieldapp store key check").hex().encode("ascii")


def _opens(path: Path, key: bytes) -> bool:
    """Whether the first page opens; `immutable` knows no WAL, no lock and no writing."""
    probe = sqlcipher.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)
    try:
        for statement in _keyed(key):
            probe.execute(statement)
        probe.execute("SELECT count(*) FROM sqlite_master")
    except sqlcipher.DatabaseError:
        return False
    finally:
        probe.close()
    return True


def _looks_encrypted(path: Path) -> bool:
    """Whether the file could be a database under some key: whole pages, no plain header."""
    with path.open("rb") as file:
        head = file.read(16)
    return path.stat().st_size % _PAGE == 0 and not head.startswith(b"SQLite format 3")


def _keyed(key: bytes) -> tuple[str, str]:
    return "PRAGMA cipher_log_level = NONE", f"PRAGMA key = \"x'{key.hex()}'\""


def make_engine(path: Path, key: bytes) -> Engine:
    """An engine with one connection; a write begins immediately, so it never deadlocks."""

    def connect() -> sqlcipher.Connection:
        return _connect(path, key)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        module=sqlcipher,
        poolclass=StaticPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _connect(path: Path, key: bytes) -> sqlcipher.Connection:
    connection = sqlcipher.connect(str(path), BUSY_TIMEOUT_S, isolation_level=None)
    try:
        # The store's lock file keeps others out, so exclusive mode costs nothing; it keeps the
        # WAL index in memory, out of a mapped file that a full disk would turn into a crash.
        for statement in (
            *_keyed(key),
            "PRAGMA locking_mode = EXCLUSIVE",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA temp_store = MEMORY",
            "PRAGMA foreign_keys = ON",
        ):
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def whole(connection: Connection) -> bool:
    """Whether every page carries its seal and the tables hang together; reads all of it."""
    seals = connection.exec_driver_sql("PRAGMA cipher_integrity_check").all()
    return not seals and connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the driver's failures into `StoreError`s; anything else passes as it is."""
    try:
        yield
    except DBAPIError as e:
        # The driver's own errors (misuse, closed connection) carry no code: those are our bugs.
        code = getattr(e.orig, "sqlite_errorcode", 0)
        kind = _KINDS.get(code & 0xFF)
        if kind is None:
            raise
        if kind is StoreError and shutil.disk_usage(path.parent).free < _LOW_DISK:
            kind = StoreFull  # some writes to a full disk fail without saying why
        raise kind(str(path), getattr(e.orig, "sqlite_errorname", "")) from e


@contextmanager
def disk(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into `StoreFull` or `StoreError`."""
    try:
        yield
    except OSError as e:
        kind = StoreFull if no_room(e) else StoreError
        raise kind(str(path), str(e.errno)) from e
