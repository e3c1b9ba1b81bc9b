"""Vandaag: the day's visits in order, the next one, and what each still lacks.

Out comes a frozen State built from the laptop's store; it is built anew after every commit
that touches visits, the outbox or the device. In come the three things that are said from the
road: on my way, I am here, I have seen what the office changed. Rule: whoever wants to work on
a visit opens the visit's own presenter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.store import device, orders, permit
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from fieldapp.work.visit import VisitWork
from ui.messages import Lang, Message
from ui.presenters.day_changes import Change, changes, load_seen, mark_seen
from ui.presenters.day_rows import Deed, Lack, VisitRow, row_of
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox", "device"})
_UNDER_WAY = frozenset(
    {VisitState.TRAVELLING, VisitState.ON_SITE, VisitState.STARTED, VisitState.PAUSED}
)


class Picture(StrEnum):
    """Which picture the page shows."""

    DAY = "day"
    EMPTY = "empty"
    NOT_LOADED = "not_loaded"
    NOT_ENROLLED = "not_enrolled"


@dataclass(frozen=True, slots=True)
class DayState:
    """What the page shows.

    Attributes:
        next: the id of the visit under way, else of the first that is not finished.
        technician: the name, empty before enrolment.
        practice: whether this is a practice laptop, which every screen says.
        seen: whether this day was shown before on this laptop.
        unjudged: the office knows no designation of this technician, so nothing is held back.
        changes: what the office changed since then.
        busy: something said from the road is being kept.
    """

    on: date
    picture: Picture = Picture.NOT_LOADED
    visits: tuple[VisitRow, ...] = ()
    next: str = ""
    technician: str = ""
    practice: bool = False
    last_contact: datetime | None = None
    seen: bool = False
    unjudged: bool = False
    changes: tuple[Change, ...] = ()
    busy: bool = False
    problem: Message | None = None

    @property
    def done(self) -> int:
        """How many visits are finished, one way or the other."""
        return sum(row.state.final for row in self.visits)

    def row(self, visit_id: str) -> VisitRow | None:
        """The visit with this id, or None."""
        return next((row for row in self.visits if row.id == visit_id), None)


@dataclass(frozen=True, slots=True)
class DayRoom:
    """What the day's presenter works with."""

    db: Database
    work: VisitWork
    clock: Clock
    tasks: Tasks


class DayPresenter(Presenter[DayState]):
    """Shows one local date."""

    def __init__(self, room: DayRoom, on: date | None, lang: Lang) -> None:
        """Show `on`, None for today and whatever is today later; `open` loads it."""
        self._room = room
        super().__init__(DayState(on or self.today()))
        self._lang = lang
        self._follows = on is None
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)

    def now(self) -> datetime:
        """The device's time, local at the meters, for what is told as an age."""
        return self._room.clock.now().astimezone(METER_TIME)

    def today(self) -> date:
        """The date at the meters, by this device's clock."""
        return self.now().date()

    async def open(self) -> None:
        """Load, and keep up from now on; the audit trail notes which visits were shown."""
        await self._look()
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()

    async def show(self, on: date) -> None:
        """Show another date."""
        self._follows = on == self.today()
        await self._turn(on)

    async def follow(self) -> None:
        """Turn the page where a new day began since; to be called now and then."""
        if self._follows and self.today() != self.state.on:
            await self._turn(self.today())

    async def refresh(self) -> None:
        """Ask the store again."""
        loaded: list[DayState] = []

        async def load() -> None:
            on = self.state.on
            fresh = await self._room.db.read(lambda c: load_day(c, on))
            if fresh.visits and not fresh.seen:
                await self._mark(on)
            loaded.append(fresh)

        problem = await attempt(load(), self._lang)
        if loaded:
            self._show(replace(loaded[0], busy=self.state.busy))
        else:
            self._show(replace(self.state, problem=problem))

    async def go(self, visit_id: str) -> bool:
        """Do what the visit's button says; True where the visit itself is next to be opened."""
        row = self.state.row(visit_id)
        if row is None or self.state.busy:
            return False
        if row.deed not in {Deed.TRAVEL, Deed.ARRIVE}:
            return True
        problem = await self._say(row)
        return problem is None and row.deed is Deed.ARRIVE

    async def acknowledge(self) -> None:
        """The technician has seen what the office changed."""
        problem = await attempt(self._mark(self.state.on), self._lang)
        await self.refresh()
        self._tell(problem)

    async def _say(self, row: VisitRow) -> Message | None:
        """Keep what is said from the road; who leaves for a visit has accepted it."""
        self._show(replace(self.state, busy=True))
        facts = self._said(row)
        problem = await attempt(self._room.work.record(row.id, *facts), self._lang)
        self._show(replace(self.state, busy=False))
        await self.refresh()
        self._tell(problem)
        return problem

    def _said(self, row: VisitRow) -> tuple[f.AnyFact, ...]:
        now = self._room.clock.now()
        if row.state is VisitState.PLANNED:
            return f.VisitAccepted(at=now), f.VisitTravelling(at=now)
        if row.state is VisitState.ACCEPTED:
            return (f.VisitTravelling(at=now),)
        return (f.VisitArrived(at=now),)

    async def _turn(self, on: date) -> None:
        self._show(DayState(on))
        await self._look()
        await self.refresh()

    async def _mark(self, on: date) -> None:
        await self._room.db.write(lambda c: mark_seen(c, on), touched=frozenset())

    async def _look(self) -> None:
        self._tell(await attempt(self._room.work.look_at_day(self.state.on), self._lang))

    def _tell(self, problem: Message | None) -> None:
        if problem is not None:
            self._show(replace(self.state, problem=problem))


def load_day(c: Transaction, on: date) -> DayState:
    """The State of a local date as the store has it."""
    stored = orders.day(c, on)
    owner = device.device(c)
    contact = device.last_contact(c)
    seen = load_seen(c, on)
    may = permit.permit(c)
    rows = tuple(row_of(one, may) for one in stored)
    picture = Picture.DAY if rows else Picture.EMPTY
    if owner is None:
        picture = Picture.NOT_ENROLLED
    elif not rows and device.cursor(c) == 0:
        picture = Picture.NOT_LOADED
    return DayState(
        on=on,
        picture=picture,
        visits=rows,
        next=_next(rows),
        technician=owner.technician_name if owner else "",
        practice=owner is not None and owner.practice,
        last_contact=contact.server_time if contact else None,
        seen=seen is not None,
        unjudged=may is not None and not may.designations,
        changes=changes(c, seen, stored) if seen is not None else (),
    )


def _next(rows: tuple[VisitRow, ...]) -> str:
    open_rows = [row for row in rows if not row.state.final and Lack.WITHDRAWN not in row.lacks]
    under_way = [row for row in open_rows if row.state in _UNDER_WAY]
    return next((row.id for row in (*under_way, *open_rows)), "")
