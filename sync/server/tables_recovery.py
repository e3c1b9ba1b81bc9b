"""The office's table of recovery keys: public halves only, of every generation.

As in `tables`, of whose schema it is. They are the office's, not a region's: one private half
lies offline for all.
"""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from sync.server.tables import Instant, metadata

recovery_keys = Table(
    "recovery_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("generation", Integer, nullable=False, unique=True),
    Column("agreement_key", LargeBinary, nullable=False),
    Column("signing_key", LargeBinary, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("retired_at", Instant),
)
"""`previous` vouches for a key by `signature`; both are empty where nobody does."""
