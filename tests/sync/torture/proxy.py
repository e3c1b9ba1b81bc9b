"""A real TCP proxy between a laptop's process and the office's that hurts what goes through.

In come connections; out go their bytes, until a `Harm` cuts, holds or breaks the line after so
many bytes in one direction, doubles a whole request, or passes everything on in crumbs. Rule:
it owns one thread with an event loop; what it did is told by an event, never by a time.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

T = TypeVar("T")

_RESET = struct.pack("ii", 1, 0)
_STEP = 16_384
_CRUMB = 37


class Way(StrEnum):
    """What happens to a line."""

    NONE = "none"
    CUT = "cut"  # it ends in good order
    RESET = "reset"
    HOLD = "hold"  # nothing more comes, and it stays open
    DOUBLE = "double"  # the first whole request goes once more, on a line of its own
    CRUMBS = "crumbs"  # a few bytes at a time
    DEAF = "deaf"  # nobody is there


@dataclass(frozen=True)
class Harm:
    """What happens after so many bytes from now on, `up` to the office or down from it."""

    way: Way = Way.NONE
    up: bool = True
    after: int = 0


@dataclass(eq=False)
class _Line:
    """One connection and its other half."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    first: bytearray = field(default_factory=bytearray)
    doubled: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Listens on a port of its own as long as it lives; where it leads to may change.

    Attributes:
        targets: the ports of the servers; each line goes to the next one that is there.
        struck: set once the harm has happened.
    """

    def __init__(self) -> None:
        self.targets: tuple[int, ...] = ()
        self._turn = 0
        self.struck = threading.Event()
        self._harm = Harm()
        self._passed = 0
        self._lines: set[_Line] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._thread.start()
        self.port: int = self._call(self._listen())

    @property
    def url(self) -> str:
        """Where the laptop takes the office to be."""
        return f"http://127.0.0.1:{self.port}"

    def harm(self, harm: Harm) -> None:
        """From now on; every line that is open ends."""

        async def change() -> None:
            self._harm, self._passed = harm, 0
            self.struck.clear()
            for line in tuple(self._lines):
                self._end(line)

        self._call(change())

    def close(self) -> None:
        """End it."""

        async def end() -> None:
            self._server.close()
            for line in tuple(self._lines):
                self._end(line)
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)

        self._call(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, task: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(30)

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._harm.way is Way.DEAF:
            self.struck.set()
            _break(writer)
            return
        try:
            far_reader, far = await self._reach()
        except OSError:
            _break(writer)
            return
        line = _Line(writer, far)
        self._lines.add(line)
        try:
            await asyncio.gather(
                self._pass(line, reader, far, up=True),
                self._pass(line, far_reader, writer, up=False),
            )
        finally:
            self._end(line)

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A line to the next server that is there; raises `OSError` where none is."""
        targets = self.targets
        for _ in targets[1:]:
            self._turn += 1
            with suppress(OSError):
                return await self._reached(targets)
        self._turn += 1
        return await self._reached(targets)

    async def _reached(
        self, targets: tuple[int, ...]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", targets[self._turn % len(targets)])

    async def _pass(
        self,
        line: _Line,
        start: asyncio.StreamReader,
        end: asyncio.StreamWriter,
        *,
        up: bool,
    ) -> None:
        with suppress(OSError):
            while data := await start.read(_STEP):
                allowed = self._allowed(len(data), up=up)
                if up:
                    await self._double(line, data)
                await self._write(end, data[:allowed])
                if allowed < len(data):
                    await self._strike(line)
                    return
        self._end(line)

    def _allowed(self, size: int, *, up: bool) -> int:
        harm = self._harm
        if harm.way not in {Way.CUT, Way.RESET, Way.HOLD} or harm.up != up:
            return size
        allowed = min(size, max(0, harm.after - self._passed))
        self._passed += allowed
        return allowed

    async def _write(self, end: asyncio.StreamWriter, data: bytes) -> None:
        size = _CRUMB if self._harm.way is Way.CRUMBS else _STEP
        for start in range(0, len(data), size):
            end.write(data[start : start + size])
            await end.drain()
            await asyncio.sleep(0)

    async def _strike(self, line: _Line) -> None:
        self.struck.set()
        if self._harm.way is Way.HOLD:
            await line.ended.wait()
        if self._harm.way is Way.RESET:
            _linger(line.near)
            _linger(line.far)
        self._end(line)

    async def _double(self, line: _Line, data: bytes) -> None:
        if self._harm.way is not Way.DOUBLE or line.doubled:
            return
        line.first += data
        if not _is_whole(bytes(line.first)):
            return
        line.doubled = True
        reader, writer = await self._reach()
        writer.write(bytes(line.first))
        await reader.read(1)  # the office has done it
        _break(writer)
        self.struck.set()

    def _end(self, line: _Line) -> None:
        self._lines.discard(line)
        line.ended.set()
        line.near.close()
        line.far.close()


def _is_whole(request: bytes) -> bool:
    """Whether all of an HTTP request is there."""
    head, found, body = request.partition(b"\r\n\r\n")
    if not found:
        return False
    for name in head.lower().split(b"\r\n"):
        if name.startswith(b"content-length:"):
            return len(body) >= int(name.partition(b":")[2])
    return True


def _linger(writer: asyncio.StreamWriter) -> None:
    line: socket.socket | None = writer.get_extra_info("socket")
    if line is not None:
        with suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _break(writer: asyncio.StreamWriter) -> None:
    _linger(writer)
    writer.close()
