"""Schema 3: what visits left to be proven, and the work that follows them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of pending checks and follow-ups."""
    op.create_table(
        "checks",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("proven_by", sa.String(64), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("settled_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", "what"),
        sa.ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    )
    op.create_index("checks_open", "checks", ["region", "state", "until"])
    op.create_table(
        "follow_ups",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("visit", sa.String(64), nullable=False),
        sa.Column("work", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("planned_as", sa.String(64)),
        sa.PrimaryKeyConstraint("region", "id"),
        sa.ForeignKeyConstraint(["region", "visit"], ["visits.region", "visits.id"]),
    )
    op.create_index("follow_ups_open", "follow_ups", ["region", "state"])
