import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.errors import StoreCorrupt
from fieldapp.store import attachments, audit, inbox, outbox
from fieldapp.store.attachments import Attachment
from fieldapp.store.database import Database
from fieldapp.store.device import Device

FILES = frozenset({"files"})
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def add(db: Database, content: bytes, visit: str = "visit-1") -> Attachment:
    def change(c: Connection) -> Attachment:
        return attachments.add(
            c, content, visit=visit, slot="old_meter", media_type="image/jpeg"
        )

    return await db.write(change, touched=FILES)


def plain(c: Connection, file: Attachment) -> bytes:
    return attachments.open_plain(c, file.visit, file.sha256)


def on_disk(path: Path) -> list[Path]:
    return list(path.with_suffix(".files").iterdir())


async def test_a_file_is_named_by_its_content(db: Database) -> None:
    made = await add(db, b"a photo")
    assert made == Attachment(
        sha256=hashlib.sha256(b"a photo").hexdigest(),
        size=7,
        media_type="image/jpeg",
        slot="old_meter",
        visit="visit-1",
    )
    assert await db.read(lambda c: plain(c, made)) == b"a photo"


async def test_a_piece_can_be_read(db: Database) -> None:
    made = await add(db, bytes(range(256)) * 1000)
    for start, size, wanted in (
        (65_530, 12, bytes(range(250, 256)) + bytes(range(6))),
        (255_998, 10, b"\xfe\xff"),
        (300_000, 10, b""),
    ):
        piece = partial(
            attachments.open_plain,
            visit_id="visit-1",
            sha256=made.sha256,
            start=start,
            size=size,
        )
        assert await db.read(piece) == wanted


async def test_the_same_content_is_kept_once_a_visit(db: Database, path: Path) -> None:
    first = await add(db, b"same")
    assert await add(db, b"same") == first
    assert len(on_disk(path)) == 1
    await add(db, b"same", visit="visit-2")
    assert len(on_disk(path)) == 2


async def test_small_files_wait_in_front(db: Database) -> None:
    for size in (30, 10, 20):
        await add(db, bytes(size))
    assert [a.size for a in await db.read(attachments.waiting)] == [10, 20, 30]


async def test_the_same_content_in_another_slot_needs_no_second_copy(
    db: Database, path: Path
) -> None:
    first = await add(db, b"same")

    def again(c: Connection) -> Attachment:
        return attachments.add(
            c, b"same", visit="visit-1", slot="seal", media_type="image/jpeg"
        )

    assert await db.write(again, touched=FILES) == first
    assert len(on_disk(path)) == 1


async def test_a_delivered_file_waits_no_more_at_its_own_visit_only(db: Database) -> None:
    mine = await add(db, b"same")
    other = await add(db, b"same", visit="visit-2")
    await db.write(
        lambda c: attachments.note_delivered(c, mine.visit, mine.sha256, AT), touched=FILES
    )
    later = AT + timedelta(hours=1)
    await db.write(
        lambda c: attachments.note_delivered(c, mine.visit, mine.sha256, later), touched=FILES
    )
    assert await db.read(attachments.waiting) == (other,)
    (kept,) = await db.read(partial(attachments.of_visit, visit_id="visit-1"))
    assert kept.delivered_at == AT


async def test_a_visit_takes_only_its_own_copy_with_it(db: Database, path: Path) -> None:
    await add(db, b"same")
    other = await add(db, b"same", visit="visit-2")
    await db.write(lambda c: attachments.remove(c, "visit-1"), touched=FILES)
    assert len(on_disk(path)) == 1
    assert await db.read(lambda c: plain(c, other)) == b"same"


async def test_an_unknown_file_is_a_key_error(db: Database) -> None:
    with pytest.raises(KeyError):
        await db.read(lambda c: attachments.open_plain(c, "visit-1", "none"))


async def test_a_lost_file_is_damage(db: Database, path: Path) -> None:
    made = await add(db, b"photo")
    for file in on_disk(path):
        file.unlink()
    with pytest.raises(StoreCorrupt):
        await db.read(lambda c: plain(c, made))


async def test_a_file_that_is_shorter_than_its_row_is_damage(db: Database) -> None:
    made = await add(db, b"photo")
    longer = text("UPDATE attachments SET size = size + 1")
    await db.write(lambda c: c.execute(longer), touched=FILES)
    with pytest.raises(StoreCorrupt):
        await db.read(lambda c: plain(c, made))


async def test_a_change_that_fails_leaves_no_file(db: Database, path: Path) -> None:
    def change(c: Connection) -> None:
        attachments.add(c, b"x", visit="v", slot="s", media_type="image/png")
        raise LookupError

    kept = await add(db, b"kept")
    with pytest.raises(LookupError):
        await db.write(change, touched=FILES)
    assert len(on_disk(path)) == 1
    assert await db.read(lambda c: plain(c, kept)) == b"kept"


async def test_leftovers_of_a_kill_are_swept_on_opening(path: Path, key: bytes) -> None:
    db = await Database.open(path, key)
    made = await add(db, b"kept")
    await db.close()
    leave(path)
    db = await Database.open(path, key)
    assert len(on_disk(path)) == 1
    assert await db.read(lambda c: plain(c, made)) == b"kept"
    await db.close()


def leave(path: Path) -> None:
    folder = path.with_suffix(".files")
    (folder / "0123456789abcdef").write_bytes(b"without a row")
    (folder / "fedcba.part").write_bytes(b"half written")


async def test_nothing_of_a_customer_lies_there_in_clear(
    enrolled: Database, owner: Device, plan: Callable[..., Visit], path: Path, clock: Clock
) -> None:
    visit = plan(1)
    note = f.ComplaintRecorded(at=AT, text="Kortekaas klaagt over de hond")

    def change(c: Connection) -> None:
        inbox.store_page(c, [inbox.InboxChange(visit.id, 1, visit)], 1)
        outbox.append(c, visit, note, clock)
        attachments.add(
            c, b"Kortekaas " * 9000, visit=visit.id, slot="door", media_type="text/plain"
        )
        audit.append(
            c,
            audit.Entry(
                at=AT,
                purpose="fault",
                visit=visit.id,
                action="identify",
                outcome="done",
                meter="E0044012345678901",
            ),
        )

    await enrolled.write(change, touched=FILES)
    while_open = all_bytes(path.parent)
    await enrolled.close()
    secret_words = [
        *(b"Kortekaas", b"Wilhelmina", b"0174000111", b"Herenstraat", b"2671 AB"),
        *(
            b"871690000000000001",
            b"E0044012345678901",
            b"visit-1",
        ),
        *(owner.private_key, owner.private_key.hex().encode(), b"Oefenmonteur 1"),
        *(b"SQLite format", b"CREATE TABLE", b"operations"),
    ]
    for stage in (while_open, all_bytes(path.parent)):
        assert len(stage) > 90_000
        assert [word for word in secret_words if word in stage] == []


def all_bytes(folder: Path) -> bytes:
    """Every byte and every name below `folder`."""
    names = os.fsencode("\n".join(str(p.relative_to(folder)) for p in folder.rglob("*")))
    return names + b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
