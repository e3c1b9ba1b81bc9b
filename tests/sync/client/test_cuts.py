from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from fieldapp.store import attachments, orders
from fieldapp.store.transaction import Transaction
from sync.server import tables

if TYPE_CHECKING:
    from tests.sync.client.conftest import Enrolled, Laptop, RealOffice

RESET = struct.pack("ii", 1, 0)


class CuttingProxy:
    """Passes bytes to and fro until so many went in one direction, then cuts the line."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._guard = threading.Lock()
        self._left: dict[str, int | None] = {"up": None, "down": None}
        self._threads: list[threading.Thread] = []
        self._lines: list[socket.socket] = []
        self._start(self._serve)

    def cut(self, direction: str, after: int) -> None:
        """The next bytes that pass are counted; at `after` the line is cut once."""
        with self._guard:
            self._left[direction] = after

    def heal(self) -> None:
        with self._guard:
            self._left = {"up": None, "down": None}

    def stop(self) -> None:
        for line in (self._listener, *self._lines):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _start(self, what: object, *args: object) -> None:
        assert callable(what)
        thread = threading.Thread(target=what, args=args)
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._lines += [near, far]
            self._start(self._pass_on, "up", near, far)
            self._start(self._pass_on, "down", far, near)

    def _pass_on(self, direction: str, start: socket.socket, end: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := start.recv(65536):
                allowed = self._allowed(direction, len(data))
                end.sendall(data[:allowed])
                if allowed < len(data):
                    start.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    break
        for line in (start, end):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        start.close()

    def _allowed(self, direction: str, size: int) -> int:
        with self._guard:
            left = self._left[direction]
            if left is None:
                return size
            allowed = min(size, left)
            self._left[direction] = left - allowed
            return allowed


@pytest.fixture
def proxy(back_office: RealOffice) -> Iterator[CuttingProxy]:
    made = CuttingProxy(back_office.port)
    yield made
    made.stop()


async def photo(laptop: Laptop, content: bytes) -> str:
    def take(c: Transaction) -> str:
        (visit,) = orders.versions(c)
        return attachments.add(
            c, content, visit=visit, slot="old", media_type="image/jpeg"
        ).sha256

    return await laptop.db.write(take, touched=frozenset({"files"}))


def files_at(office: RealOffice, laptop: Laptop) -> int:
    t = tables.files
    mine = (t.c.laptop == laptop.owner.laptop, t.c.complete_at.is_not(None))
    with office.office.database.reading() as c:
        return int(c.execute(select(func.count()).where(*mine)).scalar_one())


SPREAD = {
    "up": [0, 1, 60, 200, 211, 400, 600, 800, 1000, 1500, 2500, 5000, 70_000, 300_000],
    "down": [0, 1, 9, 20, 60, 130, 200, 300, 400, 500, 600, 700, 900, 1200, 1600, 2000],
}


@pytest.mark.parametrize("direction", ["up", "down"])
async def test_a_line_cut_after_any_byte_loses_and_doubles_nothing(
    enrolled: Enrolled, back_office: RealOffice, proxy: CuttingProxy, direction: str
) -> None:
    laptop = await enrolled(1, url=proxy.url)
    assert (await laptop.engine.sync_once()).error is None
    ids: list[str] = []
    broken = 0
    for number, after in enumerate(SPREAD[direction], start=1):
        await laptop.engine.close()
        laptop.engine = laptop.engine_to(proxy.url)
        ids += await laptop.work(2)
        await photo(laptop, os.urandom(300_000))
        proxy.cut(direction, after)
        cut = await laptop.engine.sync_once()
        broken += cut.error is not None
        held = {row.id for row in back_office.operations(laptop.owner.laptop)}
        assert {told.id for told in cut.verdicts} <= held

        proxy.heal()
        mended = await laptop.engine.sync_once()
        assert (mended.error, mended.waiting, mended.files_waiting) == (None, 0, 0)
        assert cut.sent + mended.sent == 2
        held_now = back_office.operations(laptop.owner.laptop)
        assert [(row.id, row.outcome) for row in held_now] == [(i, "applied") for i in ids]
        assert files_at(back_office, laptop) == number
    assert broken >= len(SPREAD[direction]) - 4
    assert {item.state for item in await laptop.items()} == {"applied"}


async def test_a_first_load_cut_anywhere_is_whole_at_the_end(
    enrolled: Enrolled, proxy: CuttingProxy
) -> None:
    laptop = await enrolled(60, url=proxy.url)
    for after in (500, 900, 1500, 3000, 5000):
        proxy.cut("down", after)
        await laptop.engine.sync_once()
        assert len(await laptop.visits()) in {0, 50, 60}
        proxy.heal()
    report = await laptop.engine.sync_once()
    assert report.error is None
    assert len(await laptop.visits()) == 60


async def test_with_patience_a_line_that_is_cut_again_and_again_gets_there(
    enrolled: Enrolled, back_office: RealOffice, proxy: CuttingProxy
) -> None:
    laptop = await enrolled(1, url=proxy.url)
    await laptop.engine.sync_once()
    ids = await laptop.work(3)
    await photo(laptop, os.urandom(900_000))
    proxy.cut("up", 280_000)
    report = await laptop.engine.sync_once(
        lambda _event: proxy.cut("up", 280_000), patience_s=20
    )
    assert (report.error, report.waiting, report.files_waiting) == (None, 0, 0)
    assert [row.id for row in back_office.operations(laptop.owner.laptop)] == ids
