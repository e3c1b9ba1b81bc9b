"""Small tables beside the received operations, so that no sync looks through days of them.

Part of `tables`, whose rules hold here. On PostgreSQL `operations` lies in one partition a day
(`partitions`); what a sync needs of days gone by is here: where each chain ends, which
operations wait for a seat, and on which days something was told about a visit.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
)

from sync.server.tables import metadata

chain_ends = Table(
    "chain_ends",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("header_sha256", String(64), nullable=False),
    PrimaryKeyConstraint("region", "laptop", "incarnation"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
)
"""The last operation of each chain that has its seat."""

waiting_operations = Table(
    "waiting_operations",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("made_on", Date, nullable=False),
    Column("header_sha256", String(64), nullable=False),
    PrimaryKeyConstraint("region", "laptop", "made_on", "header_sha256"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
)
"""Held and rejected operations that have no seat and may still get one."""

visit_days = Table(
    "visit_days",
    metadata,
    Column("region", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("made_on", Date, nullable=False),
    PrimaryKeyConstraint("region", "visit", "made_on"),
)
"""The days on which something was told about a visit, by the `made_on` of its operations."""
