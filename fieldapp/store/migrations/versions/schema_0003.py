"""Schema 3: meters' keys, as sealed as they come; the office sends them by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "meter_keys",
        sa.Column("visit", sa.String, primary_key=True),
        sa.Column("meter", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
