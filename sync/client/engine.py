"""The sync engine: one run after another, each of which may fail in any way and loses nothing.

`sync_once` sends what waits, gets what is new, then sends the files; it answers with a report
and never raises for what can happen on a line, at an office or on a full disk. With patience it
tries again, with growing pauses, until that long passed without progress. The screen reads
`state`. Rule: this file owns the network thread; everything that blocks runs there, everything
that touches the store runs in the store's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from fieldapp.clock import Clock
from fieldapp.errors import NotEnrolled, StoreError
from fieldapp.store import closings, device, outbox
from fieldapp.store.database import Database
from fieldapp.store.device import Device
from fieldapp.store.transaction import Transaction
from sync.client.backoff import Backoff
from sync.client.exchange import Exchange
from sync.client.files import Files
from sync.client.gauge import Gauge
from sync.client.report import (
    EngineState,
    Event,
    FileRefused,
    FileSent,
    Listener,
    Progress,
    SyncReport,
    Tally,
)
from sync.client.session import Credential, Session
from sync.client.sizes import Sizes
from sync.errors import (
    BadWire,
    ClockWrong,
    OfficeBusy,
    Offline,
    OutOfStep,
    SyncError,
    TryLater,
    Unauthorized,
    VisitTooNew,
)

if TYPE_CHECKING:
    from sync.client.http import Http

T = TypeVar("T")
HttpFactory = Callable[[str], "Http"]

NOT_ENROLLED = "urn:fieldapp:client:not-enrolled"
TOO_NEW = "urn:fieldapp:client:visit-too-new"
RETRIED = (Offline, BadWire)
"""What may be gone by itself: no network, a busy office, a login page in between."""


_FAR_S = 300.0
"""So far from the office's time, a laptop's clock is wrong."""


class Engine:
    """The laptop's end of the line; made once, closed once."""

    def __init__(self, db: Database, http_factory: HttpFactory, clock: Clock) -> None:
        """Nothing is connected before the first run.

        Args:
            db: the open store.
            http_factory: makes a session with the office at a base URL.
            clock: for pauses and patience, never for order.
        """
        self.state = EngineState()
        self._db = db
        self._http_factory = http_factory
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._one_at_a_time = asyncio.Lock()
        self._stopped = asyncio.Event()
        self._session: Session | None = None
        self._credential = Credential()
        self._whose: Device | None = None
        self._sizes = Sizes()
        self._gauge: Gauge
        self.files = Files(db, self._call, clock)
        self._listeners: list[Callable[[EngineState], None]] = []

    def subscribe(self, listener: Callable[[EngineState], None]) -> Callable[[], None]:
        """Call `listener` with every new state; answers how to stop that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def sync_once(
        self, progress: Listener | None = None, *, patience_s: float = 0.0
    ) -> SyncReport:
        """One whole sync; a second caller waits for the first.

        Args:
            progress: hears of every verdict, change and piece of a file as it is confirmed;
                what a screen needs of that stands in `state`, whoever asked for the sync.
            patience_s: how long to go on trying without any progress; 0 tries once.

        Returns:
            The report; `error` says what ended it before its end.
        """
        async with self._one_at_a_time:
            self._stopped.clear()
            begun = replace(self.state, running=True, piece=None, files_refused=())
            self._become(begun)
            soon = asyncio.get_running_loop().call_soon_threadsafe
            self._gauge = Gauge(self._clock, self._progressed, soon)
            report = None
            try:
                heard = [one for one in (self._heard, progress) if one is not None]
                report = await self._run(Tally(heard), patience_s)
                return report
            finally:
                self._become(replace(self.state, running=False, piece=None, report=report))

    def stop(self) -> None:
        """End the run under way as soon as possible; the next one starts as if nothing was."""
        self._stopped.set()
        self._hang_up()

    async def close(self) -> None:
        """Stop, and end the network thread."""
        self.stop()
        async with self._one_at_a_time:
            self._hang_up()
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self, tally: Tally, patience_s: float) -> SyncReport:
        backoff = Backoff(self._clock, patience_s)
        tally.on_progress = backoff.progressed
        while True:
            error = await self._watched(self._attempt(tally), backoff)
            self._gauge.show()
            try:
                report = await self._report(tally, error)
            except StoreError as e:
                self._become(replace(self.state, detail=e))
                return SyncReport(sent=tally.sent, received=tally.received, error=e)
            if not isinstance(error, RETRIED) or report.stopped:
                return report
            pause_s = backoff.pause_s(error)
            if pause_s is None:
                return report
            if await self._stopped_within(pause_s):
                return replace(report, stopped=True)

    async def _watched(self, attempt: Awaitable[T], backoff: Backoff) -> T:
        """The attempt's outcome; the line is hung up when patience ends in the middle of it."""
        if not backoff.is_patient:
            return await attempt
        watch = _Watch(backoff, self._hang_up)
        try:
            return await attempt
        finally:
            watch.cancel()

    async def _attempt(self, tally: Tally) -> SyncError | StoreError | None:
        """One try; answers what ended it."""
        try:
            session = await self._connected()
            self._gauge.begin(session.http.traffic)
            exchange = self._exchange(session)
            await exchange.run(tally)
            gone = tally.files_sent
            await self.files.run(session, tally, lambda: exchange.catch_up(tally))
            waits = await self._db.read(closings.awaited)
            if waits and tally.files_sent > gone:
                # the receipt of a day counts the files that have only now arrived
                exchange = self._exchange(session)
                await exchange.run(tally)
            if not exchange.in_step:
                return VisitTooNew(TOO_NEW) if exchange.meets_too_new else OutOfStep("digest")
        except NotEnrolled:
            return Unauthorized(NOT_ENROLLED)
        except (SyncError, StoreError) as e:
            return e
        return None

    def _progressed(self, progress: Progress) -> None:
        self._become(replace(self.state, progress=progress))

    def _heard(self, event: Event) -> None:
        """Put into the state what the run's screen shows of a file."""
        if isinstance(event, FileSent):
            self._become(replace(self.state, piece=event))
        elif isinstance(event, FileRefused):
            told = (*self.state.files_refused, event)
            self._become(replace(self.state, piece=None, files_refused=told))

    def _exchange(self, session: Session) -> Exchange:
        return Exchange(self._db, self._call, session, self._clock, self._sizes)

    async def _connected(self) -> Session:
        """The session of the last run, or a fresh one where this laptop became another."""
        owner = await self._db.read(device.device)
        if owner is None:
            raise NotEnrolled
        if self._stopped.is_set():
            raise Offline("stopped")
        if self._session is None or not _same(self._session.device, owner):
            self._hang_up()
            self._session = self.beside(owner)
        return self._session

    def beside(self, owner: Device) -> Session:
        """A session with lines of its own and the engine's credential; the caller closes it.

        Raises:
            Refused: not an address that this laptop may call.
        """
        if self._whose is None or not _same(self._whose, owner):
            self._whose, self._credential = owner, Credential()
        return Session(self._http_factory(owner.server_url), owner, self._credential)

    async def _call(self, call: Callable[[], T]) -> T:
        if self._stopped.is_set():
            raise Offline("stopped")
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._thread, call)
        stop = loop.create_task(self._stopped.wait())
        try:
            await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():  # nothing ends a question for a name: it is left to the thread
                raise Offline("stopped")
            return work.result()
        except asyncio.CancelledError:
            self._hang_up()  # the thread must not go on for a caller who left
            raise
        finally:
            stop.cancel()
            work.cancel()

    def _hang_up(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    async def _stopped_within(self, pause_s: float) -> bool:
        try:
            await asyncio.wait_for(self._stopped.wait(), pause_s)
        except TimeoutError:
            return False
        return True

    async def _report(self, tally: Tally, error: SyncError | StoreError | None) -> SyncReport:
        def look(c: Transaction) -> tuple[outbox.OutboxCounts, device.Contact | None]:
            return outbox.counts(c), device.last_contact(c)

        counts, contact = await self._db.read(look)
        stopped = isinstance(error, Offline) and self._stopped.is_set()
        self._become(
            replace(
                self.state if stopped else self._tried(error),
                last_contact=contact.server_time if contact else None,
                waiting=counts.waiting,
                files_waiting=counts.files_waiting,
                files_held=self.files.held,
                held_until=self.files.goes_at,
                refused=counts.refused,
                clock=_wrong_clock(contact),
            )
        )
        return SyncReport(
            sent=tally.sent,
            received=tally.received,
            waiting=counts.waiting,
            refused=counts.refused,
            files_sent=tally.files_sent,
            files_waiting=counts.files_waiting,
            verdicts=tuple(tally.verdicts.values()),
            files_refused=tuple(tally.files_refused.values()),
            error=error,
            stopped=stopped,
        )

    def _tried(self, error: SyncError | StoreError | None) -> EngineState:
        """The state with what an attempt that nobody stopped says of the line."""
        offline = isinstance(error, (*RETRIED, Unauthorized))
        return replace(
            self.state,
            online=not offline,
            offline_since=(self.state.offline_since or self._clock.now()) if offline else None,
            detail=self._timed(error),
        )

    def _timed(self, error: SyncError | StoreError | None) -> SyncError | StoreError | None:
        """The same; a busy office with the time of day until when."""
        if type(error) is not TryLater:
            return error
        until = self._clock.now() + timedelta(seconds=error.retry_after_s)
        return OfficeBusy(error.retry_after_s, until)

    def _become(self, state: EngineState) -> None:
        self.state = state
        for listener in tuple(self._listeners):
            listener(self.state)


class _Watch:
    """A timer that moves along with the progress and does its deed when patience is over."""

    def __init__(self, backoff: Backoff, deed: Callable[[], None]) -> None:
        self._backoff = backoff
        self._deed = deed
        self._timer = self._set()

    def cancel(self) -> None:
        """The deed is not needed any more."""
        self._timer.cancel()

    def _set(self) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(max(0.0, self._backoff.left_s()), self._look)

    def _look(self) -> None:
        if self._backoff.left_s() > 0:
            self._timer = self._set()
        else:
            self._deed()


def _wrong_clock(contact: device.Contact | None) -> ClockWrong | None:
    if contact is None or abs(contact.offset_s) < _FAR_S:
        return None
    return ClockWrong(contact.device_time, contact.server_time)


def _same(one: Device, other: Device) -> bool:
    return (one.laptop, one.server_url) == (other.laptop, other.server_url)
