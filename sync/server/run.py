"""Runs one process of the back office until it is told to stop.

In come the service and a listening socket; `on_ready` is called as soon as requests are taken.
The end, by SIGTERM or SIGINT: `/v1/health` says so and listeners are let go at once; requests
are still taken, each answer asking its client to hang up, until the clients have gone or the
time for it is over; then nobody is let in any more and running requests have ten seconds. Rule:
nothing that was answered is undone, and nothing that was let in is cut off within that time.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.server import HANDLED_SIGNALS

from sync.server.app import create_app
from sync.server.office import OfficeUnavailable
from sync.server.service import Service
from sync.server.stopping import Stopping

GRACE_S = 10
"""For running requests, once nobody is let in any more."""

_LOG = logging.getLogger(__name__)
_HANG_UP_S = 0.5
_LOOK_S = 0.02
_BACKLOG = 2048
_AT_A_TIME = 8
"""Connections that one of several processes takes at once, so that the others get theirs."""

_TURN_S = 0.001
"""How long one thread computes while others want to: a request takes some six turns, and with
Python's own 5 ms small ones wait longest behind the large."""

_KEEP_ALIVE_S = 75
"""Longer than a proxy keeps idle connections (nginx: 60), so that it is the one to close."""


class OfficeServer(uvicorn.Server):
    """Uvicorn that says when it takes requests, and stops in two steps."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        stopping: Stopping | None = None,
        drain_s: float = 0.0,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._stopping = stopping or Stopping()
        self._drain_s = drain_s

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        for bound in sockets or ():
            bound.listen(_BACKLOG)  # asyncio made it as long as it takes connections at a time
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`; clients are asked to hang up before."""
        self._stopping.begin()
        if isinstance(self.config.app, FastAPI):
            self.config.app.state.waiting_room.end()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + max(self._drain_s, _HANG_UP_S)
        while loop.time() < until_s and not self.force_exit:
            if not self._drain_s and not self.server_state.connections:
                break
            await asyncio.sleep(_LOOK_S)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """See `uvicorn.Server.capture_signals`; a heeded signal is not raised again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {sig: signal.signal(sig, self.handle_exit) for sig in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for sig, handler in before.items():
                signal.signal(sig, handler)


class _Teller(uvicorn.Server):
    """Tells the metrics beside a server that has the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None of them."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any that is free.

    Raises:
        OSError: the address is not this machine's or is in use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; else an answer waits 40 ms
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if socket.has_dualstack_ipv6() or family == socket.AF_INET:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def address(bound: socket.socket) -> str:
    """The http address of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(service: Service, on_ready: Callable[[str], None]) -> None:
    """Serve by this process alone until a signal says stop.

    Raises:
        OSError: the address can't be had.
        OfficeUnavailable: folder, key file, database or store for files can't be had.
    """
    with listen(service.host, service.port) as bound:
        asyncio.run(one(service, 1, bound, lambda _server: on_ready(address(bound))))


async def one(
    service: Service,
    process: int,
    bound: socket.socket,
    on_ready: Callable[[uvicorn.Server], None],
) -> None:
    """Serve as process `process` of the service; errors as `serve`.

    `on_ready` gets what serves; its `should_exit` ends it as a signal does.
    """
    app = create_app(service.settings, process=process, processes=service.processes)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG if service.processes == 1 else _AT_A_TIME,
        forwarded_allow_ips=list(service.trusted_proxies),
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )

    def ready() -> None:
        sys.setswitchinterval(_TURN_S)
        gc.collect()
        gc.freeze()  # what is here now stays: to walk through it would hold everybody up
        _LOG.info("serving", extra={"member": process})
        on_ready(server)

    server = OfficeServer(config, ready, app.state.stopping, service.drain_s)
    async with _telling(service, process, app):
        await server.serve(sockets=[bound])


@asynccontextmanager
async def _telling(service: Service, process: int, app: FastAPI) -> AsyncIterator[None]:
    """The metrics on a port of their own for as long as the office is served."""
    if service.metrics_port is None:
        yield
        return
    with _metrics_place(service.metrics_host, service.metrics_port + process - 1) as bound:
        routes = [Route("/metrics", _page(app))]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, access_log=False)
        teller = _Teller(config)
        telling = asyncio.create_task(teller.serve(sockets=[bound]))
        try:
            yield
        finally:
            teller.should_exit = True
            await telling


def _metrics_place(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as e:
        raise OfficeUnavailable(f"no metrics on {host} port {port}: {e.strerror}") from e


def _page(app: FastAPI) -> Callable[[Request], object]:
    async def page(_request: Request) -> Response:
        if app.state.figures is not None:
            await run_in_threadpool(app.state.figures.refresh)
        return Response(app.state.metrics.page(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return page
