"""Schema 4: what the vans carry and what moved in them, and what technicians may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of vans, their meters and parts, the moves, and designations."""
    op.create_table(
        "vans",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("region", "technician"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
    op.create_table(
        "stock_meters",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("meter", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("visit", sa.String(64)),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "meter"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
    op.create_index("stock_meters_van", "stock_meters", ["region", "technician", "state"])
    op.create_table(
        "stock_parts",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("part", sa.String(16), nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("region", "technician", "part"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
    op.create_table(
        "stock_moves",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", "what"),
    )
    op.create_table(
        "designations",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("technician", sa.String(64), nullable=False),
        sa.Column("scheme", sa.String(16), nullable=False),
        sa.Column("activities", sa.String(512), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("starts", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("supervisor", sa.Text, nullable=False),
        sa.Column("supervisor_phone", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("region", "technician", "scheme", "activities"),
        sa.ForeignKeyConstraint(
            ["region", "technician"], ["technicians.region", "technicians.id"]
        ),
    )
