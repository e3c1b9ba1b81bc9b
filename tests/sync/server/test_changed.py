from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import QueuePool, text

from fieldapp.clock import SystemClock
from sync.server import bell_watch, descriptors, laptops, people, waiting_room
from sync.server.bell import heard, ring
from sync.server.changed_api import Stored, is_past
from sync.server.database import OfficeDatabase
from sync.server.designations import import_designations
from sync.server.importing_stock import import_stock
from sync.server.problems import ProblemError
from sync.server.waiting_room import Waiter, WaitingRoom, Word
from tests.sync.server.doubles import REGION

if TYPE_CHECKING:
    from sync.server.office import Office
    from tests.sync.server.doubles import Backyard, Running, Signer

CHANGED = ["event: changed", "data:"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell_watch, "POLL_S", 0.02)


class Ear:
    """A laptop that listens, in a thread of its own."""

    def __init__(self, running: Running, laptop: Signer, query: str) -> None:
        self._http = running.client(running.token_of(laptop))
        self._query = query
        self.opened = threading.Event()
        self.beaten = threading.Event()
        self.lines: list[str] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        with self._http, self._http.stream("GET", f"/v1/changed{self._query}") as answer:
            for line in answer.iter_lines():
                self.lines.append(line)
                self.opened.set()
                if line == ":":
                    self.beaten.set()

    def heard(self) -> list[str]:
        """What came, once the answer has ended."""
        self._thread.join(20)
        assert not self._thread.is_alive()
        return [line for line in self.lines if line and not line.startswith(":")]


def test_who_has_no_credential_hears_nothing(running: Running) -> None:
    with running.client("nonsense") as http:
        assert http.get("/v1/changed?cursor=nonsense").status_code == 401


def test_it_answers_at_once_where_the_office_is_past_the_laptop(
    running: Running, premises: Backyard, laptop: Signer
) -> None:
    premises.visits()
    assert Ear(running, laptop, "?cursor=0&van=&permit=").heard() == CHANGED


def test_a_change_ends_the_waiting_and_no_line_is_held_meanwhile(
    running: Running, premises: Backyard, laptop: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "BEAT_S", 0.05)
    monkeypatch.setattr(waiting_room, "_LIFE_BEATS", 10_000)
    ear = Ear(running, laptop, "?cursor=0&van=")
    assert ear.beaten.wait(10)
    assert isinstance(pool := running.office.database.engine.pool, QueuePool)
    assert pool.checkedout() == 0
    premises.visits()
    assert ear.heard() == CHANGED
    assert not [line for line in ear.lines if "V-" in line]


def test_a_stopping_office_sends_everybody_away(
    running: Running, laptop: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    ear, room = Ear(running, laptop, ""), running.state.waiting_room
    assert ear.opened.wait(10)

    def end() -> None:
        running.state.stopping.begin()
        room.end()

    room._beat.get_loop().call_soon_threadsafe(end)
    assert ear.heard() == []
    with running.client(running.token_of(laptop)) as http:
        answer = http.get("/v1/changed")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Exception" not in caplog.text


def test_a_withdrawn_laptop_is_told_once_and_then_refused(
    running: Running, laptop: Signer
) -> None:
    token = running.token_of(laptop)
    ear = Ear(running, laptop, "")
    assert ear.opened.wait(10)
    with running.office.database.writing() as c:
        laptops.withdraw(running.office, c, laptop.laptop)
    assert ear.heard() == CHANGED
    with running.client(token) as http:
        answer = http.get("/v1/changed")
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:fieldapp:laptop-withdrawn"


@pytest.fixture
async def room(office: Office) -> AsyncIterator[WaitingRoom]:
    """The waiting room of another process: with a database handle of its own."""
    database = OfficeDatabase(office.settings.db_url)
    made = WaitingRoom(database, SystemClock())
    await made.ready()
    yield made
    await made.close()
    database.close()


async def rings(room: WaitingRoom, technician: str, change: Callable[[], object]) -> Word:
    """What somebody who waits for a technician hears of a change."""
    with room.waiter((REGION, technician)) as waiter:
        await asyncio.to_thread(change)
        async with asyncio.timeout(20):
            return await waiter.next()


async def test_what_a_sync_would_bring_rings_at_every_process(
    room: WaitingRoom, office: Office, backyard: Backyard, tmp_path: Path
) -> None:
    signer = backyard.laptop()
    stock, permits = tmp_path / "stock.csv", tmp_path / "permits.csv"
    stock.write_text(
        "technician;item;number;kind;commodity;type;phases;current;g_value;count;"
        "issued\nT1;seal;;;;;;;;40;\n",
        "utf-8",
    )
    permits.write_text(
        "technician,scheme,level,activities,from,until,supervisor,"
        "supervisor_phone\nT1,BEI,VP,,2026-01-01,2026-12-31,Els,0174-1\n",
        "utf-8",
    )

    def withdraw() -> None:
        with office.database.writing() as c:
            laptops.withdraw(office, c, signer.laptop)

    changes: dict[str, Callable[[], object]] = {
        "visits": backyard.visits,
        "van": lambda: import_stock(office, stock, dry_run=False),
        "permit": lambda: import_designations(office, permits, dry_run=False),
        "withdrawn": withdraw,
    }
    with room.waiter((REGION, "T2")) as other:
        for what, change in changes.items():
            assert await rings(room, "T1", change) is Word.CHANGED, what
        other.tell(Word.BEAT)
        assert await other.next() is Word.BEAT
    assert room.waiting == 0


async def test_what_was_rolled_back_rings_for_nobody(
    room: WaitingRoom, office: Office, backyard: Backyard
) -> None:
    signer = backyard.laptop()
    backyard.technician("T3")

    def fail() -> None:
        with office.database.writing() as c:
            laptops.withdraw(office, c, signer.laptop)
            c.rollback()

    def add() -> None:
        with office.database.writing() as c:
            people.add_technician(c, REGION, "T4", "Technician T4")
            ring(c, REGION, ["T4"])

    assert await rings(room, "T4", add) is Word.CHANGED
    with room.waiter((REGION, "T1")) as one:
        await asyncio.to_thread(fail)
        assert await rings(room, "T3", lambda: backyard.visits("T3")) is Word.CHANGED
        one.tell(Word.BEAT)
        assert await one.next() is Word.BEAT


async def test_who_hears_again_after_the_line_broke_sends_everybody_for_a_look(
    room: WaitingRoom, office: Office, backyard: Backyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not office.database.is_postgres:
        pytest.skip("a file has no line that breaks")
    monkeypatch.setattr(bell_watch, "FIRST_PAUSE_S", 0.01)

    def cut() -> None:
        with office.database.writing() as c:
            c.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            )

    assert await rings(room, "T1", cut) is Word.END
    await room.ready()
    assert await rings(room, "T1", backyard.visits) is Word.CHANGED


def test_an_office_is_past_a_laptop_by_any_of_what_it_has(backyard: Backyard) -> None:
    signer = backyard.laptop()
    backyard.visits()
    answer = backyard.sync(signer)
    laptop = backyard.known(signer)

    def past(cursor: int, van: str | None, permit: str | None) -> bool:
        return is_past(backyard.office, laptop, Stored(cursor, van, permit))

    assert not past(answer.cursor, None, None)
    assert not past(answer.cursor, "", None)
    assert past(answer.cursor - 1, None, None)
    assert past(answer.cursor + 1, None, None)
    assert past(answer.cursor, "another", None)
    assert past(answer.cursor, "", "another")
    with backyard.office.database.writing() as c:
        laptops.withdraw(backyard.office, c, signer.laptop)
    assert past(answer.cursor, None, None)


async def test_who_waits_is_sent_away_after_so_many_beats() -> None:
    waiter = Waiter(2)
    waiter.tell(Word.BEAT)
    assert await waiter.next() is Word.BEAT
    waiter.tell(Word.BEAT)
    waiter.tell(Word.BEAT)
    assert await waiter.next() is Word.END


async def test_a_change_is_heard_whatever_else_is_said() -> None:
    waiter = Waiter(9)
    for word in (Word.CHANGED, Word.BEAT, Word.END):
        waiter.tell(word)
    assert await waiter.next() is Word.CHANGED


async def test_everybody_gets_the_shared_beat_and_a_full_room_lets_nobody_in(
    lite: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_room, "BEAT_S", 0.01)
    room = WaitingRoom(lite.database, SystemClock(), most=2)
    await room.ready()
    with room.waiter((REGION, "T1")) as one, room.waiter((REGION, "T2")) as other:
        async with asyncio.timeout(20):
            assert await one.next() is await other.next() is Word.BEAT
        with pytest.raises(ProblemError):
            await room.ready()
    await room.close()


def test_who_waits_leaves_connections_for_who_works() -> None:
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none

        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        try:
            assert descriptors.raised() > 300
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert [descriptors.to_wait(number) for number in (300, 4096)] == [150, 3584]


def test_a_notification_of_somebody_else_names_nobody() -> None:
    assert heard("not ours") == heard("7") == heard("[]") == frozenset()
    assert heard('["Westland", "T1", "T2"]') == {("Westland", "T1"), ("Westland", "T2")}
