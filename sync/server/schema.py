"""The office's schema number, and the way from an older one to today's.

In comes the database; out comes today's schema. Rule: the whole way is one transaction that
nobody else is in, so a kill leaves either the old schema or the new one. alembic is imported
only where there is a way to go.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from sync.server.database import OfficeDatabase

SCHEMA = "0009"
"""Today's revision."""

_ADVISORY_LOCK = 0x6669656C64617070


class SchemaTooNew(Exception):
    """A newer program wrote this database; `revision` is what it holds."""

    def __init__(self, revision: str) -> None:
        super().__init__(f"a newer program wrote this database (schema {revision})")
        self.revision = revision


def migrate(database: OfficeDatabase) -> bool:
    """Bring the schema up to date; answers whether there was anything to do.

    Raises:
        SchemaTooNew: a newer program wrote this database.
    """
    with database.writing() as c:
        if c.dialect.name == "postgresql":
            c.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        revision = current(c)
        if revision > SCHEMA:
            raise SchemaTooNew(revision)
        if revision == SCHEMA:
            return False
        _upgrade(c)
    return True


def current(c: Connection) -> str:
    """The revision in the database; empty for a new one."""
    if not inspect(c).has_table("alembic_version"):
        return ""
    found = c.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return str(found or "")


def _upgrade(c: Connection) -> None:
    # Late: a database of today's schema never needs it, and it costs a quarter of a second.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "sync.server:migrations")
    config.attributes["connection"] = c
    command.upgrade(config, SCHEMA)
