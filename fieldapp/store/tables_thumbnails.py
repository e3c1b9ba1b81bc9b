"""The table of thumbnails; see `thumbnails`."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, String, Table

from fieldapp.store.tables import Moment, metadata

thumbnails = Table(
    "thumbnails",
    metadata,
    Column("visit", String, primary_key=True),
    Column("original", String, primary_key=True),
    Column("sha256", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("delivered_at", Moment),
)
"""One a photo that is not at the office; empty `content`: of this file there is none."""
