"""Who works on a file now, and how a newer request takes over from a stale one.

In comes the id of a file; out comes a turn that ends when its request is done, when its body
says nothing for too long, or when a newer request for the same file arrives, whatever that one
asks. A stale connection therefore never blocks the laptop that came back, and what it left is
in the store before the offset is read. Between processes no turns are needed: there the store
says who was first. Rule: lives on the event loop; work on files goes through `in_thread`, which
leaves threads for everything else when the store is slow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from sync.server.problems import ProblemError, busy

P = ParamSpec("P")
T = TypeVar("T")

IDLE_S = 30.0
_LANES = 16
"""Of the server's 40 threads, those that work on files."""
_TAKE_OVER_S = 10.0


class Turn:
    """The right to work on a file; ends by time-out or when somebody newer comes."""

    def __init__(self, limit: asyncio.Timeout) -> None:
        self._limit = limit
        self.superseded = False

    def heard(self) -> None:
        """Octets came in: the time for silence starts anew."""
        if not self.superseded:
            self._limit.reschedule(asyncio.get_running_loop().time() + IDLE_S)

    def end(self) -> None:
        """Stop waiting for octets: a newer request is there."""
        self.superseded = True
        self._limit.reschedule(asyncio.get_running_loop().time())


class _Place:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.turn: Turn | None = None
        self.waiting = 0
        self.newest = 0


class Uploads:
    """Every file that is being worked on in this process."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}
        self._lanes = asyncio.Semaphore(_LANES)

    async def in_thread(self, call: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What a blocking call returns; who is cancelled meanwhile leaves when it has ended.

        Else a turn would pass on while its thread still writes.
        """
        async with self._lanes:
            work = asyncio.ensure_future(run_in_threadpool(call, *args, **named))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                await asyncio.wait({work})
                raise

    def busy(self) -> int:
        """How many files are being worked on."""
        return sum(place.turn is not None for place in list(self._places.values()))

    @asynccontextmanager
    async def turn(self, file: str) -> AsyncIterator[Turn]:
        """Wait for the right to work on it; who had it before is told to stop.

        Raises:
            ProblemError: 503 when the one before does not stop, 409 when this one is
                superseded, 408 when nothing more comes.
        """
        place = self._places.setdefault(file, _Place())
        place.waiting += 1
        try:
            await self._take_over(place)
            try:
                async with self._limited(place) as turn:
                    yield turn
            finally:
                place.turn = None
                place.lock.release()
        finally:
            place.waiting -= 1
            if not place.waiting:
                self._places.pop(file, None)

    @staticmethod
    async def _take_over(place: _Place) -> None:
        place.newest += 1
        number = place.newest
        if place.turn is not None:
            place.turn.end()
        try:
            async with asyncio.timeout(_TAKE_OVER_S):
                await place.lock.acquire()
        except TimeoutError as e:
            raise busy(2) from e
        if number != place.newest:
            place.lock.release()
            raise _superseded()

    @staticmethod
    @asynccontextmanager
    async def _limited(place: _Place) -> AsyncIterator[Turn]:
        turn: Turn | None = None
        try:
            async with asyncio.timeout(IDLE_S) as limit:
                place.turn = turn = Turn(limit)
                yield turn
        except TimeoutError as e:
            if turn is not None and turn.superseded:
                raise _superseded() from e
            raise ProblemError(408, "upload-idle") from e


def _superseded() -> ProblemError:
    return ProblemError(409, "upload-superseded")
