"""Schema 6: what people decide: conflicts, what was set aside; and what laptops say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the four tables, and find files that are not whole at once."""
    op.create_table(
        "visit_values",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("region", "visit", "version"),
        sa.ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_table(
        "conflicts",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("field", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("site_version", sa.Integer, nullable=False),
        sa.Column("office_version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.UniqueConstraint(
            "region", "visit", "laptop", "field", "reason", name="conflicts_one_a_field"
        ),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
        sa.ForeignKeyConstraint(["region", "holder"], ["holders.region", "holders.id"]),
    )
    op.create_table(
        "set_aside",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("header_sha256", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop", "header_sha256"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    )
    op.create_table(
        "laptop_reports",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("last_sequence", sa.BigInteger, nullable=False),
        sa.Column("waiting", sa.Integer),
        sa.Column("files_waiting", sa.Integer),
        sa.Column("oldest_waiting", sa.DateTime(timezone=True)),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "laptop"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
    )
    op.create_index("conflicts_open", "conflicts", ["region", "state", "found_at"])
    op.create_index("files_arrived", "files", ["region", "laptop", "complete_at"])
