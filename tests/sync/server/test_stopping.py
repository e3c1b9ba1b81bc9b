"""The end of a process and what it says of itself meanwhile; and its health before."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from uvicorn import Config

from sync.server import health
from sync.server.app import create_app
from sync.server.office import Office
from sync.server.run import OfficeServer, address, listen
from sync.server.settings import ServerSettings
from tests.sync.server.doubles import HandClock, Running

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard

LONG_S = 600.0


class Ending:
    """A server that takes its time to end."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.bound = listen("127.0.0.1", 0)
        self.url = address(self.bound)
        ready = threading.Event()
        config = Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=3)
        self.server = OfficeServer(config, ready.set, app.state.stopping, LONG_S)
        self._thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.bound]}
        )
        self._thread.start()
        assert ready.wait(20)

    def stop(self) -> None:
        self.server.should_exit = True

    def end(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Ending]:
    app = create_app(ServerSettings.in_folder(tmp_path / "ending"))
    app.add_api_route("/v1/changed", listening)
    app.router.routes.insert(0, app.router.routes.pop())  # before the office's own
    made = Ending(app)
    yield made
    made.end()


async def listening() -> StreamingResponse:
    async def events() -> AsyncIterator[bytes]:
        yield b": here\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(events(), media_type="text/event-stream")


def test_a_stop_lets_listeners_go_and_still_serves_who_comes(ending: Ending) -> None:
    with httpx.Client(base_url=ending.url, timeout=20) as http:
        before = http.get("/v1/health")
        assert (before.status_code, before.json()) == (200, {"status": "ok"})
        assert "connection" not in before.headers
        with httpx.stream("GET", f"{ending.url}/v1/changed", timeout=20) as stream:
            parts = stream.iter_raw()
            assert next(parts) == b": here\n\n"
            ending.stop()
            assert b"".join(parts) == b""  # ended, and as HTTP ends a body
        for path, status, said in (
            ("/v1/health", 503, {"status": "stopping"}),
            ("/v1/ready", 503, {"status": "stopping"}),
            ("/openapi.json", 200, None),
        ):
            answer = http.get(path)
            assert (answer.status_code, answer.headers["connection"]) == (status, "close")
            assert said is None or answer.json() == said
        late = http.get("/v1/changed")
        assert late.headers["connection"] == "close"


def test_ready_says_which_part_fails(running: Running) -> None:
    office = running.office
    with running.client() as http:
        assert http.get("/v1/ready").json() == {
            "status": "ok",
            "checks": {"database": "ok", "files": "ok", "key": "ok"},
        }
        key = office.settings.key_file
        kept = key.read_bytes()
        key.write_bytes(b"{}")
        running.state.readiness = health.Readiness(office)
        answer = http.get("/v1/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        assert answer.json()["checks"]["key"] == "failing"
        key.write_bytes(kept)
        shutil.rmtree(office.settings.files)
        running.state.readiness = health.Readiness(office)
        answer = http.get("/v1/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "failing")
        assert answer.json()["checks"] == {"database": "ok", "files": "failing", "key": "ok"}


async def test_ready_looks_once_a_second_at_most(yard: Backyard, clock: HandClock) -> None:
    readiness = health.Readiness(yard.office)
    assert (await readiness.checks())["key"] == "ok"
    yard.office.settings.key_file.unlink()
    assert (await readiness.checks())["key"] == "ok"
    clock.pass_time(1)
    assert (await readiness.checks())["key"] == "failing"
    assert not yard.office.settings.key_file.exists()


async def test_ready_sees_a_database_that_is_gone(office: Office) -> None:
    with office.database.writing() as c:
        c.exec_driver_sql("ALTER TABLE offices RENAME TO gone")
    checks = await health.Readiness(office).checks()
    assert checks == {"database": "failing", "files": "ok", "key": "ok"}
