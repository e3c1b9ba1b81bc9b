"""The open office: database, keys, clock and doorkeeper in one hand.

In come settings and a clock; out comes one value that every endpoint and every admin command
works with. Opening it brings the schema up to date and makes sure that key file and database
belong together. Rule: it holds things, it decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from fieldapp.clock import Clock, SystemClock
from sync.server.auth import Doorkeeper
from sync.server.database import OfficeDatabase
from sync.server.digests import Digests
from sync.server.partitions import Partitions
from sync.server.schema import SchemaTooNew, migrate
from sync.server.settings import ServerSettings
from sync.server.tables import offices
from sync.server.vault import Vault, VaultError


class OfficeUnavailable(Exception):
    """The office can't be opened: its folder, key file or database is not what it must be."""


@dataclass(frozen=True, slots=True)
class Office:
    """What an office has at hand while it is open."""

    settings: ServerSettings
    clock: Clock
    vault: Vault
    database: OfficeDatabase
    door: Doorkeeper
    partitions: Partitions = field(default_factory=Partitions)
    digests: Digests = field(default_factory=Digests)

    @classmethod
    def open(cls, settings: ServerSettings, clock: Clock | None = None) -> Office:
        """Open it; makes folders, key file and schema where there are none.

        Raises:
            OfficeUnavailable: folder, key file or database can't be had, or do not belong
                together.
        """
        try:
            settings.files.mkdir(parents=True, exist_ok=True)
            vault = Vault.open(settings.key_file)
            database = OfficeDatabase(settings.db_url)
        except (OSError, VaultError, SQLAlchemyError) as e:
            raise OfficeUnavailable(str(e)) from e
        office = cls(settings, clock or SystemClock(), vault, database, Doorkeeper(vault))
        try:
            migrate(database)
            office._settle_identity()
            office.partitions.keep_ahead(database, office.clock.now())
        except (SQLAlchemyError, SchemaTooNew, OfficeUnavailable) as e:
            database.close()
            raise OfficeUnavailable(str(e).partition("\n")[0]) from e
        return office

    def _settle_identity(self) -> None:
        """Write this office's name into a new database, or compare it with an old one's."""
        with self.database.writing() as c:
            known = c.execute(select(offices.c.id)).scalar_one_or_none()
            if known is None:
                now = self.clock.now()
                c.execute(insert(offices).values(id=self.vault.office, opened_at=now))
            elif known != self.vault.office:
                raise OfficeUnavailable("the key file belongs to another office")

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()
