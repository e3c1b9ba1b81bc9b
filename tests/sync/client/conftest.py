from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain.facts import ComplaintRecorded
from fieldapp.store import attachments, orders, outbox
from fieldapp.store.device import store_device
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from ui.wiring import open_laptop

if TYPE_CHECKING:
    from tests.sync.conftest import RealOffice

Responder = Callable[[bytes, socket.socket], None]


class ScriptedOffice:
    """A real server on loopback that answers each request with the next prepared bytes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0
        self.released = threading.Event()
        self.asked = threading.Event()
        self._script: list[Responder] = []
        self._wrap: Callable[[socket.socket], socket.socket] = lambda line: line
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def will(self, *responders: Responder) -> None:
        self._script.extend(responders)

    def answers(self, *raw: bytes) -> None:
        for data in raw:
            self.will(saying(data))

    def stalls(self) -> None:
        """Say nothing to the next request until the server is stopped."""

        def wait(_request: bytes, _line: socket.socket) -> None:
            self.released.wait(20)

        self.will(wait)

    def forget(self) -> None:
        self._script.clear()

    def wrap(self, how: Callable[[socket.socket], socket.socket]) -> None:
        self._wrap = how

    def stop(self) -> None:
        self.released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            line.settimeout(10)
            with contextlib.suppress(OSError), self._wrap(line) as wrapped:
                self._converse(wrapped)
            line.close()

    def _converse(self, line: socket.socket) -> None:
        while self._script and (request := read_request(line)):
            self.requests.append(request)
            self.asked.set()
            self._script.pop(0)(request, line)


def saying(data: bytes) -> Responder:
    def say(_request: bytes, line: socket.socket) -> None:
        line.sendall(data)

    return say


def read_request(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = line.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    size = 0
    for field in head.split(b"\r\n"):
        if field.lower().startswith(b"content-length:"):
            size = int(field.split(b":")[1])
    while len(body) < size:
        part = line.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


@pytest.fixture
def office() -> Iterator[ScriptedOffice]:
    server = ScriptedOffice()
    yield server
    server.stop()


RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes to and fro until so many went in one direction, then cuts or stalls."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.stalled = threading.Event()
        self._guard = threading.Lock()
        self._direction = ""
        self._left = 0
        self._stalls = False
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self._start(self._serve)

    def cut(self, direction: str, after: int) -> None:
        """Count the bytes that pass from now on; cut every line where they reach `after`."""
        self._limit(direction, after, stalls=False)

    def stall(self, direction: str, after: int) -> None:
        """As `cut`, but the lines stay open and nothing more comes."""
        self.stalled.clear()
        self._limit(direction, after, stalls=True)

    def heal(self) -> None:
        self._limit("", 0, stalls=False)

    def stop(self) -> None:
        for line in (self._listener, *self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        for line in self._lines:
            line.close()

    def _limit(self, direction: str, after: int, *, stalls: bool) -> None:
        with self._guard:
            self._direction, self._left, self._stalls = direction, after, stalls

    def _start(self, what: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=what, args=args)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._lines += [near, far]
                for line in (near, far):
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._pass_on, "up", near, far)
                self._start(self._pass_on, "down", far, near)

    def _pass_on(self, direction: str, start: socket.socket, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := start.recv(16384):
                allowed = self._allowed(direction, len(data))
                end.sendall(data[:allowed])
                if allowed < len(data):
                    if self._stalls:
                        self.stalled.set()
                        return
                    start.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
        for line in (start, end):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _allowed(self, direction: str, size: int) -> int:
        with self._guard:
            if direction != self._direction:
                return size
            allowed = min(size, self._left)
            self._left -= allowed
            return allowed


@pytest.fixture
def proxy(back_office: RealOffice) -> Iterator[Proxy]:
    made = Proxy(back_office.port)
    yield made
    made.stop()


Filled = Callable[[Path, int, int], Awaitable[str]]


@pytest.fixture
def filled(back_office: RealOffice) -> Filled:
    """Makes a laptop in a folder, its key beside it, with so much work and so many photos."""

    async def make(folder: Path, work: int, photos: int) -> str:
        technician = back_office.technician()
        back_office.plan(technician)
        owner = back_office.enrol(technician)
        laptop = await open_laptop(folder, PracticeSource())
        told = ComplaintRecorded(at=datetime.now(UTC), text="the cupboard is damp")

        def work_on(c: Transaction) -> None:
            (visit,) = (orders.visit(c, one) for one in orders.versions(c))
            assert visit is not None
            for _ in range(work):
                outbox.append(c, visit.visit, told, laptop.clock)
            for _ in range(photos):
                attachments.add(
                    c,
                    os.urandom(600_000),
                    visit=visit.visit.id,
                    slot="old",
                    media_type="image/jpeg",
                )

        await laptop.db.write(lambda c: store_device(c, owner), touched=frozenset())
        report = await laptop.engine.sync_once()
        assert report.received == 1
        await laptop.db.write(work_on, touched=frozenset())
        await laptop.close()
        return owner.laptop

    return make
