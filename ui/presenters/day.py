"""Vandaag: the day's visits in order, the next one, and what each still lacks.

Out comes a frozen State built from the laptop's store; it is built anew after every commit
that touches visits, the outbox or the device. Rule: reads only; whoever wants to work on a
visit opens the visit's own presenter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from fieldapp.domain.progress import current_step
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import WorkKind
from fieldapp.store import device, orders
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from fieldapp.work.visit import VisitWork
from ui.messages import Message
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


class Lack(StrEnum):
    """What a visit misses before it can be done well."""

    WITHDRAWN = "withdrawn"
    NO_STOCK_METER = "no_stock_meter"
    NO_PHONE = "no_phone"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as the day shows it."""

    ean: str
    meter: str


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the day.

    Attributes:
        window: start and end, aware, local time at the meter.
        steps_done: of `steps`.
        current: the code of the step where work stands, or empty.
        undelivered: operations that the office does not have.
    """

    id: str
    number: str
    kind: WorkKind
    variant: str
    state: VisitState
    window: tuple[datetime, datetime]
    name: str
    phone: str
    street: str
    postcode: str
    place: str
    connections: tuple[ConnectionRow, ...]
    steps: int
    steps_done: int
    current: str
    safety_note: str
    access_note: str
    undelivered: int
    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class DayState:
    """What the page shows.

    Attributes:
        next: the id of the visit under way, else of the first that is not finished.
        technician: the name, empty before enrolment.
        practice: whether this is a practice laptop, which every screen says.
    """

    on: date
    picture: Picture = Picture.NOT_LOADED
    visits: tuple[VisitRow, ...] = ()
    next: str = ""
    technician: str = ""
    practice: bool = False
    last_contact: datetime | None = None
    problem: Message | None = None

    @property
    def done(self) -> int:
        """How many visits are finished, one way or the other."""
        return sum(row.state.final for row in self.visits)


class DayPresenter(Presenter[DayState]):
    """Shows one local date."""

    def __init__(
        self, db: Database, work: VisitWork, tasks: Tasks, on: date, lang: str
    ) -> None:
        """Show `on`; `open` loads it."""
        super().__init__(DayState(on))
        self._db = db
        self._work = work
        self._lang = lang
        self._refresher = Refresher(self.refresh, _TOPICS, tasks)

    async def open(self) -> None:
        """Load, and keep up from now on; the audit trail notes which visits were shown."""
        await self._look()
        await self._refresher.open(self._db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()

    async def show(self, on: date) -> None:
        """Show another date."""
        self._show(DayState(on))
        await self._look()
        await self.refresh()

    async def refresh(self) -> None:
        """Ask the store again."""
        loaded: list[DayState] = []

        async def load() -> None:
            on = self.state.on
            loaded.append(await self._db.read(lambda c: load_day(c, on)))

        problem = await attempt(load(), self._lang)
        self._show(loaded[0] if loaded else replace(self.state, problem=problem))

    async def _look(self) -> None:
        problem = await attempt(self._work.look_at_day(self.state.on), self._lang)
        self._show(replace(self.state, problem=problem))


def load_day(c: Transaction, on: date) -> DayState:
    """The State of a local date as the store has it."""
    stored = orders.day(c, on)
    owner = device.device(c)
    contact = device.last_contact(c)
    rows = tuple(row_of(one) for one in stored)
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
    )


def row_of(stored: StoredVisit) -> VisitRow:
    """A visit as the day shows it."""
    visit, progress = stored.visit, stored.progress
    step = current_step(visit, progress)
    codes = {s.code for s in visit.steps}
    return VisitRow(
        id=visit.id,
        number=visit.number,
        kind=visit.kind,
        variant=visit.variant,
        state=progress.state,
        window=(
            visit.window_start.astimezone(METER_TIME),
            visit.window_end.astimezone(METER_TIME),
        ),
        name=visit.customer.name,
        phone=visit.customer.phone,
        street=f"{visit.address.street} {visit.address.number}",
        postcode=visit.address.postcode,
        place=visit.address.place,
        connections=tuple(
            ConnectionRow(c.ean, c.meter.number if c.meter else "") for c in visit.connections
        ),
        steps=len(visit.steps),
        steps_done=len(progress.steps_done & codes),
        current=step.code if step and not progress.state.final else "",
        safety_note=visit.safety_note,
        access_note=visit.access_note,
        undelivered=stored.undelivered,
        lacks=_lacks(stored),
    )


def _lacks(stored: StoredVisit) -> tuple[Lack, ...]:
    visit, state = stored.visit, stored.progress.state
    needs_stock = visit.kind is WorkKind.PLACEMENT
    holds = {
        Lack.WITHDRAWN: stored.withdrawn,
        Lack.NO_STOCK_METER: needs_stock and not visit.new_meters and not state.final,
        Lack.NO_PHONE: not visit.customer.phone and not state.final,
        Lack.UNDELIVERED: state.final and stored.undelivered > 0,
    }
    return tuple(lack for lack, is_so in holds.items() if is_so)


def _next(rows: tuple[VisitRow, ...]) -> str:
    open_rows = [row for row in rows if not row.state.final and Lack.WITHDRAWN not in row.lacks]
    under_way = [row for row in open_rows if row.state in _UNDER_WAY]
    return next((row.id for row in (*under_way, *open_rows)), "")
