"""The office's database engine, the same for SQLite and PostgreSQL.

In comes a URL; out come transactions: `writing` holds locks from its first statement, `reading`
sees one moment, `glancing` is for one statement alone. On SQLite a write begins IMMEDIATE,
because `FOR UPDATE` is silently dropped there; on PostgreSQL counters and laptops are locked
row by row, in ascending order. Rule: no statement runs outside one of these three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from fieldapp.clock import SystemClock
from sync.server.prepared import Prepared

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
)
_READS = "fieldapp_reads"
_SHARED = {"check_same_thread": False, "timeout": 10}
_USED = "fieldapp_used"
_IDLE_S = 5.0
_LINES = 12
MOST_LINES = 20
"""Connections of one process to PostgreSQL at most; `max_connections` holds those of all."""

_CLOCK = SystemClock()


class OfficeDatabase:
    """One engine and its two kinds of transaction.

    Args:
        url: SQLAlchemy URL; a plain `postgresql://` is taken as psycopg 3.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._reader = self.engine.execution_options(**_reader_options(self.engine))
        self._glancer = self.engine.execution_options(**_glancer_options(self.engine))

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may change rows; committed at the end, rolled back on an error."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only looks, at one moment, and keeps no writer waiting."""
        with self._reader.begin() as connection:
            yield connection

    @property
    def is_postgres(self) -> bool:
        """Whether it is PostgreSQL; else it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    @property
    def driver_error(self) -> type[Exception]:
        """The root of the driver's own errors, which a line of one's own raises."""
        return self.engine.dialect.loaded_dbapi.Error

    def own_line(self) -> Any:
        """A driver's connection outside the pool, each statement by itself; to be closed.

        Raises:
            SQLAlchemyError: the database can't be had.
        """
        options = {} if self.is_postgres else {"isolation_level": None, **_SHARED}
        alone = create_engine(
            self.engine.url, hide_parameters=True, poolclass=NullPool, connect_args=options
        )
        pooled = alone.raw_connection()
        line: Any = pooled.driver_connection
        pooled.detach()
        if self.is_postgres:
            line.set_autocommit(True)
        return line

    @contextmanager
    def glancing(self) -> Iterator[Connection]:
        """For one statement, which is a transaction by itself: once there and back."""
        # where a statement is a transaction by itself there is none to begin and to end
        line = self._glancer.connect() if self.is_postgres else self._glancer.begin()
        with line as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def add_if_absent(c: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with its key is there, also when another one is just doing so.

    Returns:
        Whether it was this one that inserted it.
    """
    row = _insert(c.dialect.name, table).values(values)
    added = row.on_conflict_do_nothing().returning(*table.primary_key)
    return c.execute(added).first() is not None


def add_missing(c: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert those of the rows whose key is not there yet, all at once."""
    if rows:
        _adding_missing(c.dialect.name, table, tuple(rows[0])).each(c, rows)


def put(c: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows, each in place of the one with its key; all have the same columns."""
    if rows:
        _putting(c.dialect.name, table, tuple(rows[0])).each(c, rows)


@cache
def _adding_missing(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(_insert(dialect, table).on_conflict_do_nothing(), columns)


@cache
def _putting(dialect: str, table: Table, columns: tuple[str, ...]) -> Prepared:
    added = _insert(dialect, table)
    key = table.primary_key.c
    fresh = {name: added.excluded[name] for name in columns if name not in key}
    return Prepared(added.on_conflict_do_update(index_elements=[*key], set_=fresh), columns)


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(
            parsed, hide_parameters=True, pool_size=_LINES, max_overflow=MOST_LINES - _LINES
        )
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ask_if_idle, engine))
        return engine
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_size=16,
        max_overflow=32,
        connect_args={"isolation_level": None, **_SHARED},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _reader_options(engine: Engine) -> dict[str, object]:
    if engine.dialect.name == "sqlite":
        return {_READS: True}
    return {_READS: True, "isolation_level": "REPEATABLE READ"}


def _glancer_options(engine: Engine) -> dict[str, object]:
    if engine.dialect.name == "sqlite":
        return {_READS: True}
    return {"isolation_level": "AUTOCOMMIT"}


def _note_use(_raw: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_USED] = _CLOCK.monotonic_s()


def _ask_if_idle(
    engine: Engine, raw: DBAPIConnection, entry: ConnectionPoolEntry, _fairy: object
) -> None:
    """A connection that lay idle may be cut; to ask every one each time costs a way there."""
    used = entry.info.get(_USED)
    if used is not None and _CLOCK.monotonic_s() - used > _IDLE_S and not _answers(engine, raw):
        raise DisconnectionError


def _answers(engine: Engine, raw: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(raw)
    except engine.dialect.loaded_dbapi.Error:
        return False


def _prepare(raw: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        raw.execute(pragma)


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
