from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.clock import SystemClock
from fieldapp.store import device
from fieldapp.store.database import Database
from sync.client import session
from sync.client.answers import Answer
from sync.client.engine import NOT_ENROLLED, Engine
from sync.client.http import Http, Limits
from sync.client.report import EngineState, OperationSent, VisitReceived
from sync.errors import BadWire, Offline, TryLater, Unauthorized, Unreachable

if TYPE_CHECKING:
    from sync.client.report import Event
    from tests.sync.client.conftest import ScriptedOffice
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

KEY = bytes(range(32))
LOGIN_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"
BUSY = b"HTTP/1.1 503 X\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"


class Weather(Http):
    """A line to the real office that fails so many times before it holds."""

    failures: list[Exception]

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        if self.failures:
            raise self.failures.pop(0)
        return super().post(path, message, token=token)


def through(laptop: Laptop, *failures: Exception) -> Engine:
    line = Weather(laptop.owner.server_url)
    line.failures = list(failures)
    return Engine(laptop.db, lambda _url: line, laptop.clock)


async def test_one_sync_brings_the_visits_and_takes_the_work(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(3)
    first = await laptop.engine.sync_once()
    assert (first.received, first.sent, first.error) == (3, 0, None)
    assert len(await laptop.visits()) == 3

    ids = await laptop.work(5)
    events: list[Event] = []
    second = await laptop.engine.sync_once(events.append)
    assert (second.sent, second.received, second.waiting, second.error) == (5, 0, 0, None)
    assert [event.id for event in events if isinstance(event, OperationSent)] == ids
    assert not [event for event in events if isinstance(event, VisitReceived)]
    held = back_office.operations(laptop.owner.laptop)
    assert [(row.id, row.outcome) for row in held] == [(i, "applied") for i in ids]


async def test_the_office_sets_trusted_time(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    assert await laptop.db.read(lambda c: device.trusted_time(c, laptop.clock)) is None
    await laptop.engine.sync_once()
    trusted = await laptop.db.read(lambda c: device.trusted_time(c, laptop.clock))
    assert trusted is not None
    assert abs((trusted - laptop.clock.now()).total_seconds()) < 5


async def test_what_a_sync_stored_is_published(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    topics: list[frozenset[str]] = []
    stop = laptop.db.subscribe(topics.append)
    await laptop.engine.sync_once()
    assert frozenset().union(*topics) >= {"visits", "device"}
    topics.clear()
    await laptop.work()
    await laptop.engine.sync_once()
    stop()
    assert frozenset().union(*topics) >= {"outbox"}


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncIterator[Database]:
    db = await Database.open(tmp_path / "bare" / "store.db", KEY)
    yield db
    await db.close()


async def test_a_laptop_that_is_not_enrolled_says_so(bare: Database) -> None:
    engine = Engine(bare, Http, SystemClock())
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, Unauthorized)
    assert str(report.error) == NOT_ENROLLED


@pytest.mark.parametrize("failure", [Offline("down"), BadWire("login page"), TryLater(0.1)])
async def test_without_patience_one_try_is_all(enrolled: Enrolled, failure: Exception) -> None:
    laptop = await enrolled()
    engine = through(laptop, failure)
    report = await engine.sync_once()
    assert report.error is failure
    assert (await engine.sync_once()).error is None
    await engine.close()


async def test_patience_tries_again_until_it_holds(enrolled: Enrolled) -> None:
    laptop = await enrolled(2)
    engine = through(laptop, Offline("down"), BadWire("login page"), TryLater(0.0))
    report = await engine.sync_once(patience_s=20)
    await engine.close()
    assert (report.error, report.received) == (None, 2)


async def test_patience_ends(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(2)
    engine = laptop.engine_to("http://127.0.0.1:1")
    report = await engine.sync_once(patience_s=0.9)
    await engine.close()
    assert isinstance(report.error, Offline)
    assert (report.waiting, report.sent) == (2, 0)


async def test_patience_ends_also_in_the_middle_of_a_request(
    enrolled: Enrolled, office: ScriptedOffice
) -> None:
    laptop = await enrolled()
    office.stalls()
    engine = laptop.engine_to(office.url, Limits(read_s=60, total_s=60))
    report = await asyncio.wait_for(engine.sync_once(patience_s=0.3), 10)
    await engine.close()
    assert isinstance(report.error, Offline)


async def test_a_longer_wait_than_patience_is_not_waited_for(
    enrolled: Enrolled, office: ScriptedOffice
) -> None:
    laptop = await enrolled()
    office.answers(BUSY % 600)
    engine = laptop.engine_to(office.url)
    report = await asyncio.wait_for(engine.sync_once(patience_s=5), 3)
    await engine.close()
    assert isinstance(report.error, TryLater)


async def test_a_login_page_is_no_office(enrolled: Enrolled, office: ScriptedOffice) -> None:
    laptop = await enrolled()
    office.answers(LOGIN_PAGE)
    engine = laptop.engine_to(office.url)
    report = await engine.sync_once()
    await engine.close()
    assert isinstance(report.error, BadWire)
    assert not engine.state.online


async def test_stop_ends_a_request_under_way(
    enrolled: Enrolled, office: ScriptedOffice
) -> None:
    laptop = await enrolled()
    office.stalls()
    engine = laptop.engine_to(office.url, Limits(read_s=60, total_s=60))
    run = asyncio.create_task(engine.sync_once(patience_s=60))
    assert await asyncio.to_thread(office.asked.wait, 5)
    engine.stop()
    report = await asyncio.wait_for(run, 5)
    await engine.close()
    assert (type(report.error), report.stopped) == (Offline, True)
    assert engine.state.offline_since is None, "nobody knows how the line is"


async def test_stop_does_not_wait_for_names_that_nobody_knows(
    enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def silent(*_: object, **_more: object) -> None:
        asked.set()
        answered.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no")

    laptop = await enrolled()
    monkeypatch.setattr(socket, "getaddrinfo", silent)
    run = asyncio.create_task(laptop.engine.sync_once())
    assert await asyncio.to_thread(asked.wait, 5)
    laptop.engine.stop()
    assert (await asyncio.wait_for(run, 5)).stopped
    answered.set()


async def test_stop_ends_a_pause(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine = laptop.engine_to("http://127.0.0.1:1")
    failed = asyncio.Event()
    engine.subscribe(lambda state: failed.set() if state.detail else None)
    run = asyncio.create_task(engine.sync_once(patience_s=1000))
    await asyncio.wait_for(failed.wait(), 5)
    engine.stop()
    report = await asyncio.wait_for(run, 5)
    assert (type(report.error), report.stopped) == (Unreachable, True)
    assert engine.state.report == report
    await engine.close()


async def test_a_stopped_engine_starts_anew(enrolled: Enrolled) -> None:
    laptop = await enrolled(2)
    laptop.engine.stop()
    assert (await laptop.engine.sync_once()).received == 2


async def test_a_cancelled_sync_lets_go_of_the_line(
    enrolled: Enrolled, office: ScriptedOffice
) -> None:
    laptop = await enrolled()
    office.stalls()
    engine = laptop.engine_to(office.url, Limits(read_s=60, total_s=60))
    run = asyncio.create_task(engine.sync_once())
    assert await asyncio.to_thread(office.asked.wait, 5)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.wait_for(engine.close(), 5)
    assert not engine.state.running


async def test_two_callers_share_the_line_one_after_the_other(enrolled: Enrolled) -> None:
    laptop = await enrolled(2)
    await laptop.engine.sync_once()
    await laptop.work(3)
    one, two = await asyncio.gather(laptop.engine.sync_once(), laptop.engine.sync_once())
    assert (one.sent, two.sent, one.error, two.error) == (3, 0, None, None)


async def test_a_sync_shows_that_it_runs(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine = laptop.engine
    states: list[EngineState] = []
    unsubscribe = engine.subscribe(states.append)
    assert engine.state == EngineState()
    await engine.sync_once()
    unsubscribe()
    unsubscribe()
    await engine.sync_once()
    assert [running for running, _ in groupby(state.running for state in states)] == [
        True,
        False,
    ]
    assert states[-1].progress.received == states[-1].progress.to_receive > 0
    assert engine.state.online
    assert engine.state.last_contact is not None
    assert engine.state.offline_since is None


async def test_the_state_follows_the_line(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    await laptop.work(2)
    engine = through(laptop, Offline("down"), Offline("still down"))
    states: list[EngineState] = []
    for _ in range(3):
        await engine.sync_once()
        states.append(engine.state)
    await engine.close()
    first, second, third = states
    assert (first.online, first.waiting, type(first.detail)) == (False, 2, Offline)
    assert first.offline_since is not None
    assert first.offline_since == second.offline_since
    assert (third.online, third.offline_since, third.waiting) == (True, None, 0)


async def test_the_token_is_renewed_once(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    paths: list[str] = []

    class Noting(Http):
        spoilt = False

        def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
            paths.append(path)
            return super().post(path, message, token="x" if self.spoilt and token else token)

    line = Noting(laptop.owner.server_url)
    engine = Engine(laptop.db, lambda _url: line, laptop.clock)
    await engine.sync_once()
    assert paths == ["/v1/token", "/v1/sync"]
    paths.clear()
    assert (await engine.sync_once()).error is None
    assert paths == ["/v1/sync"]
    paths.clear()
    line.spoilt = True
    report = await engine.sync_once()
    assert isinstance(report.error, Unauthorized)
    assert paths == ["/v1/sync", "/v1/token", "/v1/token", "/v1/sync"]
    line.spoilt = False
    assert (await engine.sync_once()).error is None
    await engine.close()


def test_a_token_is_let_go_of_before_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    credential = session.Credential()
    assert credential.token == ""
    credential.take("t", 100)
    now[0] += 89
    assert credential.token == "t"
    now[0] += 2
    assert credential.token == ""


async def test_nothing_of_the_engine_is_left_after_close(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine = laptop.engine_to(laptop.owner.server_url)
    await engine.sync_once()
    before = {thread.name for thread in threading.enumerate()}
    assert any(name.startswith("network") for name in before)
    await engine.close()
    await laptop.engine.close()
    after = {thread.name for thread in threading.enumerate()}
    assert not any(name.startswith("network") for name in after)
