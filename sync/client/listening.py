"""Listens to the office: the second network thread, which does nothing else.

In come the engine's sessions and what is stored here; out goes, to whoever sets the rhythm,
that the office has something new, and whether it can be heard at all. An office or a proxy
without event streams is asked on a schedule instead, and tried again now and then. Rule: an
event only says "look"; it is believed once, and the next one only after a sync.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from fieldapp.clock import Clock
from fieldapp.errors import StoreError
from fieldapp.store import device, permit, van
from fieldapp.store.database import Database
from fieldapp.store.device import Device
from fieldapp.store.transaction import Transaction
from sync.client.backoff import jittered
from sync.client.calls import Call
from sync.client.engine import Engine
from sync.client.report import EngineState
from sync.client.session import Session
from sync.errors import Offline, SyncError, TryLater, Unauthorized
from sync.wire import CHANGED

SILENCE_S = 40.0
"""The office says something every 15 s; after this long the line is dead."""

_FIRST_S, _CAP_S = 1.0, 60.0
_NO_STREAM_S = 600.0
_AGAIN_S = 10.0
_EVENT = f"event: {CHANGED}"


class Rhythmic(Protocol):
    """Who decides when the next sync is."""

    def office_changed(self) -> None:
        """The office has something new."""
        ...

    def office_heard(self) -> None:
        """From now on the office is heard."""
        ...

    def office_silent(self) -> None:
        """From now on it is not."""
        ...


class Stored(msgspec.Struct, frozen=True):
    """What this laptop has, as the office is told while listening."""

    owner: Device
    cursor: int
    van: str
    permit: str

    @property
    def path(self) -> str:
        """Where to listen."""
        query = {"cursor": self.cursor, "van": self.van, "permit": self.permit}
        return f"/v1/changed?{urlencode(query)}"


class Listening:
    """Listens for as long as `run` does; made once a program."""

    def __init__(self, engine: Engine, db: Database, clock: Clock, rhythm: Rhythmic) -> None:
        self._engine = engine
        self._db = db
        self._clock = clock
        self._rhythm = rhythm
        self._thread: ThreadPoolExecutor
        self._session: Session | None = None
        self._now = asyncio.Event()
        self._run_ended = asyncio.Event()
        self._state = engine.state
        self._tries = 0

    def again(self) -> None:
        """Listen anew at once: the network is another one, or the laptop slept."""
        self._tries = 0
        self._now.set()
        self._hang_up()

    async def run(self) -> None:
        """Until cancelled."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="listening")
        unsubscribe = self._engine.subscribe(self._line_changed)
        try:
            while True:
                await self._once()
        finally:
            unsubscribe()
            self._hang_up()
            await asyncio.to_thread(self._thread.shutdown)

    async def _once(self) -> None:
        has = await self._stored()
        if has is None:
            await self._rest(_CAP_S)
            return
        try:
            changed = await self._listen(has)
        except SyncError as error:
            self._rhythm.office_silent()
            self._hang_up()
            await self._rest(self._pause_s(error))
            return
        if changed:
            await self._look(has)
        else:  # its time was over, or the office stops: not all come again at once
            self._tries = 0
            await self._rest(_AGAIN_S * (2 * jittered(self._clock) - 1))

    async def _look(self, has: Stored) -> None:
        """There is something new, unless the sync under way has just brought it."""
        while self._state.running:
            await self._next_run()
        if await self._stored() != has:
            return
        self._rhythm.office_changed()
        await self._next_run()
        if self._state.detail is None and await self._stored() == has:
            # the office says again and again what no sync can bring: let it not become a circle
            self._tries += 1
            await self._rest(self._grown_s(_FIRST_S))
        else:
            self._tries = 0

    async def _listen(self, has: Stored) -> bool:
        """Whether the office said that something changed, before its answer ended."""
        if self._session is not None and self._session.device != has.owner:
            self._hang_up()
        session = self._session = self._session or self._engine.beside(has.owner)
        loop = asyncio.get_running_loop()

        def opened() -> None:
            loop.call_soon_threadsafe(self._rhythm.office_heard)

        def wait() -> bool:
            return session.hears(_EVENT, Call("GET", has.path), SILENCE_S, opened)

        return await loop.run_in_executor(self._thread, wait)

    def _pause_s(self, error: SyncError) -> float:
        asked_s = error.retry_after_s if isinstance(error, TryLater) else 0.0
        if isinstance(error, Unauthorized) and self._tries == 0:
            self._rhythm.office_changed()  # perhaps withdrawn: a sync will tell
        first_s = _FIRST_S if isinstance(error, Offline) else _NO_STREAM_S
        pause_s = asked_s + self._grown_s(first_s)
        self._tries += 1
        return pause_s

    def _grown_s(self, first_s: float) -> float:
        most_s = max(first_s, _CAP_S)
        return min(most_s, first_s * 2.0 ** min(self._tries, 16)) * jittered(self._clock)

    async def _rest(self, pause_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._now.wait(), pause_s)
        self._now.clear()

    async def _next_run(self) -> None:
        self._run_ended.clear()
        await self._run_ended.wait()

    def _line_changed(self, state: EngineState) -> None:
        if self._state.running and not state.running:
            self._run_ended.set()
        if state.online and not self._state.online:
            self._now.set()  # the network is back: a sync got through
        self._state = state

    async def _stored(self) -> Stored | None:
        try:
            return await self._db.read(_stored)
        except StoreError:
            return None

    def _hang_up(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()


def _stored(c: Transaction) -> Stored | None:
    owner = device.device(c)
    if owner is None:
        return None
    return Stored(owner, device.cursor(c), van.version(c), permit.version(c))
