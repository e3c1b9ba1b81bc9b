from __future__ import annotations

import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import func, select

from fieldapp.clock import SystemClock
from fieldapp.domain.facts import AnyFact, ComplaintRecorded
from fieldapp.store import device, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.device import Device
from fieldapp.store.transaction import Transaction
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.engine import Engine
from sync.client.enrol import enrol
from sync.client.http import Http, Limits
from sync.client.office import Dispatcher
from sync.server import people, tables
from sync.server.app import ServerSettings, create_app
from sync.server.doors import Role, User
from sync.server.office import Office
from sync.server.run import OfficeServer
from sync.server.uploads import Uploads
from sync.wire import SyncAnswer, SyncRequest, decode, encode

REGION = "Westland"
DAY = date(2026, 3, 2)
KEY = bytes(range(32))
QUICK = Limits(connect_s=2, read_s=5, total_s=10)
_numbers = count(1)


class RealOffice:
    """The real back office on loopback, in a thread of its own."""

    def __init__(self, place: Path | ServerSettings) -> None:
        settings = ServerSettings.in_folder(place) if isinstance(place, Path) else place
        app = create_app(settings)
        self.office: Office = app.state.office
        self.uploads: Uploads = app.state.uploads
        # the protocol is named, or asyncio leaves TCP_NODELAY off and each answer takes 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, log_config=None, access_log=False)
        self._server = OfficeServer(config, lambda: None)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def technician(self) -> str:
        name = f"T{next(_numbers)}"
        with self.office.database.writing() as c:
            people.add_technician(c, REGION, name, f"Ans {name}")
        return name

    def code(self, technician: str) -> str:
        with self.office.database.writing() as c:
            return people.new_enrolment_code(self.office, c, technician)

    def enrol(self, technician: str) -> Device:
        http = Http(self.url, limits=QUICK)
        try:
            return enrol(http, self.code(technician), device_name="test laptop")
        finally:
            http.close()

    def dispatcher(self, http: Http) -> Dispatcher:
        with self.office.database.writing() as c:
            token = people.add_user(self.office, c, User("Dirk", Role.DISPATCHER, REGION))
        return Dispatcher(http, token)

    def plan(self, technician: str, visits: int = 1) -> list[str]:
        """Import and publish visits for a technician; answers their numbers."""
        http = Http(self.url, limits=QUICK)
        dispatcher = self.dispatcher(http)
        day = [day_visit(f"V-{next(_numbers)}", technician) for _ in range(visits)]
        dispatcher.import_day(DAY, day)
        dispatcher.publish(DAY)
        http.close()
        return [visit["number"] for visit in day]

    def operations(self, laptop: str) -> list[Any]:
        """What the office holds of a laptop: id, incarnation, sequence, outcome, reason."""
        t = tables.operations
        columns = (t.c.id, t.c.incarnation, t.c.sequence, t.c.outcome, t.c.reason, t.c.counts)
        with self.office.database.reading() as c:
            query = select(*columns).where(t.c.laptop == laptop)
            return list(c.execute(query.order_by(t.c.incarnation, t.c.sequence)))

    def applied(self, laptop: str) -> list[str]:
        """Ids of the operations that had an effect, with repetition if there were any."""
        return [row.id for row in self.operations(laptop) if row.counts]

    def files(self, laptop: str) -> int:
        """How many files of a laptop the office has read back."""
        t = tables.files
        mine = (t.c.laptop == laptop, t.c.complete_at.is_not(None))
        with self.office.database.reading() as c:
            return int(c.execute(select(func.count()).where(*mine)).scalar_one())


def day_visit(number: str, technician: str) -> dict[str, Any]:
    return {
        "number": number,
        "kind": "reading_preference",
        "technician": technician,
        "window": ["08:00", "10:00"],
        "customer": {"name": "Wilhelmina Kortekaas", "phone": "0174000111"},
        "address": {
            "street": "Herenstraat",
            "number": "1",
            "postcode": "2671 AB",
            "place": "Naaldwijk",
        },
        "connections": [
            {
                "ean": "871690000000000019",
                "commodity": "E",
                "capacity": "3x25A",
                "phases": 3,
                "meter": {
                    "number": "E0044012345678917",
                    "registers": [{"obis": "1-0:1.8.1", "unit": "kWh", "digits": 6}],
                },
            }
        ],
    }


class Line(Http):
    """A line to the real office on which somebody meddles with syncs and files.

    `before` functions may raise, or answer in the office's place; `after` functions may raise,
    or change what the office answered.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.before: Callable[[SyncRequest], None] = lambda _request: None
        self.after: Callable[[SyncAnswer], SyncAnswer] = lambda answer: answer
        self.before_file: Callable[[Call], Answer | None] = lambda _call: None
        self.after_file: Callable[[Call, Answer], Answer] = lambda _call, answer: answer
        self.requests: list[SyncRequest] = []
        self.calls: list[str] = []

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        if path != "/v1/sync":
            return super().post(path, message, token=token)
        request = decode(message, SyncRequest)
        self.requests.append(request)
        self.before(request)
        answer = super().post(path, message, token=token)
        changed = self.after(decode(answer.body, SyncAnswer))
        return Answer(answer.status, answer.headers, encode(changed))

    def send(self, call: Call) -> Answer:
        if not call.path.startswith("/v1/files"):
            return super().send(call)
        self.calls.append(call.method)
        return self.before_file(call) or self.after_file(call, super().send(call))


class Laptop:
    """An enrolled laptop with its store and its engine."""

    def __init__(self, db: Database, owner: Device, url: str = "") -> None:
        self.db = db
        self.owner = owner
        self.clock = SystemClock()
        self.engine = self.engine_to(url or owner.server_url)

    def engine_to(self, url: str, limits: Limits = QUICK) -> Engine:
        return Engine(self.db, lambda _known: Http(url, limits=limits), self.clock)

    def meddled(self) -> tuple[Engine, Line]:
        """An engine of its own, and the line that it uses."""
        line = Line(self.owner.server_url)
        return Engine(self.db, lambda _url: line, self.clock), line

    async def work(self, number: int = 1, fact: AnyFact | None = None) -> list[str]:
        """Do something at the first visit, so many times; answers the operations' ids."""
        told = fact or ComplaintRecorded(at=datetime.now(UTC), text="the cupboard is damp")

        def append(c: Transaction) -> str:
            visit = orders.day(c, DAY)[0].visit
            return outbox.append(c, visit, told, self.clock)

        touched = frozenset({"outbox"})
        return [await self.db.write(append, touched=touched) for _ in range(number)]

    async def visits(self) -> dict[str, int]:
        return await self.db.read(orders.versions)

    async def items(self) -> list[outbox.OutboxItem]:
        return list(await self.db.read(outbox.items))

    async def states(self) -> list[str]:
        return [item.state for item in await self.items()]

    async def device(self) -> Device:
        found = await self.db.read(device.device)
        assert found is not None
        return found

    async def become(self, owner: Device) -> None:
        await self.db.write(
            lambda c: device.store_device(c, owner), touched=frozenset({"device"})
        )

    async def close(self) -> None:
        await self.engine.close()
        await self.db.close()


Enrolled = Callable[..., Awaitable[Laptop]]


@pytest.fixture(scope="session")
def back_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealOffice]:
    server = RealOffice(tmp_path_factory.mktemp("office"))
    yield server
    server.stop()


@pytest.fixture
async def enrolled(back_office: RealOffice, tmp_path: Path) -> AsyncIterator[Enrolled]:
    """Makes laptops of a fresh technician, with so many visits published for them."""
    made: list[Laptop] = []

    async def make(visits: int = 1, *, url: str = "") -> Laptop:
        technician = back_office.technician()
        if visits:
            back_office.plan(technician, visits)
        owner = back_office.enrol(technician)
        db = await Database.open(tmp_path / f"laptop{len(made)}" / "store.db", KEY)
        laptop = Laptop(db, owner, url)
        await laptop.become(owner)
        made.append(laptop)
        return laptop

    yield make
    for laptop in made:
        await laptop.close()
