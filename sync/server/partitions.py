"""The days of `operations` and `audit` as partitions on PostgreSQL, made ahead of their day.

In comes a connection and a date; out come partitions of the days round it. What belongs to none
of them (a laptop that was offline for long or whose clock is years off, an office that stood
still) lies in the partition `..._other`, or moves from there when its day is made. Rule: one
process makes them at a time, and nothing that is in `..._other` is lost when its day gets a
partition; SQLite has no partitions.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import Connection, text

from sync.server.database import OfficeDatabase

AHEAD = 2
"""Days after today that have their partition already."""

BEHIND = 1
"""Days before today that have theirs: a night's work belongs to two days."""

COLUMNS = {"operations": "made_on", "audit": "noted_on"}
"""The tables that are partitioned, and by which date."""

_LOCK = 0x6669656C64646179


class Partitions:
    """Remembers until which day this process has seen to partitions."""

    def __init__(self) -> None:
        self._until = date.min

    def keep_ahead(self, database: OfficeDatabase, now: datetime) -> None:
        """See to the partitions, once a day; a short call on every other one."""
        today = now.date()
        if today < self._until:
            return
        with database.writing() as c:
            make(c, today)
        self._until = today + timedelta(days=1)


def make(c: Connection, today: date) -> None:
    """Make the partitions round this day that are not there yet."""
    if c.dialect.name != "postgresql":
        return
    c.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for table in COLUMNS:
        there = _there(c, table)
        for n in range(-BEHIND, AHEAD + 1):
            day = today + timedelta(days=n)
            if name_of(table, day) not in there:
                add(c, table, day)


def name_of(table: str, day: date) -> str:
    """How the partition of a day is called: `operations_20260302`."""
    return f"{table}_{day:%Y%m%d}"


def add(c: Connection, table: str, day: date) -> None:
    """Make a day's partition, with what lies in `..._other` of that day."""
    name, column = name_of(table, day), COLUMNS[table]
    days = f"FROM ('{day}') TO ('{day + timedelta(days=1)}')"
    c.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)"))
    c.execute(
        text(
            f"WITH moved AS (DELETE FROM {table}_other WHERE {column} = :day RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM moved"
        ),
        {"day": day},
    )
    c.execute(text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {days}"))


def _there(c: Connection, table: str) -> frozenset[str]:
    query = text(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = CAST(:t AS regclass)"
    )
    return frozenset(c.execute(query, {"t": table}).scalars())
