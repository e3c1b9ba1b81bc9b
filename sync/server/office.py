"""The open office: database, files, keys, clock and doorkeeper in one hand.

In come settings and a clock; out comes one value that every endpoint and every admin command
works with. Opening it brings the schema up to date and makes sure that key file and database
belong together. Rule: it holds things, it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from fieldapp.clock import Clock, SystemClock
from sync.server.auth import Doorkeeper
from sync.server.database import OfficeDatabase, add_if_absent
from sync.server.digests import Digests
from sync.server.objects import Objects, StoreBusy, StoreRefused
from sync.server.objects_disk import DiskObjects
from sync.server.partitions import Partitions
from sync.server.schema import SchemaTooNew, current, migrate
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
    objects: Objects
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
            objects = _objects(settings)
            database = OfficeDatabase(settings.db_url)
        except (OSError, SQLAlchemyError) as e:
            raise OfficeUnavailable(str(e)) from e
        try:
            vault = _vault(settings.key_file, database)
            time = clock or SystemClock()
            office = cls(settings, time, vault, database, Doorkeeper(vault), objects)
            migrate(database)
            office.partitions.keep_ahead(database, office.clock.now())
            office._settle_identity()
        except (OSError, VaultError, SQLAlchemyError, SchemaTooNew, OfficeUnavailable) as e:
            database.close()
            raise OfficeUnavailable(str(e).partition("\n")[0]) from e
        return office

    def _settle_identity(self) -> None:
        """Write this office's name into a new database, or compare it with an old one's."""
        with self.database.writing() as c:
            known = c.execute(select(offices.c.id)).scalar_one_or_none()
            if known is None:  # or another process is just writing the same
                add_if_absent(
                    c, offices, {"id": self.vault.office, "opened_at": self.clock.now()}
                )
                known = c.execute(select(offices.c.id)).scalar_one()
            if known != self.vault.office:
                raise OfficeUnavailable("the key file belongs to another office")

    def check_files(self) -> None:
        """Try once whether files can be kept.

        Raises:
            OfficeUnavailable: they can't; the text says why.
        """
        try:
            self.objects.check()
        except StoreRefused as e:
            raise _no_files(e) from e

    @contextmanager
    def lent(self) -> Iterator[Office]:
        """The office for a block, closed at its end.

        Raises:
            OfficeUnavailable: its database or its store for files gave out meanwhile.
        """
        try:
            yield self
        except OperationalError as e:
            raise OfficeUnavailable(f"the database gave out ({e.orig})") from e
        except StoreBusy as e:
            raise _no_files(e) from e
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def _vault(key_file: Path, database: OfficeDatabase) -> Vault:
    """The office key; a new one is made for a new database only.

    Beside a database of an office it would lie in the place of the right one, where the next
    backup of the key would find it.
    """
    if not key_file.exists():
        key_file.parent.mkdir(parents=True, exist_ok=True)
        with database.reading() as c:
            if current(c) and c.execute(select(offices.c.id)).first() is not None:
                raise OfficeUnavailable(f"the key file {key_file.name} is missing")
    return Vault.open(key_file)


def _objects(settings: ServerSettings) -> Objects:
    """The store for files; what an S3-compatible one needs is loaded only for one."""
    if not settings.files_url:
        settings.files.mkdir(parents=True, exist_ok=True)
        return DiskObjects(settings.files)
    try:
        from sync.server.objects_s3 import S3Objects  # noqa: PLC0415 - of the extra `s3`

        return S3Objects(settings.files_url)
    except ImportError as e:
        raise OfficeUnavailable("an s3:// address needs boto3: install fieldapp[s3]") from e
    except StoreRefused as e:
        raise _no_files(e) from e


def _no_files(error: Exception) -> OfficeUnavailable:
    return OfficeUnavailable(f"the store for files can't be used: {error}")
