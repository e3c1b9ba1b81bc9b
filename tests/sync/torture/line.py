"""The line between laptops and an office, in memory: the very bytes, and what happens to them.

In come connections of the product's own HTTP client (urllib3 asks for a socket and gets one of
these); out go its bytes to the product's own HTTP server (uvicorn), and the answer's bytes
back. In between a `Fault` cuts, keeps back, doubles or replaces them. Rule: nothing is sent
over a network and nothing waits; a time-out is an exception that comes at once.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch
from weakref import WeakSet

import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from tests.sync.torture.faults import Fault, Kind, instead_of

T = TypeVar("T")

PEER = ("127.0.0.1", 9)
URL = "http://127.0.0.1:9"
_METHOD = 20
"""Octets in which a request's method and the beginning of its path lie."""


class _Wire(asyncio.Transport):
    """The server's end of a connection; what it writes is kept for the client."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": PEER})
        self.out = bytearray()
        self.closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.out += data

    def close(self) -> None:
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        """The whole request is there already."""

    def resume_reading(self) -> None:
        """As `pause_reading`."""


class Connection:
    """One connection as the server has it."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._state = ServerState()
        self._wire = _Wire()
        make: Any = config.http_protocol_class
        self._protocol = make(config=config, server_state=self._state, app_state={})
        self._protocol.connection_made(self._wire)

    async def ask(self, request: bytes, *, whole: bool) -> bytes:
        """What the server writes to these bytes, after which the line breaks unless `whole`."""
        self._protocol.data_received(request)
        if not whole:
            self._protocol.connection_lost(ConnectionResetError())
        while self._state.tasks:
            await asyncio.wait(self._state.tasks)
        answer = bytes(self._wire.out)
        self._wire.out.clear()
        return answer

    def end(self) -> None:
        """The client is gone."""
        if not self._wire.closing:
            self._protocol.connection_lost(None)

    @property
    def ended(self) -> bool:
        """Whether the server wants no more on it."""
        return self._wire.closing


class Exchange:
    """The office's side of every line: its web application in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._config: uvicorn.Config | None = None
        self._lines: WeakSet[Socket] = WeakSet()
        self.dead: Callable[[], bool] = lambda: False
        self._weather: dict[tuple[bool, int], Fault] = {}
        self._passed: Counter[bool] = Counter()
        self.late: list[bytes] = []
        self.broken: list[bytes] = []
        self.requests = 0

    def forget(self) -> None:
        """Begin anew: no weather, nothing on its way."""
        self.weather(())
        self.late.clear()
        self.broken.clear()
        self.requests = 0

    def weather(self, faults: Iterable[Fault]) -> None:
        """What happens to the next requests."""
        self._weather = {(fault.files, fault.nth): fault for fault in faults}
        self._passed.clear()

    def next_fault(self, request: bytes) -> Fault | None:
        """What happens to the request that goes now."""
        about = (False, True) if b" /v1/files" in request[:_METHOD] else (False,)
        found = [self._weather.get((one, self._passed[one])) for one in about]
        self._passed.update(about)
        return next((fault for fault in found if fault is not None), None)

    def arrive(self, which: int) -> None:
        """A request that was kept back reaches the office."""
        if self.late:
            self.again(self.late.pop(which % len(self.late)))

    def serve(self, app: FastAPI, dead: Callable[[], bool]) -> None:
        """From now on this application answers; `dead` says when it is none any more.

        The lines to the one before it are cut: its process ended.
        """
        for line in tuple(self._lines):
            line.cut()
        self.dead = dead
        self._config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        self._config.load()

    def opened(self, line: Socket) -> None:
        """A laptop has a line to the application of now."""
        self._lines.add(line)

    def connect(self) -> Connection:
        """A new connection to the office."""
        config = self._config
        assert config is not None

        async def connect() -> Connection:
            return Connection(config)

        return self._run(connect())

    def ask(self, line: Connection, request: bytes, *, whole: bool = True) -> bytes:
        """The office's answer; nothing where it died meanwhile."""
        self.requests += 1
        answer = self._run(line.ask(request, whole=whole))
        if self.dead():
            return b""
        if answer.startswith(b"HTTP/1.1 500"):
            self.broken.append(answer)
        return answer

    def again(self, request: bytes) -> None:
        """The same bytes once more, on a line that nobody listens to."""
        if not self.dead():
            self.ask(self.connect(), request)

    def close(self) -> None:
        """End it."""
        self._loop.close()

    def _run(self, task: Coroutine[Any, Any, T]) -> T:
        """Run the office's loop in the middle of the laptop's, in this very thread."""
        around = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            return self._loop.run_until_complete(task)
        finally:
            asyncio._set_running_loop(around)


class Socket(socket.socket):
    """What the client takes for its socket; a real one, over which no byte goes."""

    def __init__(self, exchange: Exchange) -> None:
        mine, other = socket.socketpair()
        super().__init__(fileno=mine.detach())
        self._other = other
        self._exchange = exchange
        self._line = exchange.connect()
        self._sent = bytearray()
        self._answer = b""
        self._broken: OSError | None = None
        exchange.opened(self)

    def cut(self) -> None:
        """The other end is gone, as the client sees before it sends anything more."""
        self._breaks()
        self._other.close()

    def sendall(self, data: Any, flags: int = 0) -> None:
        del flags
        self._sent += data

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        del flags
        if self._sent:
            request = bytes(self._sent)
            self._sent.clear()
            self._carry(request, self._exchange.next_fault(request))
        if not self._answer and self._broken is not None:
            raise self._broken
        room = nbytes or len(buffer)
        part, self._answer = self._answer[:room], self._answer[room:]
        buffer[: len(part)] = part
        return len(part)

    def close(self) -> None:
        self._line.end()
        self._other.close()
        super().close()

    def _carry(self, request: bytes, fault: Fault | None) -> None:
        if self._broken is not None:
            return
        if self._exchange.dead():
            self._breaks()
        elif fault is None:
            self._answer = self._exchange.ask(self._line, request)
        else:
            self._hurt(request, fault)
        if self._exchange.dead():
            self._breaks()
        if self._line.ended or self._broken is not None:
            self._other.close()  # the client sees that its line is no good any more

    def _hurt(self, request: bytes, fault: Fault) -> None:
        exchange, line = self._exchange, self._line
        match fault.kind:
            case Kind.CUT_UP:
                exchange.ask(line, request[: fault.place(len(request))], whole=False)
                self._breaks()
            case Kind.CUT_DOWN:
                answer = exchange.ask(line, request)
                self._answer = answer[: fault.place(len(answer))]
                self._breaks()
            case Kind.TWICE:
                self._answer = exchange.ask(line, request)
                exchange.again(request)
            case Kind.BEFORE:
                exchange.again(request)
                self._answer = exchange.ask(line, request)
            case Kind.LATE:
                exchange.late.append(request)
                self._broken = TimeoutError("nothing comes")
            case Kind.INSTEAD:
                self._answer = instead_of(fault)
            case Kind.AFTER:
                exchange.ask(line, request)
                self._answer = instead_of(fault)

    def _breaks(self) -> None:
        self._broken = ConnectionResetError("the line is cut")


@contextmanager
def instead_of_sockets(exchange: Exchange) -> Iterator[None]:
    """While this lasts, urllib3's connections to any address are lines to this office."""

    def connect(*_where: Any, **_how: Any) -> Socket:
        return Socket(exchange)

    with (
        patch("urllib3.util.connection.create_connection", connect),
        patch("fieldapp.store.database.ThreadPoolExecutor", _AtOnce),
        patch("sync.client.engine.ThreadPoolExecutor", _AtOnce),
        patch("anyio.to_thread.run_sync", _run_at_once),
    ):
        yield


class _AtOnce(Executor):
    """A pool of no threads: what is given to it is done by whoever gives it."""

    def __init__(self, *_size: object, **_names: object) -> None:
        """As `ThreadPoolExecutor`."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as e:  # noqa: BLE001 - as a pool does, also for a kill
            done.set_exception(e)
        return done


async def _run_at_once(func: Callable[..., T], *args: Any, **_how: Any) -> T:
    return func(*args)
