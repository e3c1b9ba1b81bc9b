"""The database's schema number, and the way from an older one to today's.

In comes a connection inside a write transaction; out comes today's schema. Rule: the whole way
is that one transaction, so a kill leaves either the old schema or the new one. alembic is
imported only where there is a way to go.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from fieldapp.errors import StoreTooNew

SCHEMA = 4
"""Today's schema number; revision `0001` of the migrations is number 1."""


def current(connection: Connection) -> int:
    """The number in the file; 0 for an empty one."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def migrate(connection: Connection, path: Path) -> bool:
    """Bring the schema up to date; answers whether there was anything to do.

    Raises:
        StoreTooNew: a newer program wrote this database.
    """
    number = current(connection)
    if number > SCHEMA:
        raise StoreTooNew(str(path), str(number))
    if number == SCHEMA:
        return False
    _upgrade(connection)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
    return True


def _upgrade(connection: Connection) -> None:
    # Late: a database of today's schema never needs it, and it costs a quarter of a second.
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415 - see above

    config = Config()
    config.set_main_option("script_location", "fieldapp.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, f"{SCHEMA:04}")
