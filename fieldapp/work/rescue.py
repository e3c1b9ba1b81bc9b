"""The rescue export: the whole outbox and its files in one encrypted file, for a bad day.

In come an open store and a path; out comes the file, and what is in it and what could not be
read. It needs no office and no healthy database, and the file is there whole or not at all.
Rule: nothing here is marked by it; the outbox stays as it is and waits for its sync.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from fieldapp.clock import Clock
from fieldapp.domain import rescue
from fieldapp.domain.operation import SignedOperation, decode_header
from fieldapp.domain.recovery import RecoveryKey
from fieldapp.errors import RescueUnlocked, StoreCorrupt
from fieldapp.store import (
    attachments,
    device,
    outstanding,
    passphrase,
    recovery,
    salvage,
    secrets,
)
from fieldapp.store.database import Database
from fieldapp.store.device import Device
from fieldapp.store.salvage import KeptFile, Unreadable
from fieldapp.store.transaction import Transaction
from fieldapp.work.rescue_medium import Medium

T = TypeVar("T")

SHORTEST = 12
"""Characters of a passphrase for a rescue file."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written, and how it is locked.

    Attributes:
        everything: also files that the office has confirmed and that are still here.
        passphrase: used only where this laptop knows no recovery key.
    """

    path: Path
    everything: bool = False
    passphrase: str = ""


@dataclass(frozen=True, slots=True)
class Rescued:
    """What is in the file so far, or in all.

    Attributes:
        octets: of operations and contents.
        total: of all that is to go, as far as it is known; 0: unknown.
        lost_operations: that are kept here and can't be read.
        recovery: id of the key that it is sealed to; empty: a passphrase.
        signed: whether the laptop's own key signed it.
    """

    operations: int = 0
    files: int = 0
    octets: int = 0
    total: int = 0
    lost_operations: int = 0
    lost_files: int = 0
    recovery: str = ""
    signed: bool = False


Tell = Callable[[Rescued], None]


async def export(db: Database, clock: Clock, wish: Wish, tell: Tell | None = None) -> Rescued:
    """Write the file; whoever cancels it leaves nothing behind.

    Raises:
        RescueUnlocked: no recovery key is known here, and no passphrase that is long enough
            was given.
        RescueNoRoom: the medium is full; nothing is left on it.
        RescueMediumGone: the medium was taken out; nothing is taken from the laptop.
        FileTrouble: it can't be written there, or a file of that name is there already.
        StoreError: the store can't be read at all.
    """
    owner = await salvage.attempt(db, device.device)
    known = await salvage.attempt(db, recovery.known)
    taken = known.taken if known is not None else None
    if taken is None and len(wish.passphrase) < SHORTEST:
        raise RescueUnlocked(SHORTEST)
    office = owner.office if owner is not None else ""
    head, key = await asyncio.to_thread(_head, office, taken, wish.passphrase)
    done = Rescued(recovery=head.recovery, total=await _total(db, wish))
    medium = Medium(wish.path)
    try:
        run = _Run(db, clock, medium, tell or (lambda _done: None), done)
        await run.write(head, key, owner, everything=wish.everything)
    finally:
        await beside(medium.leave)
    return run.done


def _head(office: str, taken: RecoveryKey | None, typed: str) -> tuple[rescue.Head, bytes]:
    """What stands in the clear, and the file's key."""
    if taken is None:
        costs = passphrase.new_costs()
        return rescue.Head(office=office, costs=costs), passphrase.stretched(typed, costs)
    key = secrets.new_key()
    bound = rescue.key_binding(office, taken.id)
    sealed = secrets.seal_to(taken.agreement_key, key, bound)
    return rescue.Head(office=office, recovery=taken.id, sealed=sealed), key


async def _total(db: Database, wish: Wish) -> int:
    def count(c: Transaction) -> int:
        return outstanding.kept(c)[1] + attachments.kept(c, everything=wish.everything)[1]

    return await salvage.attempt(db, count) or 0


async def beside(work: Callable[[], T]) -> T:
    """Do something with the medium in another thread; a cancel waits until it is done."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class _Run:
    """One export under way."""

    def __init__(
        self, db: Database, clock: Clock, medium: Medium, tell: Tell, done: Rescued
    ) -> None:
        self._db = db
        self._clock = clock
        self._medium = medium
        self._tell = tell
        self.done = done

    async def write(
        self, head: rescue.Head, key: bytes, owner: Device | None, *, everything: bool
    ) -> None:
        start = rescue.opening(head)
        self._writer = rescue.Writer(
            start, lambda n, plain, about: secrets.seal(key, n, plain, about)
        )
        await beside(self._medium.begin)
        await beside(lambda: self._medium.write(start))
        await self._operations(owner)
        await self._files(everything=everything)
        await self._end(owner)
        await beside(self._medium.finish)

    async def _add(self, record: rescue.Record) -> None:
        ready = self._writer.add(record)
        if ready:
            await beside(lambda: self._medium.write(ready))
            self._tell(self.done)

    async def _operations(self, owner: Device | None) -> None:
        """The manifest with the first of them: it names the laptop where nothing else does."""
        begun = False
        async for item in salvage.outbox_items(self._db):
            if isinstance(item, Unreadable):
                lost = self.done.lost_operations + 1
                self.done = replace(self.done, lost_operations=lost)
                continue
            if not begun:
                await self._add(self._manifest(owner, item.operation))
                begun = True
            await self._add(
                rescue.Operation(
                    header=item.operation.header,
                    signature=item.operation.signature,
                    payload=item.operation.payload,
                    state=item.state,
                    reason=item.reason,
                    received_at=item.received_at,
                )
            )
            self._count(item.size, operations=1)
        if not begun:
            await self._add(self._manifest(owner, None))
        if self.done.lost_operations:
            await self._add(rescue.Lost(what="operation", count=self.done.lost_operations))

    def _manifest(self, owner: Device | None, first: SignedOperation | None) -> rescue.Manifest:
        now = self._clock.now()
        if owner is None:
            laptop = decode_header(first.header).laptop if first is not None else ""
            return rescue.Manifest(laptop=laptop, office="", made_at=now)
        return rescue.Manifest(
            laptop=owner.laptop,
            office=owner.office,
            technician=owner.technician,
            region=owner.region,
            incarnation=owner.incarnation,
            practice=owner.practice,
            public_key=secrets.public_key(owner.private_key),
            made_at=now,
        )

    async def _files(self, *, everything: bool) -> None:
        async for file in _small_first(self._db, everything=everything):
            if isinstance(file, Unreadable):
                await self._lost_file(file.which)
                continue
            about = file.about
            await self._add(
                rescue.File(
                    visit=about.visit,
                    sha256=about.sha256,
                    size=about.size,
                    slot=about.slot,
                    media_type=about.media_type,
                    delivered_at=about.delivered_at,
                )
            )
            try:
                await self._content(file)
            except StoreCorrupt:
                await self._lost_file(about.sha256)
            else:
                self._count(0, files=1)

    async def _content(self, file: KeptFile) -> None:
        for start in range(0, file.about.size, rescue.CONTENT):
            octets = await salvage.content(self._db, file, start, rescue.CONTENT)
            await self._add(rescue.Content(octets=octets))
            self._count(len(octets))

    async def _lost_file(self, sha256: str) -> None:
        self.done = replace(self.done, lost_files=self.done.lost_files + 1)
        await self._add(rescue.Lost(what="file", which=sha256))

    async def _end(self, owner: Device | None) -> None:
        done = self.done
        lost = done.lost_operations + done.lost_files
        await self._add(
            rescue.End(
                operations=done.operations, files=done.files, octets=done.octets, lost=lost
            )
        )
        text = rescue.signed_text(self._writer.digest)
        signature = secrets.sign(owner.private_key, text) if owner is not None else b""
        self.done = replace(done, signed=owner is not None)
        await self._add(rescue.Signed(signature=signature))
        last = self._writer.close()
        await beside(lambda: self._medium.write(last))

    def _count(self, octets: int, *, operations: int = 0, files: int = 0) -> None:
        done = self.done
        self.done = replace(
            done,
            operations=done.operations + operations,
            files=done.files + files,
            octets=done.octets + octets,
        )


async def _small_first(
    db: Database, *, everything: bool
) -> AsyncIterator[KeptFile | Unreadable]:
    """The files that are to go, small ones first, as with a sync."""
    found = [file async for file in salvage.files(db)]
    kept = [file for file in found if isinstance(file, KeptFile)]
    for file in sorted(kept, key=lambda file: (file.about.size, file.name)):
        if everything or file.about.delivered_at is None:
            yield file
    for lost in found:
        if isinstance(lost, Unreadable):
            yield lost
