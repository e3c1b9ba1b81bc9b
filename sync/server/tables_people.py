"""The office's tables of what people see and decide: conflicts, what was set aside, laptops.

Part of `tables`, whose rules hold here: values of a visit and words that a person typed are
sealed under the key of the connection holder.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from sync.server.tables import Instant, files, metadata

visit_values = Table(
    "visit_values",
    metadata,
    Column("region", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("holder", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    PrimaryKeyConstraint("region", "visit", "version"),
    ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
)
"""What a visit's fields held up to and with `version`; a row where a later one changed some."""

conflicts = Table(
    "conflicts",
    metadata,
    Column("region", String(64), nullable=False),
    Column("id", String(64), nullable=False),
    Column("visit", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("technician", String(64), nullable=False),
    Column("operation", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("site_version", Integer, nullable=False),
    Column("office_version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("settled_by", String(128), nullable=False),
    PrimaryKeyConstraint("region", "id"),
    UniqueConstraint(
        "region", "visit", "laptop", "field", "reason", name="conflicts_one_a_field"
    ),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    Index("conflicts_open", "region", "state", "found_at"),
)
"""`field` is empty for what concerns the whole visit (or day), which then has a `reason`."""

set_aside = Table(
    "set_aside",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("header_sha256", String(64), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("settled_at", Instant, nullable=False),
    Column("settled_by", String(128), nullable=False),
    PrimaryKeyConstraint("region", "laptop", "header_sha256"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
)
"""What a person decided about an operation that was set aside, and why it was."""

laptop_reports = Table(
    "laptop_reports",
    metadata,
    Column("region", String(64), nullable=False),
    Column("laptop", String(64), nullable=False),
    Column("incarnation", Integer, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
    Column("waiting", Integer),
    Column("files_waiting", Integer),
    Column("oldest_waiting", Instant),
    Column("told_at", Instant, nullable=False),
    PrimaryKeyConstraint("region", "laptop"),
    ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
)
"""What a laptop said of itself with its last sync that said something else."""

REPORTED = (
    laptop_reports.c.incarnation,
    laptop_reports.c.last_sequence,
    laptop_reports.c.waiting,
    laptop_reports.c.files_waiting,
    laptop_reports.c.oldest_waiting,
)
"""The columns of a `Report`."""

Report = tuple[object, ...]
"""What a laptop said, in the order of `REPORTED`; nothing but None where it never did."""

Index("files_arrived", files.c.region, files.c.laptop, files.c.complete_at)
