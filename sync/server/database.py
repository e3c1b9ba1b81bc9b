"""The office's database engine, the same for SQLite and PostgreSQL.

In comes a URL; out come transactions: `writing` holds locks from its first statement, `reading`
sees one moment. On SQLite a write begins IMMEDIATE, because `FOR UPDATE` is silently dropped
there; on PostgreSQL counters and laptops are locked row by row, in ascending order. Rule: no
statement runs outside one of these two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
)
_READS = "fieldapp_reads"
_SHARED = {"check_same_thread": False, "timeout": 10}


class OfficeDatabase:
    """One engine and its two kinds of transaction.

    Args:
        url: SQLAlchemy URL; a plain `postgresql://` is taken as psycopg 3.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._reader = self.engine.execution_options(**_reader_options(self.engine))

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

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def add_if_absent(c: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless one with its key is there, also when another one is just doing so.

    Returns:
        Whether it was this one that inserted it.
    """
    on_sqlite = c.dialect.name == "sqlite"
    row = sqlite.insert(table) if on_sqlite else postgresql.insert(table)
    added = row.values(values).on_conflict_do_nothing().returning(*table.primary_key)
    return c.execute(added).first() is not None


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed, hide_parameters=True, pool_size=16, max_overflow=16, pool_pre_ping=True
        )
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


def _prepare(raw: SqliteConnection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        raw.execute(pragma)


def _begin(connection: Connection) -> None:
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
