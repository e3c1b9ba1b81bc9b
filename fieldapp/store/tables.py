"""The tables of the laptop's database, as the newest schema has them.

The migrations build what stands here; a test compares the two. Rule: these objects and the
rows read with them never leave this floor.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as whole microseconds since 1970 in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds of an aware time."""
        del dialect
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The aware time of microseconds."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData()

state = Table(
    "state",
    metadata,
    Column("name", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
"""Single values by name: who the laptop is, the cursor, the last contact."""

visits = Table(
    "visits",
    metadata,
    Column("id", String, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("day", String, nullable=False, index=True),
    Column("route_position", Integer, nullable=False),
    Column("body", LargeBinary),
    Column("withdrawn", Boolean(create_constraint=False), nullable=False),
    Column("stale", Boolean(create_constraint=False), nullable=False),
)
"""One row a visit. `day` is the local date; `body` is null once the visit was purged."""

operations = Table(
    "operations",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("incarnation", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("visit", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("header", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("received_at", Moment),
    UniqueConstraint("incarnation", "sequence", name="operations_chain"),
    Index("operations_state", "state", "position"),
    sqlite_autoincrement=True,
)
"""The outbox. `position` is the order they were made in, across incarnations."""

chain = Table(
    "chain",
    metadata,
    Column("incarnation", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, nullable=False),
    Column("head", String, nullable=False),
)
"""Where each incarnation's chain ends: operations may be purged, the chain goes on."""

attachments = Table(
    "attachments",
    metadata,
    Column("visit", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("file", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String, nullable=False),
    Column("slot", String, nullable=False),
    Column("delivered_at", Moment),
    Column("held_since", Moment),
    UniqueConstraint("file", name="attachments_file"),
)
"""Files beside the database, one a visit and content; `file` is the opaque name on disk."""

meter_keys = Table(
    "meter_keys",
    metadata,
    Column("visit", String, primary_key=True),
    Column("meter", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
)
"""Meters' keys, a visit and meter, sealed as the office sent them."""

audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", String, nullable=False),
)
"""The audit trail, hash-chained."""

counters = Table(
    "counters",
    metadata,
    Column("scope", String, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
"""Invocation counters reserved per key."""
