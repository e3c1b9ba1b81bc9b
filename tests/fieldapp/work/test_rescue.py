from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fieldapp.domain import rescue
from fieldapp.domain.facts import VisitAccepted
from fieldapp.domain.recovery import RecoveryKey, fingerprint
from fieldapp.domain.work_order import Visit
from fieldapp.errors import (
    FileTrouble,
    RescueMediumGone,
    RescueNoRoom,
    RescueUnlocked,
    StoreError,
)
from fieldapp.store import attachments, outbox, passphrase, recovery, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, device
from fieldapp.store.transaction import Transaction
from fieldapp.work.rescue import SHORTEST, Rescued, Wish, export
from fieldapp.work.rescue_medium import Medium

if TYPE_CHECKING:
    from tests.fieldapp.work.conftest import SteppingClock

PHRASE = "correct horse battery"
PAGE = 4096
KEY = bytes(range(32))
OFFICE_SEED = secrets.new_key()
"""Raw Ed25519 key; the agreement key derived from it stands for the office's private half."""


def recovery_key(office: str) -> RecoveryKey:
    keys = secrets.agreement_key(OFFICE_SEED), secrets.public_key(OFFICE_SEED)
    return RecoveryKey(
        id=fingerprint(office, *keys), agreement_key=keys[0], signing_key=keys[1]
    )


@dataclass
class Scene:
    """A laptop with work on it, and a place for the file."""

    db: Database
    clock: SteppingClock
    folder: Path
    owner: Device
    visit: Visit

    async def fill(self, operations: int, files: int, size: int) -> None:
        def work(c: Transaction) -> None:
            for _ in range(operations):
                outbox.append(c, self.visit, VisitAccepted(at=self.clock.now()), self.clock)
            for number in range(files):
                attachments.add(
                    c,
                    bytes([number]) * size,
                    visit=self.visit.id,
                    slot=f"slot{number}",
                    media_type="image/jpeg",
                )

        await self.db.write(work, touched=frozenset())

    async def export(self, name: str = "out.rescue", **wish: Any) -> Rescued:
        return await export(
            self.db, self.clock, Wish(self.folder / name, passphrase=PHRASE, **wish)
        )

    def left(self) -> list[str]:
        return sorted(one.name for one in self.folder.iterdir())


@pytest.fixture
async def scene(
    db: Database, clock: SteppingClock, tmp_path: Path, plan: Callable[..., Visit]
) -> Scene:
    owner = await db.read(device)
    assert owner is not None
    folder = tmp_path / "stick"
    folder.mkdir()
    return Scene(db, clock, folder, owner, plan("reading_preference"))


def opened(path: Path, phrase: str = PHRASE) -> list[rescue.Record]:
    octets = path.read_bytes()
    end = rescue.START + rescue.head_length(octets[: rescue.START])
    head = rescue.parse_head(octets[rescue.START : end])
    key = (
        secrets.open_sealed(
            OFFICE_SEED, head.sealed, rescue.key_binding(head.office, head.recovery)
        )
        if head.recovery
        else passphrase.stretched(phrase, head.costs)
    )
    reader = rescue.Reader(octets[:end], lambda n, s, a: secrets.unseal(key, n, s, a))
    return [*reader.feed(octets[end:]), *reader.close()]


async def test_without_a_recovery_key_a_passphrase_locks_it(scene: Scene) -> None:
    await scene.fill(60, 5, 300_000)
    file = scene.folder / "out.rescue"
    with pytest.raises(RescueUnlocked) as refused:
        await export(scene.db, scene.clock, Wish(file, passphrase="short"))
    assert refused.value.characters == SHORTEST
    told: list[Rescued] = []
    wish = Wish(file, passphrase=PHRASE)
    done = await export(scene.db, scene.clock, wish, told.append)
    assert (done.recovery, done.operations, done.files) == ("", 60, 5)
    assert done.octets == done.total
    octets = [one.octets for one in told]
    assert octets == sorted(octets)
    assert len(octets) > 5
    items = await scene.db.read(outbox.items)
    kept = [one for one in opened(file) if isinstance(one, rescue.Operation)]
    assert [(k.header, k.signature, k.payload, k.state) for k in kept] == [
        (i.operation.header, i.operation.signature, i.operation.payload, i.state) for i in items
    ]
    assert b"slot1" not in file.read_bytes()
    assert scene.left() == ["out.rescue"]
    with pytest.raises(FileTrouble):
        await export(scene.db, scene.clock, wish)


async def test_delivered_files_go_along_only_when_asked(scene: Scene) -> None:
    await scene.fill(3, 12, 1000)
    key = recovery_key(scene.owner.office)

    def settle(c: Transaction) -> None:
        recovery.learn(c, (key,))
        for one in attachments.waiting(c)[:10]:
            attachments.note_delivered(c, one.visit, one.sha256, scene.clock.now())

    await scene.db.write(settle, touched=frozenset())
    done = await scene.export("a.rescue")
    assert (done.files, done.recovery) == (2, key.id)
    assert (await scene.export("b.rescue", everything=True)).files == 12
    files = [one for one in opened(scene.folder / "b.rescue") if isinstance(one, rescue.File)]
    assert sum(one.delivered_at is not None for one in files) == 10


async def test_a_store_with_damaged_pages_gives_what_can_be_read(scene: Scene) -> None:
    key = recovery_key(scene.owner.office)
    await scene.db.write(lambda c: recovery.learn(c, (key,)), touched=frozenset())
    await scene.fill(60, 8, 700)
    path = scene.db.path
    await scene.db.close()
    healthy = path.read_bytes()
    kinds = set()
    for page in range(1, len(healthy) // PAGE):
        damaged = bytearray(healthy)
        damaged[page * PAGE + 50] ^= 0xFF
        path.write_bytes(damaged)
        scene.db = await Database.open_damaged(path, KEY)
        done = await scene.export(f"{page}.rescue")
        await scene.db.close()
        assert done.operations + done.lost_operations == 60, page
        assert done.files + done.lost_files == 8, page
        records = opened(scene.folder / f"{page}.rescue")
        lost = [one for one in records if isinstance(one, rescue.Lost)]
        assert sum(one.count for one in lost) == done.lost_operations + done.lost_files
        kinds.add((0 < done.lost_operations < 12, done.lost_files > 0, done.signed))
    assert (True, False, True) in kinds, "a page of operations"
    assert (False, True, True) in kinds, "the page of the files"
    assert (False, False, True) in kinds, "a page of something else"
    assert (False, False, False) in kinds, "the page that says who the laptop is"


async def test_a_disk_that_reads_badly_gives_what_can_be_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.fill(60, 8, 700)
    read, rows = Database.read, iter(range(1000))

    async def badly(db: Database, query: Callable[[Transaction], object]) -> object:
        if "_fetched" in query.__qualname__ and not next(rows) % 3:
            raise StoreError(str(db.path), "SQLITE_IOERR_READ")
        return await read(db, query)

    monkeypatch.setattr(Database, "read", badly)
    done = await scene.export()
    assert 0 < done.lost_operations < 60
    assert done.operations + done.lost_operations == 60
    assert done.files + done.lost_files == 8


async def test_a_missing_or_damaged_photo_costs_no_other(scene: Scene) -> None:
    await scene.fill(5, 5, 100_000)
    sealed = sorted(scene.db.path.with_suffix(".files").iterdir())
    sealed[0].unlink()
    body = bytearray(sealed[1].read_bytes())
    body[-100] ^= 1
    sealed[1].write_bytes(body)
    done = await scene.export()
    assert (done.files, done.lost_files, done.operations) == (3, 2, 5)
    records = opened(scene.folder / "out.rescue")
    lost = {one.which for one in records if isinstance(one, rescue.Lost)}
    assert len(lost) == 2
    assert lost <= {one.sha256 for one in await scene.db.read(attachments.waiting)}


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, RescueNoRoom),
        (errno.EFBIG, RescueNoRoom),
        (errno.EIO, RescueMediumGone),
        (errno.ENODEV, RescueMediumGone),
        (errno.EACCES, FileTrouble),
    ],
)
async def test_a_medium_that_fails_leaves_nothing_and_everything_stands(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[FileTrouble]
) -> None:
    await scene.fill(5, 3, 300_000)
    before = await scene.db.read(outbox.items)
    written = 0

    class Failing(Medium):
        def write(self, octets: bytes) -> None:
            nonlocal written
            written += 1
            if written > 5:
                with self._translated():
                    raise OSError(code, "no more")
            super().write(octets)

    monkeypatch.setattr("fieldapp.work.rescue.Medium", Failing)
    with pytest.raises(FileTrouble) as caught:
        await scene.export()
    assert type(caught.value) is kind
    assert scene.left() == []
    assert await scene.db.read(outbox.items) == before


async def test_a_place_that_is_not_there(scene: Scene) -> None:
    with pytest.raises(RescueMediumGone):
        await scene.export("gone/out.rescue")


async def test_who_cancels_leaves_nothing(scene: Scene) -> None:
    await scene.fill(5, 12, 300_000)
    begun = asyncio.Event()
    wish = Wish(scene.folder / "out.rescue", passphrase=PHRASE)
    task = asyncio.ensure_future(export(scene.db, scene.clock, wish, lambda _done: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scene.left() == []
