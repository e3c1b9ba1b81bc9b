"""A store of every released schema, opened by today's program: nothing of it is lost."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from fieldapp.store import (
    attachments,
    audit,
    chain,
    drafts,
    meter_keys,
    opening,
    orders,
    outbox,
    salvage,
    schema,
    secrets,
)
from fieldapp.store.attachments import Attachment
from fieldapp.store.database import Database
from fieldapp.store.device import device
from tests.fieldapp.store.released.save import AT, BOTH, FOLDER, KEY, KEYS, NEW, SENT, TWICE

RELEASED = sorted(FOLDER.glob("schema_*"))


def saved(released: Path, tmp_path: Path) -> Path:
    """A copy of a saved store, as a laptop would have it."""
    return Path(shutil.copytree(released, tmp_path / "laptop")) / "laptop.db"


def files(c: Connection) -> dict[tuple[str, bytes], Attachment]:
    """What is kept, by visit and content, as it is read back."""
    return {
        (visit, attachments.open_plain(c, visit, file.sha256)): file
        for visit in ("visit-1", "visit-2")
        for file in attachments.of_visit(c, visit)
    }


def test_every_schema_has_its_store() -> None:
    assert [path.name for path in RELEASED] == [
        f"schema_{number:04}" for number in range(1, schema.SCHEMA + 1)
    ]


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name)
async def test_a_damaged_one_is_read_as_it_is(released: Path, tmp_path: Path) -> None:
    db = await Database.open_damaged(saved(released, tmp_path), KEY)
    found = [one async for one in salvage.files(db)]
    rows = "SELECT count(*) FROM attachments"
    assert len(found) == await db.read(lambda c: c.exec_driver_sql(rows).scalar())
    assert all(isinstance(one, salvage.KeptFile) for one in found)
    assert len([one async for one in salvage.outbox_items(db)]) == 2
    assert await db.read(schema.current) == int(released.name[-4:])
    await db.close()


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name)
async def test_a_released_store_opens_and_has_everything(
    released: Path, tmp_path: Path
) -> None:
    path = saved(released, tmp_path)
    db = await Database.open(path, KEY)
    assert await db.read(schema.current) == schema.SCHEMA
    owner = await db.read(device)
    assert owner is not None
    assert owner.laptop == "L1"
    assert [v.visit.number for v in await db.read(orders.held)] == ["V-1", "V-2"]
    assert len(await db.read(outbox.items)) == 2
    public_key = secrets.public_key(owner.private_key)
    assert await db.read(lambda c: chain.broken_at(c, public_key)) is None
    assert await db.read(audit.verify) is None
    assert await db.read(lambda c: drafts.load(c, "visit-1")) == {"read/enter:digits": "123"}
    found = await db.read(files)
    assert set(found) == {
        ("visit-1", BOTH),
        ("visit-1", TWICE),
        ("visit-1", SENT),
        ("visit-2", BOTH),
        ("visit-2", NEW),
    }
    assert found["visit-1", SENT].delivered_at == AT
    assert found["visit-2", NEW].delivered_at is None
    assert len(list(path.with_suffix(".files").iterdir())) == len(found)
    held = () if released.name < "schema_0003" else (KEYS[0].meter,)
    assert await db.read(meter_keys.held) == held
    await db.close()


async def test_schema_1_said_delivered_of_two_visits_at_once_and_both_are_asked_again(
    tmp_path: Path,
) -> None:
    db = await Database.open(saved(RELEASED[0], tmp_path), KEY)
    waiting = await db.read(attachments.waiting)
    both = hashlib.sha256(BOTH).hexdigest()
    assert [file.visit for file in waiting if file.sha256 == both] == ["visit-1", "visit-2"]
    await db.close()


def test_a_kill_on_the_way_to_the_new_schema_leaves_the_old_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(RELEASED[0], tmp_path)
    engine = opening.make_engine(path, KEY)
    with engine.begin() as c:
        before = rows(c)
    upgrade: Callable[[Connection], None] = schema._upgrade

    def killed(c: Connection) -> None:
        upgrade(c)
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "_upgrade", killed)
    with pytest.raises(KeyboardInterrupt), engine.begin() as c:
        schema.migrate(c, path)
    with engine.begin() as c:
        assert (schema.current(c), rows(c)) == (1, before)
    engine.dispose()


def rows(c: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in c.exec_driver_sql("SELECT * FROM attachments ORDER BY file")]
