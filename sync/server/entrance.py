"""The way of every request: a number, a look at the queue, the answer, one line in the log.

In comes an ASGI application; out comes the same one behind an entrance that numbers each
request (`X-Request-Id`, the proxy's where that is sane), turns newcomers away while that takes
too long, asks clients to hang up when this process is about to end, and counts. Work is taken
up in the order it came (the thread pool's queue); who was let in is not turned away for want of
a thread. Rule: what is written down is the route's template, never a path, a query, a header or
a body.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import anyio.to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fieldapp.clock import Clock
from sync.server.metrics import Metrics
from sync.server.problems import ProblemError, answer
from sync.server.stopping import Stopping

LONGEST_WAIT_S = 8
"""Where who got a thread last had waited longer, newcomers are told to come later: a laptop
hangs up after twice as long without an answer, and would only ask again."""

MOST_WAITING = 2000
"""Pieces of work that may wait for a thread in any case."""

MOST_OCTETS = 256 * 1024 * 1024
"""Of bodies in the memory of one process at once."""

LISTENING = "/v1/changed"
ALWAYS_IN = frozenset({"/v1/health", "/v1/ready", LISTENING})
"""Never turned away: they use no thread that others wait for, or hardly."""

_PIECE = 8 * 1024 * 1024
"""Of a PATCH at most so much is in memory: the rest of it lies where files lie."""

_SANE = re.compile(r"[0-9A-Za-z._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
_OTHER, _LISTENER = "other", "listener"
_LOG = logging.getLogger("sync.server.requests")

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The number of the request that this code runs for; empty outside of any."""


@dataclass(slots=True)
class Desk:
    """What an entrance works with.

    Attributes:
        waiting: how many pieces of work wait for a thread now.
        waited_s: how long the one that got a thread last had waited for it.
    """

    clock: Clock
    metrics: Metrics
    stopping: Stopping
    waiting: Callable[[], int]
    most_waiting: int = MOST_WAITING
    most_octets: int = MOST_OCTETS
    octets: int = 0
    waited_s: float = 0.0

    @property
    def is_full(self) -> bool:
        """Whether newcomers have to come later."""
        waiting = self.waiting()
        return (
            waiting >= self.most_waiting
            or (waiting > 0 and self.waited_s > LONGEST_WAIT_S)
            or self.octets >= self.most_octets
        )


def waiting_for_a_thread() -> int:
    """How many wait for one of this event loop's threads."""
    return anyio.to_thread.current_default_thread_limiter().statistics().tasks_waiting


class Entrance:
    """The application behind its entrance."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification, 3.0."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(self._desk, scope, receive, send)
        try:
            await passage.go(self._app)
        finally:
            passage.note()


class _Passage:
    """One request on its way."""

    def __init__(self, desk: Desk, scope: Scope, receive: Receive, send: Send) -> None:
        self._desk = desk
        self._scope = scope
        self._receive_raw, self._send_raw = receive, send
        self._began_s = desk.clock.monotonic_s()
        self._received = self._sent = self._status = 0
        self._kind = _LISTENER if scope["path"] == LISTENING else "plain"
        said = Headers(scope=scope).get("x-request-id", "")
        self.id = said if _SANE.fullmatch(said) else secrets.token_hex(8)
        self._most_held = _PIECE if scope["method"] == "PATCH" else MOST_OCTETS
        self._held = 0
        self._endless = self._ended = False
        self._task = asyncio.current_task()

    async def go(self, app: ASGIApp) -> None:
        """Let it in, or turn it away."""
        request_id.set(self.id)
        self._desk.metrics.begun(self._kind)
        if self._scope["path"] not in ALWAYS_IN and self._desk.is_full:
            self._desk.metrics.turned_away()
            await answer(self._come_later())(self._scope, self._receive, self._send)
            return
        try:
            await app(self._scope, self._receive, self._send)
        except asyncio.CancelledError:
            if not self._endless or not self._desk.stopping.begun:
                raise
            if self._task is not None:
                self._task.uncancel()
            if not self._ended:  # the stream may have come to its own end at the same moment
                await self._send_raw({"type": "http.response.body", "body": b""})

    def _come_later(self) -> ProblemError:
        wait_s = 1 + self._desk.clock.random_bytes(1)[0] % 5
        return ProblemError(503, "busy", headers={"Retry-After": str(wait_s)})

    async def _receive(self) -> Message:
        message = await self._receive_raw()
        size = len(message.get("body", b""))
        self._received += size
        self._hold(min(self._received, self._most_held))
        if size and self._desk.octets > self._desk.most_octets:
            raise self._come_later()
        return message

    def _hold(self, octets: int) -> None:
        self._desk.octets += octets - self._held
        self._held = octets

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.id.encode())]
            if self._kind == _LISTENER or self._desk.stopping.begun:
                self._see_to_the_end(MutableHeaders(scope=message))
        else:
            self._sent += len(message.get("body", b""))
            self._ended = not message.get("more_body", False)
        await self._send_raw(message)

    def _see_to_the_end(self, headers: MutableHeaders) -> None:
        if self._desk.stopping.begun:
            headers["Connection"] = "close"
        self._endless = headers.get("content-type", "").startswith("text/event-stream")
        if self._endless and self._task is not None:
            self._desk.stopping.ends(self._task)

    def note(self) -> None:
        """Count it and write its line."""
        desk = self._desk
        self._hold(0)
        seconds = desk.clock.monotonic_s() - self._began_s
        route = self._route()
        desk.metrics.ended(self._kind, route, status=self._status, seconds=seconds)
        desk.metrics.moved(route, received=self._received, sent=self._sent)
        quiet = self._scope["path"] in ALWAYS_IN
        told = {
            "route": route,
            "status": self._status,
            "ms": round(seconds * 1000, 1),
            "received": self._received,
            "sent": self._sent,
            "laptop": self._scope.get("state", {}).get("laptop", ""),
            "request": self.id,
        }
        _LOG.log(logging.DEBUG if quiet else logging.INFO, "request", extra=told)

    def _route(self) -> str:
        method = self._scope["method"]
        template = getattr(self._scope.get("route"), "path", "")
        return f"{method} {template}" if template and method in _METHODS else _OTHER
