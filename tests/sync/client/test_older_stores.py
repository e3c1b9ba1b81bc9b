"""Stores that older programs left, with an outbox that waits: it goes to today's office."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from fieldapp.clock import SystemClock
from fieldapp.store import device, outbox, schema, secrets
from fieldapp.store.database import Database
from sync.client.engine import Engine
from sync.client.http import Http
from sync.server.tables import incarnations, laptops
from tests.sync.conftest import QUICK, REGION, RealOffice

RELEASED = Path(__file__).parents[2] / "fieldapp" / "store" / "released"
KEY = bytes(range(32))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[RealOffice]:
    """One that knows nobody: every saved store is the same laptop's, under another key."""
    made = RealOffice(tmp_path / "office")
    yield made
    made.stop()


def know(office: RealOffice, owner: device.Device) -> None:
    """Make the office know the laptop of the saved store."""
    technician, now = office.technician(), office.office.clock.now()
    who = {"region": REGION, "incarnation": owner.incarnation}
    with office.office.database.writing() as c:
        c.execute(
            insert(laptops).values(
                **who,
                id=owner.laptop,
                technician=technician,
                device_name="older",
                public_key=secrets.public_key(owner.private_key),
                practice=owner.practice,
                enrolled_at=now,
                handed_out=0,
            )
        )
        title = owner.system_title
        c.execute(
            insert(incarnations).values(
                **who, laptop=owner.laptop, system_title=title, started_at=now
            )
        )


@pytest.mark.parametrize("number", range(1, schema.SCHEMA + 1))
async def test_what_waits_in_an_older_store_goes(
    office: RealOffice, tmp_path: Path, number: int
) -> None:
    folder = tmp_path / "laptop"
    shutil.copytree(RELEASED / f"schema_{number:04}", folder)
    db = await Database.open(folder / "laptop.db", KEY)
    owner = await db.read(device.device)
    assert owner is not None
    know(office, owner)
    engine = Engine(db, lambda _known: Http(office.url, limits=QUICK), SystemClock())
    report = await engine.sync_once()
    assert report.waiting == 0
    assert report.sent == 2
    assert {item.state for item in await db.read(outbox.items)} <= {"applied", "quarantined"}
    assert len(office.operations(owner.laptop)) == 2
    await engine.close()
    await db.close()
