"""Lines that fail: every round comes again by itself, and nothing is taken for sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fieldapp.store.outbox import to_send
from sync.client.engine import Engine
from sync.client.rhythm import Background, Pace, Rhythm
from sync.errors import Offline, Refused
from sync.wire import SyncAnswer, SyncRequest

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop, Line, RealOffice

QUICK = Pace(quiet_s=1000, longest_s=1000, asking_s=1000, first_s=0.001, cap_s=0.001)
"""Edits and regular questions are far away: only a failure brings the next round."""


@asynccontextmanager
async def by_itself(
    laptop: Laptop, engine: Engine
) -> AsyncIterator[Callable[..., Awaitable[None]]]:
    """The laptop's program runs; gives a way to wait for what its store shows."""
    changed = asyncio.Event()
    laptop.db.subscribe(lambda _topics: changed.set())
    background = Background(engine, laptop.db, Rhythm(laptop.clock, QUICK))
    running = asyncio.create_task(background.run())

    async def until(fine: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(20):
            while not await fine():
                await changed.wait()
                changed.clear()

    try:
        yield until
    finally:
        running.cancel()
        await asyncio.wait([running])


def down(line: Line, times: int) -> None:
    """The line fails so many times."""

    def fail(_request: SyncRequest) -> None:
        if len(line.requests) <= times:
            raise Offline("down")

    line.before = fail


async def test_mergin_4130_3961_started_offline_it_syncs_without_a_restart(
    enrolled: Enrolled,
) -> None:
    """Mergin 4130, 3961: started offline, it never synced until it was started again."""
    laptop = await enrolled(2)
    engine, line = laptop.meddled()
    down(line, 3)

    async def loaded() -> bool:
        return len(await laptop.visits()) == 2

    async with by_itself(laptop, engine) as until:
        await until(loaded)
    assert len(line.requests) >= 4
    await engine.close()


async def test_powersync_swift_179_kotlin_340_a_failed_round_needs_no_edit(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """PowerSync swift 179, kotlin 340: a failed upload waited for the next edit."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(2)
    engine, line = laptop.meddled()
    down(line, 2)

    async def sent() -> bool:
        return not await laptop.db.read(lambda c: to_send(c, 1))

    async with by_itself(laptop, engine) as until:
        await until(sent)
    await engine.close()
    assert back_office.applied(laptop.owner.laptop) == ids


async def test_powersync_dart_307_the_queue_goes_on_after_a_partition(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """PowerSync dart 307: answers lost in a partition left the queue wedged."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    engine, line = laptop.meddled()

    def lose(_answer: SyncAnswer) -> SyncAnswer:
        raise Offline("lost")

    ids: list[str] = []
    line.after = lose
    for _ in range(3):
        ids += await laptop.work(2)
        assert (await engine.sync_once()).waiting == len(ids)
    line.after = lambda answer: answer
    ids += await laptop.work(1)
    report = await engine.sync_once()
    await engine.close()
    assert (report.error, report.waiting) == (None, 0)
    assert back_office.applied(laptop.owner.laptop) == ids
    assert await laptop.states() == ["applied"] * 7


async def test_rxdb_8285_what_was_stopped_is_not_taken_for_sent(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """RxDB 8285: a paused replication marked as pushed what had not gone."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(3)
    engine, line = laptop.meddled()
    line.before = lambda _request: engine.stop()
    assert isinstance((await engine.sync_once()).error, Offline)
    await engine.close()
    assert await laptop.states() == ["waiting"] * 3
    assert back_office.applied(laptop.owner.laptop) == []
    assert (await laptop.engine.sync_once()).waiting == 0
    assert back_office.applied(laptop.owner.laptop) == ids


async def test_electric_1552_a_conflict_is_not_asked_about_for_ever(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    """Electric 1552: a 409 was answered by the same request again, without end."""
    laptop = await enrolled()
    await laptop.engine.sync_once()
    ids = await laptop.work(2)
    engine, line = laptop.meddled()

    def conflict(request: SyncRequest) -> None:
        if request.operations:
            raise Refused("urn:fieldapp:conflict", status=409)

    line.before = conflict
    report = await engine.sync_once()
    assert (report.waiting, report.refused) == (2, 0), "a conflict refuses nothing for good"
    assert len(line.requests) < 10
    line.before = lambda _request: None
    assert (await engine.sync_once()).waiting == 0
    await engine.close()
    assert back_office.applied(laptop.owner.laptop) == ids
