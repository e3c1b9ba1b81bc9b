from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.clock import SystemClock
from fieldapp.domain.facts import DangerReported
from fieldapp.errors import StoreCorrupt, StoreFull
from fieldapp.store.outbox import to_send
from sync.client.answers import Answer
from sync.client.engine import Engine
from sync.client.http import Http
from sync.client.report import SyncReport
from sync.client.rhythm import Background, Pace, Rhythm
from sync.errors import BadWire, Offline, OutOfStep, Refused, TryLater, Unauthorized

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop

GONE_BY_ITSELF = [Offline(), BadWire(), TryLater(7.0)]
FOR_A_PERSON = [Unauthorized(), Refused("x"), OutOfStep(), StoreFull("x"), StoreCorrupt("x")]


class Watch:
    """A clock that goes when told, without luck."""

    def __init__(self) -> None:
        self.elapsed_s = 100.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return self.elapsed_s

    def new_id(self) -> str:
        return "id"

    def random_bytes(self, size: int) -> bytes:
        return bytes(size)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def rhythm(watch: Watch) -> Rhythm:
    made = Rhythm(watch)
    made.ended(SyncReport())
    return made


def test_the_first_sync_is_at_once(watch: Watch) -> None:
    assert Rhythm(watch).due_in_s() == 0


def test_without_edits_the_office_is_asked_within_half_a_minute(rhythm: Rhythm) -> None:
    assert 0 < rhythm.due_in_s() <= 25


def test_an_edit_goes_when_it_has_been_quiet(rhythm: Rhythm, watch: Watch) -> None:
    rhythm.edited(urgent=False)
    assert rhythm.due_in_s() == 5
    watch.elapsed_s += 4
    rhythm.edited(urgent=False)
    assert rhythm.due_in_s() == 5


def test_a_busy_technician_is_heard_too(watch: Watch) -> None:
    rhythm = Rhythm(watch, Pace(asking_s=1000))
    rhythm.ended(SyncReport())
    start_s = watch.elapsed_s
    while rhythm.due_in_s() > 0:
        rhythm.edited(urgent=False)
        watch.elapsed_s += 1
    assert watch.elapsed_s - start_s == 30


def test_an_urgent_edit_goes_at_once(rhythm: Rhythm) -> None:
    rhythm.edited(urgent=True)
    assert rhythm.due_in_s() == 0


@pytest.mark.parametrize("error", GONE_BY_ITSELF, ids=lambda e: type(e).__name__)
def test_after_failures_the_pauses_grow_and_an_edit_does_not_shorten_them(
    rhythm: Rhythm, error: Offline
) -> None:
    pauses = []
    for _ in range(9):
        rhythm.ended(SyncReport(error=error))
        rhythm.edited(urgent=True)
        pauses.append(rhythm.due_in_s())
    asked_s = 7.0 if isinstance(error, TryLater) else 0.0
    assert pauses[:3] == [asked_s + 0.5, asked_s + 1, asked_s + 2]
    assert pauses[-1] == asked_s + 15
    rhythm.ended(SyncReport())
    rhythm.edited(urgent=True)
    assert rhythm.due_in_s() == 0


@pytest.mark.parametrize("error", FOR_A_PERSON, ids=lambda e: type(e).__name__)
def test_what_a_person_has_to_mend_is_tried_rarely_but_tried(
    rhythm: Rhythm, error: Offline
) -> None:
    rhythm.ended(SyncReport(error=error))
    assert rhythm.due_in_s() == 300
    rhythm.demanded()
    assert rhythm.due_in_s() == 0


def test_a_run_that_fails_while_the_network_comes_back_is_done_again_once(
    rhythm: Rhythm,
) -> None:
    for _ in range(9):
        rhythm.ended(SyncReport(error=Offline()))
    rhythm.demanded()
    rhythm.begun()
    rhythm.demanded()
    rhythm.ended(SyncReport(error=Offline()))
    assert rhythm.due_in_s() == 0
    rhythm.begun()
    rhythm.ended(SyncReport(error=Offline()))
    assert rhythm.due_in_s() == 15
    rhythm.begun()
    rhythm.demanded()
    rhythm.ended(SyncReport(error=TryLater(7.0)))
    assert rhythm.due_in_s() == 22


def test_what_a_person_stopped_stays_so_for_a_while(rhythm: Rhythm) -> None:
    rhythm.ended(SyncReport(error=Offline("stopped"), stopped=True))
    rhythm.edited(urgent=True)
    rhythm.announced()
    assert rhythm.due_in_s() == 300
    rhythm.demanded()
    assert rhythm.due_in_s() == 0


def test_what_the_office_has_comes_within_half_a_minute(
    rhythm: Rhythm, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    rhythm.heard(heard=True)
    rhythm.ended(SyncReport())
    assert rhythm.due_in_s() >= 150
    monkeypatch.setattr(watch, "random_bytes", lambda size: b"\xff" * size)
    rhythm.announced()
    assert 14 < rhythm.due_in_s() < 15
    monkeypatch.undo()
    rhythm.announced()
    assert rhythm.due_in_s() == 0


def test_an_office_that_is_not_heard_any_more_is_asked_again(rhythm: Rhythm) -> None:
    rhythm.heard(heard=True)
    rhythm.ended(SyncReport())
    rhythm.heard(heard=False)
    assert 0 < rhythm.due_in_s() <= 25


def test_an_office_that_is_heard_again_is_asked_at_once_unless_it_said_when(
    rhythm: Rhythm,
) -> None:
    for error, due in ((Offline(), True), (TryLater(7.0), False)):
        rhythm.heard(heard=False)
        rhythm.ended(SyncReport(error=error))
        rhythm.announced()
        assert rhythm.due_in_s() > 0
        rhythm.heard(heard=True)
        assert (rhythm.due_in_s() == 0) is due


@given(st.lists(st.sampled_from(["edit", "urgent", "ok", "fail", "stuck", "pass"])))
def test_a_next_sync_is_always_due_some_day(steps: list[str]) -> None:
    watch = Watch()
    rhythm = Rhythm(watch)
    errors = {"fail": Offline(), "stuck": OutOfStep()}
    for step in steps:
        if step == "pass":
            watch.elapsed_s += 3
        elif step in {"edit", "urgent"}:
            rhythm.edited(urgent=step == "urgent")
        else:
            rhythm.ended(SyncReport(error=errors.get(step)))
        assert 0 <= rhythm.due_in_s() <= 300


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
