"""Schema 9: how many files of each laptop are here, so that it notices a restored office."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the number and count what is there."""
    op.add_column(
        "laptops", sa.Column("files_held", sa.BigInteger, nullable=False, server_default="0")
    )
    op.execute(
        "UPDATE laptops SET files_held = (SELECT count(*) FROM files"
        " WHERE files.region = laptops.region AND files.laptop = laptops.id"
        " AND files.complete_at IS NOT NULL AND files.original IS NULL)"
    )
