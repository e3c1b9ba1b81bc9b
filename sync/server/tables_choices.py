"""The table of single values that an office keeps: what it chose (`choices`), what it is."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from sync.server.tables import Instant, metadata

choices = Table(
    "choices",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
    Column("chosen_at", Instant, nullable=False),
)

ORIGINALS = "originals"
"""Over which connections laptops send photos and captures in full (`choices.Originals`)."""

RESTORED = "restored"
"""Names the last time that the office was put back from a backup (`restoring`)."""
