"""Statements that every sync runs: put together once, and on PostgreSQL handed to the driver.

In comes a statement of SQLAlchemy with all its values named; out come its rows as plain tuples,
or how many it changed. What SQLAlchemy does around each execution takes three times as long as
the driver; on SQLite, which few laptops ask, it does it all the same. Rule: same rows, same
transaction and same errors either way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Select, Table, UpdateBase, insert
from sqlalchemy.exc import DBAPIError

_LIST = re.compile(r"IN \(__\[POSTCOMPILE_(\w+)\]\)")
"""Where SQLAlchemy would write one marker for each value of a list."""

Rows = list[tuple[Any, ...]]
Statement = Select[*tuple[Any, ...]] | UpdateBase


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement as the driver takes it; `made` turns what it gives into our values."""

    said: str
    constants: Mapping[str, object]
    made: tuple[tuple[int, Callable[[Any], Any]], ...]


class Prepared:
    """One statement; see the file's head.

    Args:
        statement: its lists are `in_(bindparam(…, expanding=True))`; its values are of types
            that the driver knows by itself.
        columns: that an INSERT names, where it does not say so itself; else all.
    """

    def __init__(self, statement: Statement, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._text: _Text | None = None

    def rows(self, c: Connection, values: Mapping[str, object]) -> Rows:
        """Everything that it finds.

        Raises:
            DBAPIError: as `Connection.execute`.
        """
        if not _by_driver(c.dialect):
            return [tuple(row) for row in c.execute(self._statement, values)]
        text, cursor = self._asked(c, values)
        found: Rows = cursor.fetchall()
        return [_made(row, text.made) for row in found] if text.made else found

    def first(self, c: Connection, values: Mapping[str, object]) -> tuple[Any, ...] | None:
        """The first row that it finds; errors as `rows`."""
        return next(iter(self.rows(c, values)), None)

    def changed(self, c: Connection, values: Mapping[str, object]) -> int:
        """How many rows it changed; errors as `rows`."""
        if not _by_driver(c.dialect):
            return c.execute(self._statement, values).rowcount
        _, cursor = self._asked(c, values)
        return int(cursor.rowcount)

    def each(self, c: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Do it for each of these; errors as `rows`."""
        if _by_driver(c.dialect) and len(rows) == 1:
            self._asked(c, rows[0])
        else:
            c.execute(self._statement, list(rows))

    def _asked(self, c: Connection, values: Mapping[str, object]) -> tuple[_Text, Any]:
        text = self._text = self._text or self._written(c.dialect)
        line: Any = c.connection.driver_connection
        cursor = line.cursor()
        try:
            ask(cursor, text.said, {**text.constants, **values})
        except c.dialect.loaded_dbapi.Error as e:
            raise _as_always(c, text.said, e) from e
        return text, cursor

    def _written(self, dialect: Dialect) -> _Text:
        it = self._statement
        compiled = it.compile(dialect=dialect, column_keys=self._columns)
        # one list is one value here, so the text is the same however long it is
        said = _LIST.sub(r"= ANY(%(\1)s)", str(compiled))
        columns = it.selected_columns if isinstance(it, Select) else ()
        makers = (c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns)
        made = tuple((n, maker) for n, maker in enumerate(makers) if maker is not None)
        return _Text(said, dict(compiled.params), made)


def add_new(c: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows whose keys are new; all have the same columns, of types as above."""
    if not _by_driver(c.dialect):
        c.execute(insert(table), list(rows))
        return
    names = ", ".join(rows[0])  # columns of ours: they need no quotes
    line: Any = c.connection.driver_connection
    try:
        with line.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
    except c.dialect.loaded_dbapi.Error as e:
        raise _as_always(c, f"COPY {table.name}", e) from e


def ask(cursor: Any, said: str, values: Mapping[str, object]) -> None:
    """The one place where such a statement goes to the driver."""
    cursor.execute(said, values)


def _by_driver(dialect: Dialect) -> bool:
    return dialect.driver == "psycopg"


def _made(row: tuple[Any, ...], makers: tuple[tuple[int, Callable[[Any], Any]], ...]) -> Any:
    values = list(row)
    for n, maker in makers:
        values[n] = maker(values[n])
    return tuple(values)


def _as_always(c: Connection, said: str, error: Any) -> Any:
    """The error as SQLAlchemy raises it; a line that is cut is let go of, as it would."""
    gone = c.dialect.is_disconnect(error, c.connection.dbapi_connection, None)
    told = DBAPIError.instance(
        said,
        None,
        error,
        c.dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=c.dialect,
    )
    if gone:
        c.invalidate(error)
    return told
