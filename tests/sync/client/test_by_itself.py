"""The loop that keeps to the rhythm, over a real store and the real office."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from fieldapp.clock import SystemClock
from fieldapp.domain.facts import DangerReported
from fieldapp.errors import StoreFull
from fieldapp.store.outbox import to_send
from sync.client.answers import Answer
from sync.client.engine import Engine
from sync.client.http import Http
from sync.client.report import SyncReport
from sync.client.rhythm import Background, Pace, Rhythm
from sync.errors import Offline

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop

QUICK = Pace(quiet_s=0.02, asking_s=1000, first_s=0.01, cap_s=0.05, stuck_s=0.05)


class Noted(Rhythm):
    """A rhythm that counts the runs and says when one is over."""

    def __init__(self, pace: Pace) -> None:
        super().__init__(SystemClock(), pace)
        self.runs = 0
        self.something = asyncio.Event()

    def ended(self, report: SyncReport) -> None:
        super().ended(report)
        self.runs += 1
        self.something.set()


class Running:
    """A laptop that syncs by itself."""

    def __init__(self, laptop: Laptop, engine: Engine, pace: Pace) -> None:
        self.laptop = laptop
        self.rhythm = Noted(pace)
        self.background = Background(engine, laptop.db, self.rhythm)
        self._something = self.rhythm.something
        laptop.db.subscribe(lambda _topics: self._something.set())
        self.task = asyncio.create_task(self.background.run())

    @property
    def runs(self) -> int:
        return self.rhythm.runs

    async def until(self, fine: Callable[[], Awaitable[bool]]) -> None:
        """Look again whenever a run is over or the store changed."""
        async with asyncio.timeout(10):
            while not await fine():
                await self._something.wait()
                self._something.clear()

    async def until_run(self, number: int) -> None:
        async def reached() -> bool:
            return self.runs >= number

        await self.until(reached)

    async def until_sent(self) -> None:
        async def sent() -> bool:
            return not await self.laptop.db.read(lambda c: to_send(c, 1))

        await self.until(sent)


Start = Callable[..., Running]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    made: list[Running] = []

    def begin(laptop: Laptop, engine: Engine | None = None, pace: Pace = QUICK) -> Running:
        made.append(Running(laptop, engine or laptop.engine, pace))
        return made[-1]

    yield begin
    for one in made:
        one.task.cancel()
        await asyncio.wait([one.task])


async def test_edits_go_by_themselves_and_verdicts_start_nothing(
    enrolled: Enrolled, start: Start
) -> None:
    laptop = await enrolled()
    running = start(laptop)
    await running.until_run(1)
    assert len(await laptop.visits()) == 1
    await laptop.work(3)
    await running.until_sent()
    await running.until_run(2)
    assert running.rhythm.due_in_s() > 100


async def test_danger_does_not_wait_for_quiet(enrolled: Enrolled, start: Start) -> None:
    laptop = await enrolled()
    running = start(laptop, pace=Pace(quiet_s=1000, longest_s=1000, asking_s=1000))
    await running.until_run(1)
    await laptop.work(fact=DangerReported(at=datetime.now(UTC), danger="gas"))
    await running.until_sent()


async def test_much_does_not_wait_for_quiet(enrolled: Enrolled, start: Start) -> None:
    laptop = await enrolled()
    running = start(laptop, pace=Pace(quiet_s=1000, longest_s=1000, asking_s=1000, much=5))
    await running.until_run(1)
    await laptop.work(5)
    await running.until_sent()


class Reconnecting(Http):
    """A line that is down for the first tries."""

    failures = 3

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        if self.failures:
            self.failures -= 1
            raise Offline("down")
        return super().post(path, message, token=token)


async def test_a_start_without_network_heals_by_itself(
    enrolled: Enrolled, start: Start
) -> None:
    laptop = await enrolled(2)
    engine = Engine(laptop.db, Reconnecting, laptop.clock)
    running = start(laptop, engine)

    async def loaded() -> bool:
        return len(await laptop.visits()) == 2

    await running.until(loaded)
    assert running.runs >= 3
    await engine.close()


class Sleeper(SystemClock):
    """The machine's clock, on which a night may pass."""

    night = timedelta()

    def now(self) -> datetime:
        return super().now() + self.night


async def test_after_a_sleep_it_syncs_and_listens_at_once(
    enrolled: Enrolled, start: Start
) -> None:
    laptop = await enrolled()
    running = start(laptop, pace=Pace(asking_s=1000, tick_s=0.02))
    clock = running.rhythm.clock = Sleeper()
    woken: list[bool] = []
    running.background.on_sleep = lambda: woken.append(True)
    await running.until_run(1)
    clock.night = timedelta(hours=8)
    await running.until_run(2)
    assert woken == [True]


async def test_a_sync_on_demand(enrolled: Enrolled, start: Start) -> None:
    laptop = await enrolled()
    running = start(laptop)
    await running.until_run(1)
    running.background.wake()
    await running.until_run(2)


async def test_a_failing_store_does_not_end_it(
    enrolled: Enrolled, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    laptop = await enrolled()
    running = start(laptop)
    await running.until_run(1)

    async def full(*_args: object, **_named: object) -> None:
        raise StoreFull("store.db")

    with monkeypatch.context() as patch:
        patch.setattr(laptop.db, "read", full)
        running.background.wake()
        await running.until_run(3)
    assert not running.task.done()
    await laptop.work()
    running.background.wake()
    await running.until_sent()
