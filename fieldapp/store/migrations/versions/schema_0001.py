"""Schema 1: visits, the outbox and its chain, attachments, audit trail, counters, state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _make_visits()
    _make_operations()
    _make_attachments()
    op.create_table(
        "state",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("scope", sa.String, primary_key=True),
        sa.Column("next", sa.BigInteger, nullable=False),
    )


def _make_visits() -> None:
    op.create_table(
        "visits",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("route_position", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary),
        sa.Column("withdrawn", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("stale", sa.Boolean(create_constraint=False), nullable=False),
    )
    op.create_index("ix_visits_day", "visits", ["day"])


def _make_operations() -> None:
    op.create_table(
        "operations",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("incarnation", sa.Integer, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("visit", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("header", sa.LargeBinary, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("received_at", sa.BigInteger),
        sa.UniqueConstraint("incarnation", "sequence", name="operations_chain"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_operations_visit", "operations", ["visit"])
    op.create_index("operations_state", "operations", ["state", "position"])
    op.create_table(
        "chain",
        sa.Column("incarnation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("head", sa.String, nullable=False),
    )


def _make_attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("file", sa.String, primary_key=True),
        sa.Column("sha256", sa.String, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String, nullable=False),
        sa.Column("slot", sa.String, nullable=False),
        sa.Column("visit", sa.String, nullable=False),
        sa.Column("upload", sa.String, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.UniqueConstraint("visit", "slot", "sha256", name="attachments_once"),
    )
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])
    op.create_index("ix_attachments_visit", "attachments", ["visit"])
