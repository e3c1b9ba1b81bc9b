"""The office's tables of what visits leave behind: checks, and work that has to follow.

Part of `tables`, whose rules hold here.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    String,
    Table,
)

from sync.server.tables import Instant, metadata

checks = Table(
    "checks",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("what", String(64), nullable=False),
    Column("proven_by", String(64), nullable=False),
    Column("until", Date, nullable=False),
    Column("state", String(16), nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", String(128), nullable=False),
    PrimaryKeyConstraint("region", "id", "what"),
    ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    Index("checks_open", "region", "state", "until"),
)
"""What visits left to be proven; `id` is the operation that closed the visit."""

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("work", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("planned_as", String(64)),
    PrimaryKeyConstraint("region", "id"),
    ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    Index("follow_ups_open", "region", "state"),
)
"""Work that has to follow a visit, until somebody plans or drops it."""
