"""Schema 4: thumbnails of photos, and since when a file is held back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the thumbnails' table; no file is held back yet."""
    op.add_column("attachments", sa.Column("held_since", sa.BigInteger))
    op.create_table(
        "thumbnails",
        sa.Column("visit", sa.String, primary_key=True),
        sa.Column("original", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
    )
