"""Listening to the office: the real one, and what may stand in its place."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import pytest

from sync.client import listening
from sync.client.engine import Engine
from sync.client.listening import Listening
from sync.client.report import EngineState
from sync.server import bell_watch, laptops
from sync.wire import ChallengeAnswer, TokenAnswer, encode
from tests.sync.conftest import Line

if TYPE_CHECKING:
    from sync.wire import SyncRequest
    from tests.sync.client.conftest import ScriptedOffice
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

JSON = b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
TOKEN = [
    JSON % (len(body), body)
    for body in map(
        encode, (ChallengeAnswer(challenge="c"), TokenAnswer(token="t", expires_in_s=600))
    )
]
STREAM = b"HTTP/1.1 200 X\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
OPEN = b": listening\n\n"
EVENT = b"event: changed\r\ndata:\r\n\r\n"
NO_SUCH_PATH = (
    b"HTTP/1.1 404 X\r\nContent-Type: application/problem+json\r\nContent-Length: 58\r\n\r\n"
    b'{"type": "urn:fieldapp:http-404","title":"","status": 404}'
)
LOGIN = b"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


def ended(data: bytes) -> Callable[[bytes, socket.socket], None]:
    """Says this and closes the line."""

    def say(_request: bytes, line: socket.socket) -> None:
        line.sendall(data)
        line.shutdown(socket.SHUT_RDWR)

    return say


class Noted:
    """What a listener told, and how long it rested each time."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.rests: list[float] = []
        self._something = asyncio.Event()

    def office_changed(self) -> None:
        self.note("changed")

    def office_heard(self) -> None:
        self.note("heard")

    def office_silent(self) -> None:
        self.note("silent")

    def note(self, word: str) -> None:
        self.told.append(word)
        self._something.set()

    async def until(self, word: str, times: int = 1) -> None:
        async with asyncio.timeout(20):
            while self.told.count(word) < times:
                await self._something.wait()
                self._something.clear()


class Ear(Listening):
    """A listener that rests no longer than a moment and notes how long it meant to."""

    noted: Noted

    async def _rest(self, pause_s: float) -> None:
        self.noted.rests.append(pause_s)
        self.noted.note("rest")
        await super()._rest(min(pause_s, 0.01))


Listen = Callable[..., tuple[Ear, Noted]]


@pytest.fixture
async def listen(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Listen]:
    """Listens beside the laptop's engine, or another one, which it then closes."""
    monkeypatch.setattr(bell_watch, "POLL_S", 0.02)
    tasks: list[asyncio.Task[None]] = []
    engines: list[Engine] = []

    def begin(laptop: Laptop, engine: Engine | None = None) -> tuple[Ear, Noted]:
        if engine is not None:
            engines.append(engine)
        ear = Ear(engine or laptop.engine, laptop.db, laptop.clock, noted := Noted())
        ear.noted = noted
        tasks.append(asyncio.create_task(ear.run()))
        return ear, noted

    yield begin
    for task in tasks:
        task.cancel()
        await asyncio.wait([task])
    for engine in engines:
        await engine.close()


async def test_each_change_is_heard_once_a_sync_was_over(
    enrolled: Enrolled, listen: Listen, back_office: RealOffice
) -> None:
    laptop = await enrolled(0)
    await laptop.engine.sync_once()
    _, noted = listen(laptop)
    for times in (1, 2):
        await noted.until("heard", times)
        await asyncio.to_thread(back_office.plan, laptop.owner.technician)
        await noted.until("changed", times)
        await laptop.engine.sync_once()
        assert len(await laptop.visits()) == times
    await noted.until("heard", 3)
    told = [word for word in noted.told if word != "rest"]
    assert told == ["heard", "changed", "heard", "changed", "heard"]


async def test_a_change_between_the_sync_and_the_listening_is_not_missed(
    enrolled: Enrolled, listen: Listen, back_office: RealOffice
) -> None:
    laptop = await enrolled(1)
    await laptop.engine.sync_once()
    await asyncio.to_thread(back_office.plan, laptop.owner.technician)
    _, noted = listen(laptop)
    await noted.until("changed")


async def test_what_the_sync_under_way_brings_starts_no_other(
    enrolled: Enrolled, listen: Listen, back_office: RealOffice
) -> None:
    laptop = await enrolled(0)
    await laptop.engine.sync_once()
    asked, planned = threading.Event(), threading.Event()

    def wait(_request: SyncRequest) -> None:
        asked.set()
        assert planned.wait(20)

    def line(url: str) -> Line:
        made = Line(url)
        made.before = wait
        return made

    engine = Engine(laptop.db, line, laptop.clock)
    _, noted = listen(laptop, engine)
    await noted.until("heard")
    run = asyncio.create_task(engine.sync_once())
    assert await asyncio.to_thread(asked.wait, 20)
    await asyncio.to_thread(back_office.plan, laptop.owner.technician)
    planned.set()
    assert (await run).received == 1
    await noted.until("heard", 2)
    assert "changed" not in noted.told


async def test_a_withdrawn_laptop_is_told_once(
    enrolled: Enrolled, listen: Listen, back_office: RealOffice
) -> None:
    laptop = await enrolled(1)
    await laptop.engine.sync_once()
    _, noted = listen(laptop)
    await noted.until("heard")

    def withdraw() -> None:
        with back_office.office.database.writing() as c:
            laptops.withdraw(back_office.office, c, laptop.owner.laptop)

    await asyncio.to_thread(withdraw)
    await noted.until("changed")
    await laptop.engine.sync_once()
    assert await laptop.visits() == {}
    await noted.until("silent", 3)
    assert noted.told.count("changed") == 1
    assert min(noted.rests[-2:]) >= 300


@pytest.mark.parametrize("instead", [NO_SUCH_PATH, LOGIN], ids=["old office", "login page"])
async def test_what_knows_no_streams_is_left_alone_for_long(
    enrolled: Enrolled, listen: Listen, office: ScriptedOffice, instead: bytes
) -> None:
    laptop = await enrolled(0)
    office.answers(*TOKEN, instead, *TOKEN, instead)
    _, noted = listen(laptop, laptop.engine_to(office.url))
    await noted.until("silent", 2)
    assert "heard" not in noted.told
    assert min(noted.rests) >= 300


async def test_a_proxy_that_holds_the_answer_back_is_taken_for_silence(
    enrolled: Enrolled,
    listen: Listen,
    office: ScriptedOffice,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listening, "SILENCE_S", 0.1)
    laptop = await enrolled(0)
    office.answers(*TOKEN)
    office.stalls()
    _, noted = listen(laptop, laptop.engine_to(office.url))
    await noted.until("silent")
    assert "heard" not in noted.told


async def test_a_broken_line_is_tried_again_with_growing_pauses(
    enrolled: Enrolled, listen: Listen, office: ScriptedOffice
) -> None:
    laptop = await enrolled(0)
    office.will(*[ended(b"")] * 4)
    _, noted = listen(laptop, laptop.engine_to(office.url))
    await noted.until("silent", 4)
    office.answers(*TOKEN)
    office.will(ended(STREAM + OPEN + EVENT))
    await noted.until("changed")
    assert noted.rests[0] <= 1 < noted.rests[3] <= 8


async def test_who_is_told_to_listen_anew_does_so_at_once(
    enrolled: Enrolled, office: ScriptedOffice, listen: Listen
) -> None:
    def nothing_new(_request: bytes, line: socket.socket) -> None:
        line.sendall(STREAM + OPEN)
        line.recv(1)

    laptop = await enrolled(0)
    office.answers(*TOKEN)
    office.will(nothing_new, nothing_new)
    ear, noted = listen(laptop, laptop.engine_to(office.url))
    await noted.until("heard")
    ear.again()
    await noted.until("heard", 2)


async def test_an_office_that_says_what_no_sync_brings_is_no_circle(
    enrolled: Enrolled, listen: Listen, office: ScriptedOffice
) -> None:
    laptop = await enrolled(0)
    office.answers(*TOKEN)
    office.will(*[ended(STREAM + OPEN + EVENT)] * 3)
    ear, noted = listen(laptop, laptop.engine_to(office.url))
    for times in (1, 2, 3):
        await noted.until("changed", times)
        ear._line_changed(EngineState(running=True))
        ear._line_changed(EngineState(online=True))
    await noted.until("rest", 3)
    assert noted.rests[0] < noted.rests[2]
