"""Dag afsluiten: what there is of the day, what is in the van, and the office's receipt.

Out comes a frozen State from the laptop's store, anew after every commit that touches it. In
come the technician's count of the van, a note, and the closing itself. Rule: the receipt is the
office's word; until it is there the page says so, and what differs is said with both numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from fieldapp.clock import Clock
from fieldapp.domain.day_close import Difference, subject
from fieldapp.domain.status import VisitState
from fieldapp.store import drafts
from fieldapp.store.closings import Closing
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.day_closing import DayClosing, DayCount, count
from fieldapp.work.expected import METER_TIME
from sync.client.engine import Engine
from sync.client.report import EngineState
from ui.messages import Lang, Message, explain
from ui.presenters.day_rows import VisitRow, row_of
from ui.presenters.presenter import Presenter, Refresher, Unsubscribe, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox", "files", "device"})
_NOTE = "note"
MOST = 9999


@dataclass(frozen=True, slots=True)
class DayCloseState:
    """What the page shows.

    Attributes:
        visits: of the day, in route order.
        states: how many of them are in each state.
        operations: made on this date; `undelivered` of all dates.
        files: of the day's visits.
        expected: what should be in the van, empty where no stock is kept; `counted` what is in
            it by the technician's count.
        closing: the last one of this day, None before it.
        later: how much was recorded after it.
        running: a sync is under way.
    """

    day: date
    visits: tuple[VisitRow, ...] = ()
    operations: int = 0
    files: int = 0
    undelivered: int = 0
    files_waiting: int = 0
    expected: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    closing: Closing | None = None
    later: int = 0
    busy: bool = False
    running: bool = False
    problem: Message | None = None

    @property
    def undone(self) -> tuple[VisitRow, ...]:
        """The visits that are not through."""
        return tuple(row for row in self.visits if not row.state.final)

    @property
    def states(self) -> Mapping[VisitState, int]:
        """How many visits are in each state."""
        return Counter(row.state for row in self.visits)

    @property
    def short(self) -> Mapping[str, int]:
        """What is not in the van as it should be: how many more, or fewer (negative)."""
        found = {i: self.counted.get(i, wanted) - wanted for i, wanted in self.expected.items()}
        return {item: difference for item, difference in found.items() if difference}

    @property
    def differences(self) -> tuple[Difference, ...]:
        """What the office holds otherwise."""
        return () if self.closing is None else self.closing.differences

    def number_of(self, visit_id: str) -> str:
        """The number that people say of a visit."""
        return next((row.number for row in self.visits if row.id == visit_id), visit_id)


@dataclass(frozen=True, slots=True)
class DayCloseRoom:
    """What the presenter works with."""

    db: Database
    engine: Engine
    clock: Clock
    tasks: Tasks


class DayClosePresenter(Presenter[DayCloseState]):
    """Closes one local date."""

    def __init__(self, room: DayCloseRoom, on: date | None, lang: Lang) -> None:
        """Close `on`, None for today; `open` loads it."""
        self._room = room
        self._follows = on is None
        super().__init__(DayCloseState(on or self.today()))
        self._lang = lang
        self._days = DayClosing(room.db, room.clock)
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)
        self._unsubscribe: Unsubscribe | None = None

    def now(self) -> datetime:
        """The device's time, local at the meters."""
        return self._room.clock.now().astimezone(METER_TIME)

    def today(self) -> date:
        """The date at the meters, by this device's clock."""
        return self.now().date()

    async def open(self) -> None:
        """Load, and keep up with store and line from now on."""
        if self._follows and self.state.day != self.today():
            self._show(DayCloseState(self.today()))
        if self._unsubscribe is None:
            self._unsubscribe = self._room.engine.subscribe(self._line_changed)
            self._line_changed(self._room.engine.state)
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    async def refresh(self) -> None:
        """Ask the store again."""
        problem = await attempt(self._load(), self._lang)
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    def set_counted(self, item: str, number: int) -> None:
        """So many of these are in the van; `keep` it at once."""
        counted = {**self.state.counted, item: min(max(0, number), MOST)}
        self._show(replace(self.state, counted=counted))

    def set_note(self, note: str) -> None:
        """What the office should know; `keep` it at once."""
        self._show(replace(self.state, note=note))

    async def keep(self) -> None:
        """Keep what was counted and written so far, also when the program ends."""
        state = self.state
        texts = {item: str(n) for item, n in state.counted.items() if item in state.short}
        if state.note:
            texts[_NOTE] = state.note
        day = subject(state.day)
        kept = self._room.db.write(lambda c: drafts.save(c, day, texts), touched=frozenset())
        problem = await attempt(kept, self._lang)
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    async def close_day(self) -> bool:
        """Close the day, or close it again; it goes to the office with the next sync."""
        if self.state.busy:
            return False
        self._show(replace(self.state, busy=True, problem=None))
        await self.keep()
        counted = {**self.state.counted}
        work = self._days.close(self.state.day, counted, self.state.note.strip())
        problem = await attempt(work, self._lang)
        self._show(replace(self.state, busy=False, problem=problem))
        await self.refresh()
        return problem is None

    async def sync(self, patience_s: float = 0.0) -> bool:
        """Send it, and get the receipt; answers whether the office confirmed the day."""
        report = await self._room.engine.sync_once(patience_s=patience_s)
        await self.refresh()
        error = None if report.stopped else report.error
        problem = explain(error, self._lang) if error else None
        self._show(replace(self.state, problem=problem))
        return self.state.closing is not None and self.state.closing.confirmed

    async def _load(self) -> None:
        day = self.state.day

        def load(c: Transaction) -> tuple[DayCount, dict[str, str]]:
            return count(c, day), drafts.load(c, subject(day))

        now, kept = await self._room.db.read(load)
        counted = {item: int(kept.get(item, number)) for item, number in now.expected.items()}
        self._show(
            replace(
                self.state,
                visits=tuple(row_of(one) for one in now.visits if not one.withdrawn),
                operations=now.operations,
                files=sum(now.files.values()),
                undelivered=now.undelivered,
                files_waiting=now.files_waiting,
                expected=now.expected,
                counted=counted,
                note=kept.get(_NOTE, ""),
                closing=now.closing,
                later=now.later,
            )
        )

    def _line_changed(self, line: EngineState) -> None:
        self._show(replace(self.state, running=line.running))
