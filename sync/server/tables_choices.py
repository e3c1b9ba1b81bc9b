"""The table of what an office chose for itself; see `choices`."""

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
