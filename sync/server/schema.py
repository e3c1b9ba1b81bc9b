"""Brings the office's database to the schema of this version."""

from __future__ import annotations

from sync.server.database import OfficeDatabase
from sync.server.tables import metadata


def migrate(database: OfficeDatabase) -> None:
    """Make what is missing."""
    with database.writing() as c:
        metadata.create_all(c)
