from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from fieldapp.domain import facts as f
from fieldapp.domain.work_order import Visit
from fieldapp.errors import StoreFull
from fieldapp.store import outbox
from fieldapp.store.device import Device, store_device
from fieldapp.work.visit import Picture
from sync.client.enrol import enrol
from sync.client.http import Http
from sync.server import people
from sync.server.app import ServerSettings, create_app
from sync.server.office import Office
from ui.presenters.sync import SyncState
from ui.wiring import Laptop


async def _accepted(laptop: Laptop, visit: Visit) -> None:
    await laptop.visits.record(visit.id, f.VisitAccepted(at=laptop.clock.now()))


async def test_what_waits_is_counted_and_named(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = laptop.sync_presenter()
    await page.open()
    await page.open()
    assert (page.state.waiting, page.state.items, page.state.online) == (0, (), None)
    visit = visits["V-1001"]
    await _accepted(laptop, visit)
    await laptop.visits.record(visit.id, f.VisitTravelling(at=laptop.clock.now()))
    await laptop.visits.record(visit.id, f.VisitArrived(at=laptop.clock.now()))
    await laptop.visits.add_photo(visit.id, "", "front", Picture(b"x" * 50))
    await laptop.tasks.settle()
    state = page.state
    assert (state.waiting, state.refused, state.files_waiting, state.bytes_waiting) == (
        4,
        0,
        1,
        50,
    )
    first = state.items[0]
    assert (first.number, first.kind, first.state) == ("V-1001", "visit_accepted", "waiting")
    assert all(row.size > 100 for row in state.items)
    assert [(row.number, row.slot, row.size) for row in state.files] == [
        ("V-1001", "front", 50)
    ]
    page.close()
    page.close()


async def test_without_a_network_nothing_is_lost_and_it_says_so(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = laptop.sync_presenter()
    await page.open()
    shown: list[SyncState] = []
    page.subscribe(shown.append)
    await _accepted(laptop, visits["V-1001"])
    report = await page.sync()
    assert report.error is not None
    assert (page.state.online, page.state.waiting, page.state.running) == (False, 1, False)
    assert page.state.offline_since is not None
    assert page.state.problem is not None
    assert page.state.problem.what == "Nobody answers at the office's address."
    assert any(state.running for state in shown)
    assert page.state.last_contact is not None
    page.stop()
    page.close()


async def test_a_refused_item_is_shown_with_its_reason_and_goes_again(
    laptop: Laptop, visits: dict[str, Visit]
) -> None:
    page = laptop.sync_presenter()
    await page.open()
    await _accepted(laptop, visits["V-1001"])
    (item,) = await laptop.db.read(outbox.items)
    await laptop.db.write(
        lambda c: outbox.note_verdict(c, item.id, "quarantined", "withdrawn laptop", None),
        touched=frozenset({"outbox"}),
    )
    await laptop.tasks.settle()
    (row,) = page.state.items
    assert row.refused
    assert (row.reason, page.state.refused, page.state.waiting) == ("withdrawn laptop", 1, 0)
    assert await page.resend(row.id)
    await laptop.tasks.settle()
    assert (page.state.refused, page.state.waiting) == (0, 1)


async def test_a_visit_that_is_gone_is_named_by_its_id(
    laptop: Laptop, visits: dict[str, Visit], monkeypatch: pytest.MonkeyPatch
) -> None:
    await _accepted(laptop, visits["V-1001"])
    monkeypatch.setattr("ui.presenters.sync.orders.visit", lambda _c, _id: None)
    page = laptop.sync_presenter()
    await page.open()
    assert page.state.items[0].number == visits["V-1001"].id


async def test_a_store_that_fails_is_told(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = laptop.sync_presenter()

    async def full(*_: object, **__: object) -> None:
        raise StoreFull("store", "28")

    monkeypatch.setattr(laptop.db, "write", full)
    assert not await page.resend("0195-1")
    assert page.state.problem is not None
    monkeypatch.undo()


class _Office:
    def __init__(self, folder: Path) -> None:
        app = create_app(ServerSettings.in_folder(folder, practice=True))
        self.office: Office = app.state.office
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.socket]}
        )
        self.thread.start()

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()

    def code(self) -> str:
        with self.office.database.writing() as c:
            people.add_technician(c, "Westland", "T1", "Oefenmonteur 1")
            return people.new_enrolment_code(self.office, c, "T1")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[_Office]:
    made = _Office(tmp_path / "office")
    yield made
    made.stop()


async def test_a_sync_with_the_real_office_tells_what_it_took(
    laptop: Laptop, visits: dict[str, Visit], office: _Office
) -> None:
    def become() -> Device:
        http = Http(office.url)
        try:
            return enrol(http, office.code(), device_name="desk", practice=True)
        finally:
            http.close()

    owner = await asyncio.to_thread(become)
    await laptop.db.write(lambda c: store_device(c, owner), touched=frozenset())
    page = laptop.sync_presenter()
    await page.open()
    await _accepted(laptop, visits["V-1001"])
    report = await page.sync(patience_s=20)
    assert report.error is None
    assert (page.state.online, page.state.waiting, page.state.report) == (True, 0, report)
    (row,) = page.state.items
    assert row.state == "quarantined"
    assert row.reason
    assert page.state.refused == 1
    assert page.state.problem is None
