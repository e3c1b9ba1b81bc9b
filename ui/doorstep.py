"""What happens before a laptop is open: its key, its first owner, its lock.

In come the data folder and what was typed; out comes an open `Laptop`. Rule: one store a
folder, opened once; a failed enrolment leaves it open for the next try, and whoever takes
`laptop` closes it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldapp.clock import Clock
from fieldapp.errors import KeyUnavailable
from fieldapp.store import device, planner
from fieldapp.store.database import Database
from fieldapp.store.keys import (
    KeyringSource,
    KeySource,
    PassphraseSource,
    key_kind,
    keyring_works,
    load_or_create_key,
)
from fieldapp.store.transaction import Transaction
from ui.key_source import key_source_of
from ui.presenters.frame import Role
from ui.wiring import STORE_FILE, Laptop, Outside, machine, open_laptop

if TYPE_CHECKING:
    from fieldapp.work.rescue import Rescued


class Doorstep:
    """Stands before one data folder."""

    def __init__(self, folder: Path, outside: Outside | None = None) -> None:
        """Nothing is opened before it is asked for."""
        self._folder = folder
        self._outside = outside or machine()
        self.laptop: Laptop | None = None
        self._tried: KeySource | None = None

    @property
    def clock(self) -> Clock:
        """The one that the laptop has."""
        return self._outside.clock

    def is_locked(self) -> bool:
        """Whether there is a store here that a passphrase opens."""
        return self.laptop is None and key_kind(self._folder) == PassphraseSource.kind

    async def asks_passphrase(self) -> bool:
        """Whether a new store needs a passphrase here."""
        if key_kind(self._folder) is not None or self.laptop is not None:
            return False
        return not await asyncio.to_thread(keyring_works)

    async def open(self) -> bool:
        """Open the store that is here without asking anything; False when it is nobody's.

        Raises:
            StoreError: as `open_laptop`; KeyUnavailable where it needs a passphrase.
        """
        return await self._opened_with(self._tried or key_source_of(self._folder))

    async def unlock(self, passphrase: str) -> bool:
        """Open the store that is here; False when it is nobody's yet.

        Raises:
            WrongKey: another passphrase.
            StoreError: as `open_laptop`.
        """
        return await self._opened_with(PassphraseSource(passphrase))

    async def rescue(self, path: Path) -> Rescued:
        """Write what can be read of the store that does not open to a rescue file.

        Raises:
            StoreError: nothing of it can be read.
            FieldAppError: as `fieldapp.work.rescue.export`.
        """
        from fieldapp.work.rescue import Wish, export  # noqa: PLC0415 - on a bad day only

        source = self._tried or key_source_of(self._folder)
        key = await asyncio.to_thread(load_or_create_key, self._folder, source)
        db = await Database.open_damaged(self._folder / STORE_FILE, key)
        try:
            return await export(db, self.clock, Wish(path))
        finally:
            await db.close()

    async def enrol(self, url: str, code: str, passphrase: str) -> None:
        """Make this a technician's laptop; errors as `ui.enrolment.enrol`."""
        from ui.enrolment import Enrolment, enrol  # noqa: PLC0415 - once in a laptop's life

        laptop = await self._open(passphrase)
        await enrol(laptop, Enrolment(url, code))

    async def plan(self, url: str, token: str, passphrase: str) -> None:
        """Make this a dispatcher's machine, after the office took the token.

        Raises:
            Unauthorized: it did not.
            SyncError: as `Http.send`.
        """
        from sync.client.desk import Desk  # noqa: PLC0415 - a technician never needs it

        laptop = await self._open(passphrase)
        desk = Desk(laptop.http(url), token)
        try:
            await desk.board(laptop.today())
        finally:
            await desk.close()
        who = planner.Planner(server_url=url, token=token)
        await laptop.db.write(
            lambda c: planner.store_planner(c, who), touched=frozenset({"device"})
        )

    async def workshop(self, passphrase: str) -> None:
        """Use this laptop for meters on the bench only."""
        laptop = await self._open(passphrase)
        await laptop.keep(msgspec.structs.replace(laptop.settings, role=str(Role.WORKSHOP)))

    async def close(self) -> None:
        """Close what nobody took."""
        laptop, self.laptop = self.laptop, None
        if laptop is not None:
            await laptop.close()

    async def _open(self, passphrase: str) -> Laptop:
        if self.laptop is None:
            await self._opened_with(self._source(passphrase))
        if self.laptop is None:
            raise KeyUnavailable(str(self._folder), KeyringSource.kind)
        return self.laptop

    def _source(self, passphrase: str) -> KeySource:
        if passphrase and key_kind(self._folder) in {None, PassphraseSource.kind}:
            return PassphraseSource(passphrase)
        return key_source_of(self._folder)

    async def _opened_with(self, source: KeySource) -> bool:
        self._tried = source
        if self.laptop is None:
            self.laptop = await open_laptop(self._folder, source, self._outside)
        laptop = self.laptop
        return bool(laptop.settings.role) or await laptop.db.read(_has_owner)


def _has_owner(c: Transaction) -> bool:
    return device.device(c) is not None or planner.planner(c) is not None
