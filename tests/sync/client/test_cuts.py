from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from fieldapp.store import attachments, device, orders
from fieldapp.store.transaction import Transaction

if TYPE_CHECKING:
    from tests.sync.client.conftest import Proxy
    from tests.sync.conftest import Enrolled, Laptop, RealOffice


async def photo(laptop: Laptop, content: bytes) -> str:
    def take(c: Transaction) -> str:
        (visit,) = orders.versions(c)
        return attachments.add(
            c, content, visit=visit, slot="old", media_type="image/jpeg"
        ).sha256

    return await laptop.db.write(take, touched=frozenset({"files"}))


SPREAD = {
    "up": [0, 1, 60, 200, 211, 400, 600, 800, 1000, 1500, 2500, 5000, 70_000, 300_000],
    "down": [0, 1, 9, 20, 60, 130, 200, 300, 400, 500, 600, 700, 900, 1200, 1600, 2000],
}


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_line_cut_after_any_byte_loses_and_doubles_nothing(
    enrolled: Enrolled, back_office: RealOffice, proxy: Proxy, direction: str
) -> None:
    laptop = await enrolled(1, url=proxy.url)
    assert (await laptop.engine.sync_once()).error is None
    ids: list[str] = []
    broken = 0
    for number, after in enumerate(SPREAD[direction], start=1):
        await laptop.engine.close()
        laptop.engine = laptop.engine_to(proxy.url)
        ids += await laptop.work(2)
        await photo(laptop, os.urandom(300_000))
        proxy.cut(direction, after)
        cut = await laptop.engine.sync_once()
        broken += cut.error is not None
        held = {row.id for row in back_office.operations(laptop.owner.laptop)}
        assert {told.id for told in cut.verdicts} <= held

        proxy.heal()
        mended = await laptop.engine.sync_once()
        assert (mended.error, mended.waiting, mended.files_waiting) == (None, 0, 0)
        assert cut.sent + mended.sent == 2
        held_now = back_office.operations(laptop.owner.laptop)
        assert [(row.id, row.outcome) for row in held_now] == [(i, "applied") for i in ids]
        assert back_office.files(laptop.owner.laptop) == number
    assert broken >= len(SPREAD[direction]) - 4
    assert {item.state for item in await laptop.items()} == {"applied"}


async def test_a_first_load_cut_anywhere_is_whole_at_the_end(
    enrolled: Enrolled, proxy: Proxy
) -> None:
    laptop = await enrolled(60, url=proxy.url)
    for after in (500, 900, 1500, 3000, 5000):
        proxy.cut("down", after)
        await laptop.engine.sync_once()
        assert len(await laptop.visits()) == await laptop.db.read(device.cursor)
        proxy.heal()
    report = await laptop.engine.sync_once()
    assert report.error is None
    assert len(await laptop.visits()) == 60


async def test_with_patience_a_line_that_is_cut_again_and_again_gets_there(
    enrolled: Enrolled, back_office: RealOffice, proxy: Proxy
) -> None:
    laptop = await enrolled(1, url=proxy.url)
    await laptop.engine.sync_once()
    ids = await laptop.work(3)
    await photo(laptop, os.urandom(900_000))
    proxy.cut("up", 280_000)
    report = await laptop.engine.sync_once(
        lambda _event: proxy.cut("up", 280_000), patience_s=20
    )
    assert (report.error, report.waiting, report.files_waiting) == (None, 0, 0)
    assert [row.id for row in back_office.operations(laptop.owner.laptop)] == ids
