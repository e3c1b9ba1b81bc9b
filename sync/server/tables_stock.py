"""The office's tables of a technician's van and designations, and what moved in the vans.

As in `tables`, of whose schema they are: rows in the clear say whose, which and when; `meter`
is a pseudonym, and what the meter is lies sealed under the office's own key.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from sync.server.tables import Instant, metadata

_WHOSE = (["region", "technician"], ["technicians.region", "technicians.id"])

vans = Table(
    "vans",
    metadata,
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    PrimaryKeyConstraint("region", "technician"),
    ForeignKeyConstraint(*_WHOSE),
)
"""Whose stock the office keeps; held by whoever changes what is in a van."""

stock_meters = Table(
    "stock_meters",
    metadata,
    Column("region", String(64), nullable=False),
    Column("meter", String(64), nullable=False),
    Column("technician", String(64)),
    Column("state", String(16), nullable=False),
    Column("visit", String(64)),
    Column("source_hash", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "meter"),
    ForeignKeyConstraint(*_WHOSE),
    Index("stock_meters_van", "region", "technician", "state"),
)

stock_parts = Table(
    "stock_parts",
    metadata,
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("part", String(16), nullable=False),
    Column("count", Integer, nullable=False),
    Column("source_hash", String(64), nullable=False),
    PrimaryKeyConstraint("region", "technician", "part"),
    ForeignKeyConstraint(*_WHOSE),
)

stock_moves = Table(
    "stock_moves",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("what", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("way", String(16), nullable=False),
    Column("moved_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "id", "what"),
)
"""What facts moved; `id` is the operation, `what` a meter's pseudonym or a part."""

designations = Table(
    "designations",
    metadata,
    Column("region", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("scheme", String(16), nullable=False),
    Column("activities", String(512), nullable=False),
    Column("level", String(16), nullable=False),
    Column("starts", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("supervisor", Text, nullable=False),
    Column("supervisor_phone", Text, nullable=False),
    PrimaryKeyConstraint("region", "technician", "scheme", "activities"),
    ForeignKeyConstraint(*_WHOSE),
)
"""What technicians may do; `activities` empty: all that the level covers."""
