"""The load's own HTTP: prepared requests over kept connections, at the times of a schedule.

In come whole requests with the moment each is due; out come how long each took from that
moment, whether it was sent late or not, and what went wrong. Rule: an arrival never waits for
an earlier answer (open loop); where no connection is free another one is opened.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
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

    def wrong(self, trouble: str) -> None:
        """One that went wrong."""
        self.errors[trouble] = self.errors.get(trouble, 0) + 1

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
    """A kept connection that asks one thing at a time.

    `told` gets the whole answer, or None where the office hung up instead.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._whole = 0
        self._told: Callable[[bytes | None], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer = self._buffer + data if self._buffer else data
        if not self._whole and (end := self._buffer.find(_END)) >= 0:
            said = _LENGTH.search(self._buffer, 0, end)
            self._whole = end + len(_END) + (int(said[1]) if said is not None else 0)
        if self._whole and len(self._buffer) >= self._whole:
            answer, self._buffer, self._whole = self._buffer, b"", 0
            self._tell(answer)

    def connection_lost(self, _exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._tell(None)

    def _tell(self, answer: bytes | None) -> None:
        told, self._told = self._told, None
        if told is not None:
            told(answer)

    @property
    def is_open(self) -> bool:
        """Whether something can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def ask(self, request: bytes, told: Callable[[bytes | None], None]) -> None:
        """Send a request."""
        assert self._transport is not None
        self._told = told
        self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class Servers:
    """The office's processes, asked in turns, as a balancer before them would."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._free: dict[int, list[Line]] = {port: [] for port in ports}
        self._opening: set[asyncio.Task[None]] = set()
        self._turn = 0

    def ask(self, request: bytes, told: Callable[[bytes | None], None]) -> None:
        """One request; `told` gets its whole answer, or None where there came none.

        A kept connection that the office was just hanging up on is replaced by a new one, as
        every client does (RFC 9112, 9.3.1); what a laptop sends may be sent again.
        """
        self._turn += 1
        port = self._ports[self._turn % len(self._ports)]
        free = self._free[port]
        while free and not free[-1].is_open:
            free.pop()
        if not free:
            self._anew(port, request, told)
            return

        def heard(answer: bytes | None) -> None:
            if answer is None:
                self._anew(port, request, told)
                return
            free.append(line)
            told(answer)

        line = free.pop()
        line.ask(request, heard)

    async def answer(self, request: bytes) -> bytes:
        """One request and its answer.

        Raises:
            ConnectionError: there came none.
        """
        heard: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self.ask(request, heard.set_result)
        found = await heard
        if found is None:
            raise ConnectionError("no answer")
        return found

    def _anew(self, port: int, request: bytes, told: Callable[[bytes | None], None]) -> None:
        """Ask over a new connection, once."""
        task = asyncio.create_task(self._open(port, request, told))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(
        self, port: int, request: bytes, told: Callable[[bytes | None], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, line = await loop.create_connection(Line, "127.0.0.1", port)
        except OSError:
            told(None)
            return

        def heard(answer: bytes | None) -> None:
            if answer is not None:
                self._free[port].append(line)
            told(answer)

        line.ask(request, heard)

    def close(self) -> None:
        """Hang up everywhere."""
        for lines in self._free.values():
            while lines:
                lines.pop().close()


async def run(servers: Servers, shots: Iterable[Shot]) -> dict[str, Score]:
    """Send every request when it is due; back when all are answered or given up."""
    scores: dict[str, Score] = {}
    waits = _Outstanding()
    start = time.perf_counter() + 0.2
    for shot in sorted(shots, key=lambda s: s.due_s):
        wait = start + shot.due_s - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        score = scores.setdefault(shot.kind, Score())
        score.offered += 1
        servers.ask(shot.request, waits.added(shot, score, start))
    await waits.over()
    return scores


class _Outstanding:
    """The requests that were sent and not answered yet."""

    def __init__(self) -> None:
        self._left: dict[int, Score] = {}
        self._number = 0
        self._over = asyncio.Event()

    def added(self, shot: Shot, score: Score, start: float) -> Callable[[bytes | None], None]:
        """One more; answers who is to hear its answer."""
        self._number += 1
        number = self._number
        self._left[number] = score
        self._over.clear()

        def heard(answer: bytes | None) -> None:
            now = time.perf_counter() - start
            if self._left.pop(number, None) is None:
                return
            if trouble := _trouble(shot, answer):
                score.wrong(trouble)
            else:
                score.took_ms.append((now - shot.due_s) * 1000)
                score.last_s = now
            if not self._left:
                self._over.set()

        return heard

    async def over(self) -> None:
        """Until all are answered; who waits too long is an error."""
        if self._left:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _PATIENCE_S)
        for score in self._left.values():
            score.wrong("TimeoutError")
        self._left.clear()


def _trouble(shot: Shot, answer: bytes | None) -> str:
    if answer is None:
        return "ConnectionError"
    if answer[9:12] != b"200":
        return answer[9:12].decode(errors="replace")
    return shot.check(answer) if shot.check is not None else ""
