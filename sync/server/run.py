"""Runs the back office until it is told to stop.

In come settings, host and port; `on_ready` gets the address as soon as requests are taken. A
SIGTERM or SIGINT lets running requests finish first. Rule: one process, because a file has one
append handle (`files`).
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from uvicorn.server import HANDLED_SIGNALS

from sync.server.app import create_app
from sync.server.settings import ServerSettings

_GRACE_S = 10


class OfficeServer(uvicorn.Server):
    """Uvicorn that says when it takes requests, and sends away who only waits when it stops."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        if isinstance(self.config.app, FastAPI):
            self.config.app.state.waiting_room.end()
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


def serve(
    settings: ServerSettings, host: str, port: int, on_ready: Callable[[str], None]
) -> None:
    """Serve until a signal says stop.

    Raises:
        OSError: the address can't be had.
        OfficeUnavailable: folder, key file or database can't be had.
    """
    with listen(host, port) as bound:
        config = uvicorn.Config(
            create_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        server = OfficeServer(config, lambda: on_ready(address(bound)))
        asyncio.run(server.serve(sockets=[bound]))
