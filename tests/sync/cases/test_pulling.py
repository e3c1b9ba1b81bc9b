"""What comes from the office: pages, the cursor after them, and who may have them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.errors import StoreFull
from fieldapp.store import device
from fieldapp.store.transaction import Transaction
from sync.client import pull
from sync.errors import Offline
from sync.server import laptops, planning
from sync.server.doors import Role, User
from sync.wire import EnrolRequest, SyncAnswer, SyncRequest, decode, encode
from tests.sync.conftest import REGION

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, RealOffice

DIRK = User("Dirk", Role.DISPATCHER, REGION)
LAPTOPS = 80
"""More than the office has threads and connections."""


async def test_mergin_mobile_2382_half_a_pull_then_work_then_a_push(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """Mergin mobile 2382: after half a pull the next push took the half for the whole."""
    laptop = await enrolled(60)
    engine, line = laptop.meddled()

    def cut_second(_request: SyncRequest) -> None:
        if len(line.requests) == 2:
            raise Offline("cut")

    line.before = cut_second
    assert (await engine.sync_once()).error is not None
    await engine.close()
    assert (len(await laptop.visits()), await laptop.db.read(device.cursor)) == (50, 50)
    ids = await laptop.work(2)
    assert (await laptop.engine.sync_once()).error is None
    assert (len(await laptop.visits()), await laptop.db.read(device.cursor)) == (60, 60)
    assert back_office.applied(laptop.owner.laptop) == ids


async def test_ankidroid_4366_the_cursor_waits_for_the_answer(enrolled: Enrolled) -> None:
    """Ankidroid 4366: the cursor went on although the answer never came."""
    laptop = await enrolled(2)
    engine, line = laptop.meddled()

    def lose(_answer: SyncAnswer) -> SyncAnswer:
        raise Offline("lost")

    line.after = lose
    assert (await engine.sync_once()).error is not None
    await engine.close()
    assert (await laptop.db.read(device.cursor), await laptop.visits()) == (0, {})
    await laptop.engine.sync_once()
    assert (await laptop.db.read(device.cursor), len(await laptop.visits())) == (2, 2)


async def test_pouchdb_1240_no_cursor_before_the_rows(
    enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PouchDB 1240: the checkpoint was kept before the rows, which then failed."""
    laptop = await enrolled(2)
    store = pull.store

    def full(c: Transaction, page: pull.Page, *, is_first: bool) -> None:
        store(c, page, is_first=is_first)
        raise StoreFull("store.db")

    with monkeypatch.context() as patch:
        patch.setattr(pull, "store", full)
        assert isinstance((await laptop.engine.sync_once()).error, StoreFull)
    assert (await laptop.db.read(device.cursor), await laptop.visits()) == (0, {})
    await laptop.engine.sync_once()
    assert (await laptop.db.read(device.cursor), len(await laptop.visits())) == (2, 2)


async def test_watermelondb_1264_new_access_brings_what_was_there_before(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """WatermelonDB 1264: who got access later never got the rows from before."""
    first, second = await enrolled(1), await enrolled(1)
    await first.engine.sync_once()
    await second.engine.sync_once()
    (old,) = await first.visits()
    planning.reassign(back_office.office, DIRK, old, second.owner.technician)
    await second.engine.sync_once()
    await first.engine.sync_once()
    assert old in await second.visits()
    assert await first.visits() == {}


def test_medic_cht_core_6246_all_first_loads_at_once(back_office: RealOffice) -> None:
    """Medic cht-core 6246: the first loads of one morning at once stopped the server."""
    technician = back_office.technician()
    back_office.plan(technician, 12)
    tokens = [token_of(back_office, technician) for _ in range(LAPTOPS)]
    gate = threading.Barrier(LAPTOPS)
    body = encode(SyncRequest())

    def load(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        gate.wait()
        answer = http.post("/v1/sync", content=body, headers=headers)
        assert answer.status_code == 200
        return len(decode(answer.content, SyncAnswer).changes)

    lines = httpx.Limits(max_connections=LAPTOPS)
    with (
        httpx.Client(base_url=back_office.url, timeout=60, limits=lines) as http,
        ThreadPoolExecutor(LAPTOPS) as pool,
    ):
        assert set(pool.map(load, tokens)) == {12}
        assert http.get("/v1/health").json() == {"status": "ok"}


def token_of(back_office: RealOffice, technician: str) -> str:
    """The token of one more laptop of a technician."""
    office = back_office.office
    key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    request = EnrolRequest(code=back_office.code(technician), public_key=key)
    laptop = laptops.enrol(office, request).laptop
    return office.door.token(REGION, laptop, office.clock.now())
