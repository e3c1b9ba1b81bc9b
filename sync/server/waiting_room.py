"""Who waits for news, by technician: a dictionary, one thread that hears, one shared beat.

In come laptops that wait and technicians for whom the bell rang (`bell_watch`); out come words
to those who wait: a beat now and then, that something changed, or that it is over. Rule: who
waits costs a future, no thread and no line to the database; all of it lives in one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from math import ceil
from typing import Any

from fieldapp.clock import Clock
from sync.server.bell import Whom
from sync.server.bell_watch import BellWatch
from sync.server.database import OfficeDatabase
from sync.server.problems import busy

BEAT_S = 15.0
"""Between two beats: a proxy lets go of a line that is silent for a minute."""

_LIFE_BEATS = 16
"""Then who waits is sent away, to come again with a fresh credential; some a little sooner."""

_AT_ONCE = 100
_READY_S = 5.0
_COME_AGAIN_S = 30
MOST = 25_000
"""Who wait in one process."""


class Word(IntEnum):
    """What is said to who waits; of several the highest is heard."""

    BEAT = 0
    END = 1
    CHANGED = 2


class Waiter:
    """One who waits; used in the event loop only."""

    __slots__ = ("_beats", "_future", "_word")

    def __init__(self, beats: int) -> None:
        self._beats = beats
        self._word: Word | None = None
        self._future: asyncio.Future[None] | None = None

    def tell(self, word: Word) -> None:
        """Say something to it."""
        if word is Word.BEAT:
            self._beats -= 1
            word = word if self._beats > 0 else Word.END
        if self._word is None or word > self._word:
            self._word = word
        if self._future is not None and not self._future.done():
            self._future.set_result(None)

    async def next(self) -> Word:
        """Wait for the next word."""
        while self._word is None:
            self._future = asyncio.get_running_loop().create_future()
            await self._future
        word, self._word = self._word, None
        return word


class WaitingRoom:
    """All who wait at one process of the office, `most` at once; the first one wakes it up."""

    def __init__(self, database: OfficeDatabase, clock: Clock, most: int = MOST) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[Whom, set[Waiter]] = {}
        self._most = most
        self._number = 0
        self._hears = asyncio.Event()
        self._ended = False
        self._watch: BellWatch | None = None
        self._beat: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return self._number

    async def ready(self) -> None:
        """From here on every change is heard.

        Raises:
            ProblemError: 503; the office is stopping, full, or does not hear now.
        """
        if self._ended or self._number >= self._most:
            raise busy(_COME_AGAIN_S)
        if self._watch is None:
            self._start()
        try:
            await asyncio.wait_for(self._hears.wait(), _READY_S)
        except TimeoutError as e:
            raise busy(_COME_AGAIN_S) from e

    @contextmanager
    def waiter(self, whom: Whom) -> Iterator[Waiter]:
        """Wait for `whom` for as long as the block lasts."""
        made = Waiter(_LIFE_BEATS - self._clock.random_bytes(1)[0] % 4)
        if self._ended:
            made.tell(Word.END)
        self._waiting.setdefault(whom, set()).add(made)
        self._number += 1
        try:
            yield made
        finally:
            self._number -= 1
            beside = self._waiting[whom]
            beside.discard(made)
            if not beside:
                del self._waiting[whom]

    def ring(self, whom: frozenset[Whom] | None) -> None:
        """Something changed for these; None: nothing is heard now, so all come again later."""
        if whom is None:
            self._hears.clear()
            self._tell_all(Word.END)
            return
        for one in whom:
            for waiter in self._waiting.get(one, ()):
                waiter.tell(Word.CHANGED)

    def end(self) -> None:
        """The office stops: send everybody away and let nobody in."""
        self._ended = True
        self._tell_all(Word.END)

    async def close(self) -> None:
        """End what `ready` started."""
        self.end()
        if self._beat is not None:
            self._beat.cancel()
            with suppress(asyncio.CancelledError):
                await self._beat
        if self._watch is not None:
            await asyncio.to_thread(self._watch.stop)

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._watch = BellWatch(
            self._database,
            lambda whom: _in_loop(loop, self.ring, whom),
            lambda: _in_loop(loop, self._hears.set),
        )
        self._watch.start()
        self._beat = loop.create_task(self._keep_beating())

    async def _keep_beating(self) -> None:
        """A beat to everybody, spread over its time so that no moment has to carry all."""
        while True:
            everybody = self._everybody()
            parts = max(1, ceil(len(everybody) / _AT_ONCE))
            for start in range(0, parts * _AT_ONCE, _AT_ONCE):
                for waiter in everybody[start : start + _AT_ONCE]:
                    waiter.tell(Word.BEAT)
                await asyncio.sleep(BEAT_S / parts)

    def _tell_all(self, word: Word) -> None:
        for waiter in self._everybody():
            waiter.tell(word)

    def _everybody(self) -> list[Waiter]:
        return [waiter for beside in self._waiting.values() for waiter in beside]


def _in_loop(loop: asyncio.AbstractEventLoop, what: Callable[..., object], *told: Any) -> None:
    """From the thread that hears into the loop; a loop that has ended needs no word."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what, *told)
