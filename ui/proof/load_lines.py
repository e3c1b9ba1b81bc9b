"""The load's own HTTP: prepared requests over kept connections, at the times of a schedule.

In come whole requests with the moment each is due; out come how long each took from that
moment, whether it was sent late or not, and what went wrong. Rule: an arrival never waits for
an earlier answer (open loop); where no connection is free another one is opened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_PATIENCE_S = 120.0


@dataclass(slots=True)
class Shot:
    """One prepared request.

    Attributes:
        kind: what it is counted under.
        due_s: seconds after the start at which it is sent.
        check: says of the body what is wrong with it, or empty.
    """

    kind: str
    due_s: float
    request: bytes
    check: Callable[[bytes], str] | None = None


@dataclass(slots=True)
class Score:
    """What became of the requests of one kind; times in milliseconds from when it was due."""

    offered: int = 0
    took_ms: list[float] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    last_s: float = 0.0

    def figures(self, seconds: float) -> dict[str, object]:
        """Rates over this many seconds, and the times that stand for the rest."""
        times = sorted(self.took_ms) or [0.0]
        return {
            "offered_per_s": round(self.offered / seconds, 1),
            "achieved_per_s": round(len(self.took_ms) / max(seconds, self.last_s), 1),
            "p50_ms": round(_share(times, 0.50), 1),
            "p99_ms": round(_share(times, 0.99), 1),
            "max_ms": round(times[-1], 1),
            "errors": self.errors,
        }


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Line(asyncio.Protocol):
    """A kept connection that asks one thing at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._whole = 0
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        if not self._whole and (end := self._buffer.find(_END)) >= 0:
            head = bytes(self._buffer[:end]).lower()
            place = head.find(_LENGTH)
            said = head[place + len(_LENGTH) :].partition(b"\r")[0] if place >= 0 else b"0"
            self._whole = end + len(_END) + int(said)
        if self._whole and len(self._buffer) >= self._whole and self._answer is not None:
            answer, self._answer = self._answer, None
            whole = bytes(self._buffer)
            self._buffer.clear()
            self._whole = 0
            if not answer.done():
                answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed"))

    @property
    def is_open(self) -> bool:
        """Whether something can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes) -> asyncio.Future[bytes]:
        """Send a request; the whole answer comes."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Servers:
    """The office's processes, asked in turns, as a balancer before them would."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._free: dict[int, list[Line]] = {port: [] for port in ports}
        self._turn = 0

    async def ask(self, request: bytes) -> bytes:
        """One request and its whole answer.

        A kept connection that the office was just hanging up on is replaced by a new one, as
        every client does (RFC 9112, 9.3.1); what a laptop sends may be sent again.
        """
        self._turn += 1
        port = self._ports[self._turn % len(self._ports)]
        free = self._free[port]
        while free and not free[-1].is_open:
            free.pop()
        kept = free.pop() if free else None
        if kept is not None:
            with suppress(OSError):
                return await self._use(kept, free, request)
        return await self._use(await self._open(port), free, request)

    @staticmethod
    async def _use(line: Line, free: list[Line], request: bytes) -> bytes:
        try:
            answer = await line.ask(request)
        except BaseException:
            line.close()
            raise
        free.append(line)
        return answer

    @staticmethod
    async def _open(port: int) -> Line:
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(Line, "127.0.0.1", port)
        return line

    def close(self) -> None:
        """Hang up everywhere."""
        for lines in self._free.values():
            while lines:
                lines.pop().close()


async def run(servers: Servers, shots: Iterable[Shot]) -> dict[str, Score]:
    """Send every request when it is due; back when all are answered."""
    scores: dict[str, Score] = {}
    start = time.perf_counter() + 0.2
    async with asyncio.TaskGroup() as group:
        for shot in sorted(shots, key=lambda s: s.due_s):
            due = start + shot.due_s
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            score = scores.setdefault(shot.kind, Score())
            score.offered += 1
            group.create_task(_one(servers, shot, score, (start, due)))
    return scores


async def _one(servers: Servers, shot: Shot, score: Score, times: tuple[float, float]) -> None:
    start, due = times
    try:
        async with asyncio.timeout(_PATIENCE_S):
            answer = await servers.ask(shot.request)
    except (OSError, TimeoutError) as e:
        trouble = type(e).__name__
    else:
        now = time.perf_counter()
        trouble = _trouble(shot, answer)
        if not trouble:
            score.took_ms.append((now - due) * 1000)
            score.last_s = now - start
    if trouble:
        score.errors[trouble] = score.errors.get(trouble, 0) + 1


def _trouble(shot: Shot, answer: bytes) -> str:
    if answer[9:12] != b"200":
        return answer[9:12].decode(errors="replace")
    return shot.check(answer) if shot.check is not None else ""
