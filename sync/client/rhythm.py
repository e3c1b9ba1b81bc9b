"""When the next sync is due, and the loop that keeps to it while the program runs.

In come edits of the outbox, the office's word that it has something new, and reports of syncs;
out comes a time, by a clock that never goes back. An edit goes when it has been quiet for a few
seconds, at once when a visit ends or much waits. What the office has comes within half a
minute, spread so that a thousand laptops do not ask at once; an office that can't be heard is
asked regularly. After a failure the pauses grow up to a cap and never end; after a sleep of the
laptop it is at once. Rule: no report, whatever it says, stops the loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from fieldapp.clock import Clock
from fieldapp.errors import StoreError
from fieldapp.store import outbox
from fieldapp.store.database import Database
from fieldapp.store.outbox import OutboxItem
from sync.client.backoff import jittered
from sync.client.engine import RETRIED, Engine
from sync.client.nap import Nap
from sync.client.report import Listener, SyncReport
from sync.errors import TryLater, VisitTooNew

VISIT_ENDS = frozenset({"visit_closed", "visit_not_done", "visit_refused", "danger_reported"})
"""Kinds of operation that the office should know at once."""

_LOOKED_AT = 500


@dataclass(frozen=True, slots=True)
class Pace:
    """The rhythm's figures, in seconds unless said otherwise.

    Attributes:
        quiet_s: without an edit, before edits go.
        longest_s: that an edit waits for quiet.
        much: operations that go without waiting for quiet.
        asking_s: between questions to an office that can't be heard when nothing happens here.
        heard_s: between those to one that is heard.
        spread_s: at most, before what the office has is asked for.
        first_s: pause after a first failure; it doubles with each one after it.
        cap_s: longest pause after a failure that may be gone by itself.
        stuck_s: pause after one that a person has to mend, or after a person stopped it.
        tick_s: between two looks whether the laptop slept.
    """

    quiet_s: float = 5.0
    longest_s: float = 30.0
    much: int = 20
    asking_s: float = 25.0
    heard_s: float = 300.0
    spread_s: float = 15.0
    first_s: float = 1.0
    cap_s: float = 30.0
    stuck_s: float = 300.0
    tick_s: float = 10.0


class Rhythm:
    """Says when the next sync is due; the first one is at once."""

    def __init__(self, clock: Clock, pace: Pace | None = None) -> None:
        self.clock = clock
        self.pace = pace or Pace()
        self._due_s = clock.monotonic_s()
        self._edits_due_s = inf
        self._edits_due_last_s = inf
        self._failures = 0
        self._asked_to_wait = False
        self._demanded = False
        self._heard = False

    def due_in_s(self) -> float:
        """Seconds until the next sync; 0 when it is due."""
        due_s = min(self._due_s, self._edits_due_s, self._edits_due_last_s)
        return max(0.0, due_s - self.clock.monotonic_s())

    def demanded(self) -> None:
        """Somebody does not want to wait, or the network is back."""
        self._due_s = self.clock.monotonic_s()
        self._demanded = True

    def begun(self) -> None:
        """A sync begins."""
        self._demanded = False

    def edited(self, *, urgent: bool) -> None:
        """Something new waits; after a failure the growing pause is kept to."""
        if self._failures:
            return
        now_s = self.clock.monotonic_s()
        self._edits_due_s = now_s + self.pace.quiet_s
        self._edits_due_last_s = min(self._edits_due_last_s, now_s + self.pace.longest_s)
        if urgent:
            self.demanded()

    def announced(self) -> None:
        """The office has something new; after a failure the growing pause is kept to."""
        if not self._failures:
            spread_s = self.pace.spread_s * (2 * jittered(self.clock) - 1)
            self._due_s = min(self._due_s, self.clock.monotonic_s() + spread_s)

    def heard(self, *, heard: bool) -> None:
        """Whether the office can be heard now; one that failed and is heard again is asked."""
        if heard and not self._heard and self._failures and not self._asked_to_wait:
            self.demanded()
        elif self._heard and not heard:
            asking_s = self.pace.asking_s * jittered(self.clock)
            self._due_s = min(self._due_s, self.clock.monotonic_s() + asking_s)
        self._heard = heard

    def ended(self, report: SyncReport) -> None:
        """A sync is over."""
        self._edits_due_s = self._edits_due_last_s = inf
        self._failures = 0 if _went(report) else self._failures + 1
        self._asked_to_wait = isinstance(report.error, TryLater)
        self._due_s = self.clock.monotonic_s() + self._pause_s(report)

    def _pause_s(self, report: SyncReport) -> float:
        if _went(report):
            often_s = self.pace.heard_s if self._heard else self.pace.asking_s
            return often_s * jittered(self.clock)
        if report.stopped or not isinstance(report.error, RETRIED):
            return self.pace.stuck_s
        if self._demanded and not self._asked_to_wait:
            return 0.0  # while it was failing already: the next may not
        asked_s = report.error.retry_after_s if isinstance(report.error, TryLater) else 0.0
        grown_s = self.pace.first_s * 2.0 ** min(self._failures - 1, 16)
        return asked_s + min(self.pace.cap_s, grown_s) * jittered(self.clock)


def _went(report: SyncReport) -> bool:
    """Whether all went that could; one visit that can't be read yet slows nothing down."""
    return report.error is None or isinstance(report.error, VisitTooNew)


class Background:
    """Syncs by itself for as long as it runs; made once a program.

    Attributes:
        progress: hears what each sync confirms, as with `Engine.sync_once`.
        on_sleep: called after a sleep of the laptop, of which lines seldom come out alive.
    """

    def __init__(self, engine: Engine, db: Database, rhythm: Rhythm) -> None:
        self.progress: Listener | None = None
        self.on_sleep: Callable[[], None] = lambda: None
        self._engine = engine
        self._db = db
        self._rhythm = rhythm
        self._woken = asyncio.Event()
        self._tried: frozenset[str] = frozenset()

    def wake(self) -> None:
        """Sync at once: somebody asks for it, or the network is back."""
        self._rhythm.demanded()
        self._woken.set()

    def office_changed(self) -> None:
        """The office has something new."""
        self._rhythm.announced()
        self._woken.set()

    def office_heard(self) -> None:
        """The office is heard from now on."""
        self._rhythm.heard(heard=True)
        self._woken.set()

    def office_silent(self) -> None:
        """The office can't be heard now, so it has to be asked."""
        self._rhythm.heard(heard=False)
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        unsubscribe = self._db.subscribe(self._store_changed)
        try:
            while True:
                await self._wait()
                self._rhythm.begun()
                self._tried = frozenset(item.id for item in await self._waiting())
                self._rhythm.ended(await self._engine.sync_once(self.progress))
        finally:
            unsubscribe()

    async def _wait(self) -> None:
        while (left_s := self._rhythm.due_in_s()) > 0:
            tick_s = min(left_s, self._rhythm.pace.tick_s)
            nap = Nap(self._rhythm.clock, tick_s)
            try:
                await asyncio.wait_for(self._woken.wait(), tick_s)
            except TimeoutError:
                if nap.was_sleep():
                    self._rhythm.demanded()
                    self.on_sleep()
                continue
            self._woken.clear()
            await self._look()

    async def _look(self) -> None:
        """Whether a change of the outbox was an edit; verdicts on what was tried are none."""
        fresh = [item for item in await self._waiting() if item.id not in self._tried]
        if fresh:
            ends = any(item.kind in VISIT_ENDS for item in fresh)
            self._rhythm.edited(urgent=ends or len(fresh) >= self._rhythm.pace.much)

    async def _waiting(self) -> tuple[OutboxItem, ...]:
        try:
            return await self._db.read(lambda c: outbox.to_send(c, _LOOKED_AT))
        except StoreError:
            return ()  # the sync will meet it too, and reports it

    def _store_changed(self, topics: frozenset[str]) -> None:
        if "outbox" in topics:
            self._woken.set()
