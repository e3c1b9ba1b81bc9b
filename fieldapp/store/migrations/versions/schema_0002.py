"""Schema 2: a file is known by visit and content, no longer by its content alone.

The same photo at two visits was marked as delivered for both at once; such marks are taken back
here, and the office, asked again, says of each at once whether it has it. Within a visit the
same content is kept once; the sealed copies that lose their row are swept at the opening.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOVE = """
INSERT INTO attachments (visit, sha256, file, size, media_type, slot, delivered_at)
SELECT visit, sha256, file, size, media_type, slot, CASE
  WHEN (SELECT count(DISTINCT visit) FROM attachments_1 WHERE sha256 = kept.sha256) = 1
  THEN (SELECT min(delivered_at) FROM attachments_1 WHERE sha256 = kept.sha256)
  END
FROM attachments_1 AS kept
WHERE rowid = (
  SELECT min(rowid) FROM attachments_1 WHERE visit = kept.visit AND sha256 = kept.sha256
)
"""


def upgrade() -> None:
    """Bring the files into the new table."""
    op.rename_table("attachments", "attachments_1")
    op.create_table(
        "attachments",
        sa.Column("visit", sa.String, nullable=False),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("slot", sa.String, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("visit", "sha256"),
        sa.UniqueConstraint("file", name="attachments_file"),
    )
    op.execute(_MOVE)
    op.drop_table("attachments_1")
