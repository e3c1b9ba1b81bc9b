import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from fieldapp.store import audit
from fieldapp.store.audit import Entry
from fieldapp.store.database import Database

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
AUDIT = frozenset({"audit"})
METER = "E0044012345678901"


def entry(number: int, meter: str = "") -> Entry:
    return Entry(
        at=AT,
        purpose="fault",
        visit=f"visit-{number}",
        action="identify",
        outcome="done",
        meter=meter,
    )


async def keep(db: Database, *entries: Entry) -> None:
    def change(c: Connection) -> None:
        for one in entries:
            audit.append(c, one)

    await db.write(change, touched=AUDIT)


async def change(db: Database, statement: str, **values: object) -> None:
    await db.write(lambda c: c.execute(text(statement), values), touched=AUDIT)


async def test_entries_are_kept_in_order_and_linked(db: Database) -> None:
    await keep(db, entry(1), entry(2))
    await keep(db, entry(3))
    assert await db.read(audit.entries) == (entry(1), entry(2), entry(3))
    assert await db.read(audit.verify) is None
    assert (await db.read(audit.head)).count == 3


async def test_an_empty_trail_holds(db: Database) -> None:
    assert await db.read(audit.entries) == ()
    assert await db.read(audit.verify) is None
    assert await db.read(audit.head) == audit.Head()


async def test_a_meter_is_a_pseudonym(db: Database) -> None:
    assert await db.read(lambda c: audit.pseudonym(c, METER)) == ""
    await keep(db, entry(1, METER), entry(2, "E0044000000000000"), entry(3, METER))
    first, other, again = (e.meter for e in await db.read(audit.entries))
    assert first == again == await db.read(lambda c: audit.pseudonym(c, METER))
    assert first != other
    assert len(first) == 64
    bodies = await db.read(lambda c: c.execute(text("SELECT body FROM audit")).scalars().all())
    assert METER.encode() not in b"".join(bodies)


async def test_another_laptop_has_other_pseudonyms(
    db: Database, key: bytes, tmp_path: Path
) -> None:
    other = await Database.open(tmp_path / "other" / "store.db", key)
    for store in (db, other):
        await keep(store, entry(1, METER))
    (mine,), (theirs,) = await db.read(audit.entries), await other.read(audit.entries)
    assert mine.meter != theirs.meter
    await other.close()


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET body = CAST(replace(body, 'done', 'none') AS BLOB)", 0),
        ("UPDATE audit SET hash = hex(zeroblob(32)) WHERE sequence = 3", 2),
        ("DELETE FROM audit WHERE sequence = 1", 0),
        ("DELETE FROM audit WHERE sequence = 2", 1),
        ("DELETE FROM audit WHERE sequence = 3", 2),
        ("DELETE FROM audit", 0),
        ("INSERT INTO audit SELECT 4, body, hash FROM audit WHERE sequence = 3", 3),
    ],
)
async def test_the_first_broken_link_is_named(
    db: Database, statement: str, broken: int
) -> None:
    await keep(db, entry(1), entry(2), entry(3))
    await change(db, statement)
    assert await db.read(audit.verify) == broken


async def test_an_entry_that_was_made_anew_is_noticed_at_the_next_one(db: Database) -> None:
    await keep(db, entry(1), entry(2), entry(3))

    def forge(c: Connection) -> None:
        body: bytes = c.execute(text("SELECT body FROM audit WHERE sequence = 2")).scalar_one()
        forged = body.replace(b"visit-2", b"visit-9")
        c.execute(
            text("UPDATE audit SET body = :b, hash = :h WHERE sequence = 2"),
            {"b": forged, "h": hashlib.sha256(forged).hexdigest()},
        )

    await db.write(forge, touched=AUDIT)
    assert await db.read(audit.verify) == 2
