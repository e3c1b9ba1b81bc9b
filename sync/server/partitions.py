"""The days of `operations` and `audit` as partitions on PostgreSQL, made ahead of their day.

In comes a connection and a date; out come partitions of that day and the next. What belongs to
none that was made (a laptop whose clock is years off, an office that stood still) lies in the
partition `..._other`, or moves from there when its day is made. Rule: one process makes them at
a time, nothing that is in `..._other` is lost when its day gets a partition, and nobody who
brings something waits for long or hears of it where that fails; SQLite has no partitions.
"""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from sync.server.database import OfficeDatabase

AHEAD = 1
"""Days after today that have their partition already."""

COLUMNS = {"operations": "made_on", "audit": "noted_on"}
"""The tables that are partitioned, and by which date."""

_LOCK = 0x6669656C64646179
_AGAIN = timedelta(minutes=10)
_LOG = logging.getLogger(__name__)


class Partitions:
    """Remembers until when this process has seen to partitions."""

    def __init__(self) -> None:
        self._from = self._until = datetime.min.replace(tzinfo=UTC)

    def keep_ahead(self, database: OfficeDatabase, now: datetime) -> None:
        """See to the partitions once a day; where they can't be made now, somewhat later.

        A clock that was ahead for a while keeps them back for no longer than that.
        """
        if self._from <= now < self._until:
            return
        self._from = now
        tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
        self._until = min(now + _AGAIN, tomorrow)
        try:
            with database.writing() as c:
                make(c, now.date())
        except SQLAlchemyError as e:
            _LOG.warning("no partitions made: %s", type(e).__name__)
        else:
            self._until = tomorrow


def make(c: Connection, today: date) -> None:
    """Make the partitions of this day and the next that are not there yet."""
    if c.dialect.name != "postgresql":
        return
    c.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    days = [today + timedelta(days=n) for n in range(AHEAD + 1)]
    there = {table: _there(c, table) for table in COLUMNS}
    missing = [(t, d) for t in COLUMNS for d in days if name_of(t, d) not in there[t]]
    if missing:
        # first what every writer takes first, so that nobody waits here and there for the other
        c.execute(text("SET LOCAL lock_timeout = '5s'"))
        c.execute(text("LOCK TABLE laptops, holders IN SHARE ROW EXCLUSIVE MODE"))
    for table, day in missing:
        _add(c, table, day)


def name_of(table: str, day: date) -> str:
    """How the partition of a day is called: `operations_20260302`."""
    return f"{table}_{day:%Y%m%d}"


def _add(c: Connection, table: str, day: date) -> None:
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
