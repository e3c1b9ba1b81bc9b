"""Writing down what a customer port says: one telegram, or all of them until a set time.

In come telegrams as they are heard and a person's wish, which names how long; out come sealed
files, a visit's evidence, and what runs. Rule: only for a purpose that allows it, noted in the
trail, with an end of its own; nothing is shown as recorded before it is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from fieldapp.clock import Clock
from fieldapp.domain.privacy import MeterAction, Purpose, check_purpose, kept_until, term_of
from fieldapp.errors import PurposeRefused, StoreError
from fieldapp.store.database import Database, shelf_of
from fieldapp.store.recordings import Kept, Label, Sealed
from fieldapp.store.transaction import Transaction
from fieldapp.work.errand import Errand, Errands
from fieldapp.work.live import Heard
from fieldapp.work.tidying import sweep
from fieldapp.work.tools import Tools
from fieldapp.work.trail import BEGUN, DONE, Reason, Trail
from fieldapp.work.visit import TOUCHED, Picture, attach, evidence_of, keep
from hardware.p1.telegram import Telegram

SLOT = "p1_telegram"
"""Under which a visit keeps a telegram."""
MEDIA_TYPE = "text/plain"
TOPIC = "recordings"
T = TypeVar("T")
_TELEGRAM, _RECORDING = "telegram", "recording"


@dataclass(frozen=True, slots=True)
class Running:
    """A recording under way.

    Attributes:
        ends_s: when it stops by itself, on the clock that never goes back; `ends_at` is that
            moment on the wall.
        telegrams, octets: what is on the disk.
    """

    name: str
    reason: Reason
    made_at: datetime
    ends_at: datetime
    ends_s: float
    until: datetime
    telegrams: int = 0
    octets: int = 0


class Recordings:
    """The work room of what is written down; one recording at a time."""

    def __init__(self, db: Database, clock: Clock, tools: Tools) -> None:
        """Write into the store of `db`."""
        self._db = db
        self._clock = clock
        self._errands = Errands(db, clock, tools)
        self._trail = Trail(db, clock)
        self.running: Running | None = None
        self.changed: list[Callable[[], None]] = []

    async def keep_telegram(
        self, heard: Heard, meter: str, wanted: timedelta
    ) -> datetime | None:
        """Keep one telegram; answers when it goes, None where it goes with its visit.

        In a visit it becomes evidence, signed and sent like a photo.

        Raises:
            PurposeRefused: the purpose of now does not allow it; that is noted too.
            RuleError, StoreError: it was not kept.
        """
        errand = await self._errands.current()
        reason = await self._allowed(errand, MeterAction.KEEP_TELEGRAM, meter)
        if errand.visit:
            await self._into_visit(errand, heard.raw)
            until = None
        else:
            label = self._label(_TELEGRAM, reason, wanted)
            await self._whole(label, heard)
            until = label.until
        await self._trail.note(reason, DONE)
        return until

    async def begin(self, meter: str, lasts: timedelta, wanted: timedelta) -> None:
        """Record from now on for `lasts`, no longer than the purpose gives.

        Raises:
            PurposeRefused: the purpose of now does not allow it; that is noted too.
            StoreError: no file could be begun.
        """
        if self.running is not None:
            return
        errand = await self._errands.current()
        reason = await self._allowed(errand, MeterAction.RECORD, meter)
        lasts = min(lasts, term_of(reason.purpose).record)
        label = self._label(_RECORDING, reason, wanted)
        name = await self._write(lambda c: shelf_of(c).begin(label))
        self._show(
            Running(
                name=name,
                reason=reason,
                made_at=label.made_at,
                ends_at=label.made_at + lasts,
                ends_s=self._clock.monotonic_s() + lasts.total_seconds(),
                until=label.until,
            )
        )

    async def take(self, heard: Heard) -> None:
        """Write down what was heard, if a recording runs and its time is not over.

        Raises:
            StoreError: it can't be written; the recording has ended.
        """
        if await self.end_if_over() or self.running is None:
            return
        running, is_telegram = self.running, isinstance(heard.event, Telegram)
        try:
            await self._append(running.name, heard.at, heard.raw)
        except StoreError as e:
            self._show(None)
            with suppress(StoreError):  # the trail may be on the same full disk
                await self._db.read(lambda c: shelf_of(c).leave(running.name))
                await self._trail.note(running.reason, type(e).__name__)
            raise
        if self.running is not None:
            running = self.running
            self._show(
                replace(
                    running,
                    telegrams=running.telegrams + is_telegram,
                    octets=running.octets + len(heard.raw),
                )
            )

    async def end(self) -> None:
        """End the recording that runs; what is written stays until its time is over."""
        running = self.running
        if running is None:
            return
        self._show(None)
        await self._append(running.name, self._clock.now(), b"")
        await self._trail.note(running.reason, DONE)

    async def end_if_over(self) -> bool:
        """End it where its time is over; answers whether that was so."""
        running = self.running
        if running is None or self._clock.monotonic_s() < running.ends_s:
            return False
        await self.end()
        return True

    async def kept(self) -> tuple[Kept, ...]:
        """What there is, the newest first; what is due goes before."""

        def change(c: Transaction) -> tuple[Kept, ...]:
            sweep(c, self._clock)
            return shelf_of(c).kept()

        return await self._db.read(change)

    async def remove(self, name: str) -> None:
        """Let one go before its time."""
        await self._write(lambda c: shelf_of(c).remove(name))

    async def source(self, name: str) -> Sealed:
        """One of them, for reading.

        Raises:
            StoreCorrupt: it is gone.
        """
        return await self._db.read(lambda c: shelf_of(c).source(name))

    async def export_allowed(self, label: Label) -> Reason:
        """Note in the trail that a copy leaves the laptop; answers the reason for its end.

        Raises:
            PurposeRefused: the purpose that it was made for does not allow it.
        """
        purpose = Purpose(label.purpose)
        reason = Reason(purpose, MeterAction.EXPORT, label.visit, label.meter)
        return await self._checked(reason)

    async def exported(self, reason: Reason, outcome: str = DONE) -> None:
        """Note how an export ended."""
        await self._trail.note(reason, outcome)

    async def _allowed(self, errand: Errand, action: MeterAction, meter: str) -> Reason:
        if errand.purpose is None:
            raise PurposeRefused(Purpose.WORKSHOP, action)
        return await self._checked(Reason(errand.purpose, action, errand.visit, meter))

    async def _checked(self, reason: Reason) -> Reason:
        await self._trail.note(reason, BEGUN)
        try:
            check_purpose(reason.purpose, reason.action)
        except PurposeRefused as e:
            await self._trail.note(reason, type(e).__name__)
            raise
        return reason

    async def _into_visit(self, errand: Errand, octets: bytes) -> None:
        def change(c: Transaction) -> None:
            file = attach(c, errand.visit, SLOT, Picture(octets, MEDIA_TYPE))
            fact = evidence_of(self._clock.now(), errand.step, SLOT, file)
            keep(c, errand.visit, (fact,), self._clock)

        await self._db.write(change, touched=TOUCHED | {"files"})

    async def _whole(self, label: Label, heard: Heard) -> None:
        def change(c: Transaction) -> None:
            shelf = shelf_of(c)
            name = shelf.begin(label)
            shelf.append(name, heard.at, heard.raw)
            shelf.append(name, self._clock.now(), b"")

        await self._write(change)

    async def _append(self, name: str, at: datetime, octets: bytes) -> None:
        await self._db.read(lambda c: shelf_of(c).append(name, at, octets))

    async def _write(self, change: Callable[[Transaction], T]) -> T:
        return await self._db.write(change, touched=frozenset({TOPIC}))

    def _label(self, kind: str, reason: Reason, wanted: timedelta) -> Label:
        now = self._clock.now()
        return Label(
            kind=kind,
            purpose=reason.purpose,
            visit=reason.visit,
            meter=reason.meter,
            made_at=now,
            until=kept_until(reason.purpose, now, wanted),
        )

    def _show(self, running: Running | None) -> None:
        self.running = running
        for listener in tuple(self.changed):
            listener()
