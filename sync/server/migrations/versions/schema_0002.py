"""Schema 2: meters' keys, the key that each laptop gets them sealed to, and who got which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of meters' keys; laptops bring their key with the next sync."""
    op.add_column("laptops", sa.Column("agreement_key", sa.LargeBinary))
    op.create_table(
        "meter_keys",
        sa.Column("meter", sa.String(64), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "handed_keys",
        sa.Column("region", sa.String(64), nullable=False),
        sa.Column("laptop", sa.String(64), nullable=False),
        sa.Column("meter", sa.String(64), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("region", "laptop", "meter"),
        sa.ForeignKeyConstraint(["region", "laptop"], ["laptops.region", "laptops.id"]),
        sa.ForeignKeyConstraint(["meter"], ["meter_keys.meter"]),
    )
