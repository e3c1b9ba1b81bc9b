"""Schema 5: received operations and the trail by day, and what a sync needs of days gone by.

On PostgreSQL both tables become partitioned, each day that has rows within the last year in a
partition of its own; SQLite gets the same tables without. All rows are carried over.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_LEFT = "_before"
_YEAR = timedelta(days=366)


def upgrade() -> None:
    """Make the new tables, carry everything over, drop the old ones."""
    for name in ("operations_chain", "operations_id", "operations_visit", "operations_outcome"):
        op.drop_index(name, "operations")
    _set_aside("operations")
    _set_aside("audit")
    _operations()
    _audit()
    _small_tables()
    _carry_over("operations", "made_on", "device_time")
    _carry_over("audit", "noted_on", "at")
    _index_operations()
    _fill_small_tables()
    op.create_index(
        "visits_held",
        "visits",
        ["region", "technician", "id", "version"],
        sqlite_where=sa.text("published AND NOT cancelled"),
        postgresql_where=sa.text("published AND NOT cancelled"),
    )


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _set_aside(table: str) -> None:
    op.rename_table(table, table + _LEFT)
    if _on_postgres():  # the names of keys are the schema's
        op.execute(f"ALTER INDEX {table}_pkey RENAME TO {table}{_LEFT}_pkey")


def _operations() -> None:
    op.create_table(
        "operations",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("header_sha256", sa.String(64), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("payload_sha256", sa.String(64), nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("in_chain", sa.Boolean, nullable=False),
        sa.Column("counts", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("device_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trusted_time", sa.DateTime(timezone=True)),
        sa.Column("offset_s", sa.Float),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "made_on", "header_sha256"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
        postgresql_partition_by="RANGE (made_on)",
    )


def _index_operations() -> None:
    op.create_index(
        "operations_chain",
        "operations",
        ["region", "laptop", "made_on", "incarnation", "sequence"],
        unique=True,
        sqlite_where=sa.text("in_chain"),
        postgresql_where=sa.text("in_chain"),
    )
    op.create_index("operations_id", "operations", ["region", "laptop", "id"])
    op.create_index("operations_visit", "operations", ["region", "visit"])
    op.create_index(
        "operations_set_aside",
        "operations",
        ["region", "laptop"],
        sqlite_where=sa.text("outcome = 'quarantined'"),
        postgresql_where=sa.text("outcome = 'quarantined'"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("chain", sa.String(160), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("noted_on", sa.Date, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "noted_on", "number"),
        postgresql_partition_by="RANGE (noted_on)",
    )


def _small_tables() -> None:
    laptop = ["region", "laptop"], ["laptops.region", "laptops.id"]
    op.create_table(
        "chain_ends",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("header_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "incarnation"),
        sa.ForeignKeyConstraint(*laptop),
    )
    op.create_table(
        "waiting_operations",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("header_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "made_on", "header_sha256"),
        sa.ForeignKeyConstraint(*laptop),
    )
    op.create_table(
        "visit_days",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("region", "visit", "made_on"),
    )


def _carry_over(table: str, column: str, time: str) -> None:
    """Every row to its day."""
    days = f"(date({time}))"
    if _on_postgres():
        days = f"(({time} AT TIME ZONE 'UTC')::date)"
        op.execute(f"CREATE TABLE {table}_other PARTITION OF {table} DEFAULT")
        for day in _days(table, days):
            after = day + timedelta(days=1)
            op.execute(
                f"CREATE TABLE {table}_{day:%Y%m%d} PARTITION OF {table}"
                f" FOR VALUES FROM ('{day}') TO ('{after}')"
            )
    names = ", ".join(c["name"] for c in sa.inspect(op.get_bind()).get_columns(table + _LEFT))
    op.execute(
        f"INSERT INTO {table} ({names}, {column}) SELECT {names}, {days} FROM {table}{_LEFT}"
    )
    op.drop_table(table + _LEFT)


def _days(table: str, days: str) -> list[date]:
    query = (
        f"SELECT DISTINCT {days} AS day, CURRENT_DATE AS today FROM {table}{_LEFT} ORDER BY 1"
    )
    found = op.get_bind().execute(sa.text(query)).all()
    return [row.day for row in found if abs(row.today - row.day) < _YEAR]


def _fill_small_tables() -> None:
    """What the operations that are here say."""
    op.execute(
        "INSERT INTO chain_ends (region, laptop, incarnation, sequence, header_sha256)"
        " SELECT o.region, o.laptop, o.incarnation, o.sequence, o.header_sha256"
        " FROM operations o JOIN (SELECT region, laptop, incarnation, max(sequence) AS last"
        " FROM operations WHERE in_chain GROUP BY region, laptop, incarnation) e"
        " ON o.region = e.region AND o.laptop = e.laptop AND o.incarnation = e.incarnation"
        " AND o.sequence = e.last WHERE o.in_chain"
    )
    op.execute(
        "INSERT INTO waiting_operations (region, laptop, made_on, header_sha256)"
        " SELECT region, laptop, made_on, header_sha256 FROM operations"
        " WHERE NOT in_chain AND outcome IN ('held', 'rejected')"
    )
    op.execute(
        "INSERT INTO visit_days (region, visit, made_on)"
        " SELECT DISTINCT region, visit, made_on FROM operations"
    )
