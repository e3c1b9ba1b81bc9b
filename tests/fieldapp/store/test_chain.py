import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, text

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.operation import (
    decode_header,
    sha256_hex,
)
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, chain, inbox, outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, store_device
from tests.fieldapp.store.rows import list_files

OUTBOX = frozenset({"outbox"})
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCEPTED = f.VisitAccepted(at=AT)
TRAVELLING = f.VisitTravelling(at=AT)
Plan = Callable[..., Visit]


async def add(db: Database, visit: Visit, clock: Clock, *facts: f.AnyFact) -> list[str]:
    return await db.write(
        lambda c: [outbox.append(c, visit, fact, clock) for fact in facts], touched=OUTBOX
    )


@pytest.mark.parametrize("column", ["header", "signature", "payload"])
async def test_a_changed_operation_breaks_the_chain(
    enrolled: Database, owner: Device, plan: Plan, clock: Clock, column: str
) -> None:
    ids = await add(enrolled, plan(1), clock, *[ACCEPTED] * 3)

    def forge(c: Connection) -> None:
        old: bytes = c.execute(
            text(f"SELECT {column} FROM operations WHERE id = :id"), {"id": ids[1]}
        ).scalar_one()
        new = old.replace(b"L1", b"L2") if column == "header" else bytes(64)
        c.execute(
            text(f"UPDATE operations SET {column} = :new WHERE id = :id"),
            {"new": new, "id": ids[1]},
        )

    await enrolled.write(forge, touched=OUTBOX)
    public = secrets.public_key(owner.private_key)
    assert await enrolled.read(lambda c: chain.broken_at(c, public)) == ids[1]


async def test_a_resigned_link_in_the_wrong_place_breaks_the_chain(
    enrolled: Database, owner: Device, plan: Plan, clock: Clock
) -> None:
    ids = await add(enrolled, plan(1), clock, *[ACCEPTED] * 3)

    def forge(c: Connection) -> None:
        item = outbox.items(c)[1]
        header = decode_header(item.operation.header)
        forged = msgspec.json.encode(msgspec.structs.replace(header, visit="visit-9"))
        c.execute(
            text("UPDATE operations SET header = :h, signature = :s WHERE id = :id"),
            {"h": forged, "s": secrets.sign(owner.private_key, forged), "id": ids[1]},
        )

    await enrolled.write(forge, touched=OUTBOX)
    public = secrets.public_key(owner.private_key)
    assert await enrolled.read(lambda c: chain.broken_at(c, public)) == ids[2]


APPENDER = """
import asyncio, os, sys
from pathlib import Path
import msgspec
from fieldapp.clock import SystemClock
from fieldapp.domain.facts import ReadingTaken
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, outbox
from fieldapp.store.database import Database

fact = msgspec.json.decode(sys.stdin.buffer.readline(), type=ReadingTaken)
visit = msgspec.json.decode(sys.stdin.buffer.readline(), type=Visit)

async def main():
    db = await Database.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
    clock = SystemClock()

    def edit(c):
        operation = outbox.append(c, visit, fact, clock)
        photo = attachments.add(
            c, os.urandom(70_000), visit=visit.id, slot="meter", media_type="image/jpeg"
        )
        return operation, photo.sha256

    while True:
        operation, photo = await db.write(edit, touched=frozenset())
        sys.stdout.write(f"{operation} {photo}\\n")
        sys.stdout.flush()

asyncio.run(main())
"""


async def test_a_kill_at_any_commit_loses_nothing_that_was_reported(
    path: Path, key: bytes, owner: Device, plan: Plan
) -> None:
    db = await Database.open(path, key)
    change = inbox.InboxChange("visit-1", 1, plan(1))
    await db.write(lambda c: store_device(c, owner), touched=OUTBOX)
    await db.write(lambda c: inbox.store_page(c, [change], 1), touched=OUTBOX)
    await db.close()
    chance = random.Random(20260302)
    reported: list[tuple[str, str]] = []
    public = secrets.public_key(owner.private_key)
    for _ in range(6):
        reported += await asyncio.to_thread(
            append_until_killed, path, key, plan(1), chance.randrange(1, 12)
        )
        db = await Database.open(path, key)
        await db.check()
        items = await db.read(outbox.items)
        assert {operation for operation, _ in reported} <= {i.id for i in items}
        assert [i.sequence for i in items] == list(range(1, len(items) + 1))
        assert await db.read(lambda c: chain.broken_at(c, public)) is None
        files = await db.read(attachments.waiting)
        assert {photo for _, photo in reported} <= {a.sha256 for a in files}
        assert len(files) == len(items) == len(list_files(path))
        assert await db.read(damaged_files) == []
        await db.close()


def damaged_files(c: Connection) -> list[str]:
    kept = [(a.visit, a.sha256) for a in attachments.waiting(c)]
    return [n for v, n in kept if sha256_hex(attachments.open_plain(c, v, n)) != n]


def append_until_killed(
    path: Path, key: bytes, visit: Visit, count: int
) -> list[tuple[str, str]]:
    """Let a program append; kill it right after its `count`th report, wherever it is then."""
    fact = f.ReadingTaken(
        at=AT,
        moment="final",
        ean="871690000000000001",
        meter="E0044012345678901",
        obis="1-0:1.8.1",
        digits="001234",
        value=Decimal(1234),
        unit="kWh",
        settlement=Decimal(1234),
        channel=f.Channel.DISPLAY,
    )
    with subprocess.Popen(
        [sys.executable, "-c", APPENDER, str(path), key.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(msgspec.json.encode(fact) + b"\n")
        program.stdin.write(msgspec.json.encode(visit) + b"\n")
        program.stdin.flush()
        lines = [program.stdout.readline() for _ in range(count)]
        program.kill()
        lines += program.stdout.readlines()
    whole = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return [(operation, photo) for operation, photo in whole]
