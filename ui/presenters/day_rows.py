"""A visit as the day shows it: where, when, how far, what it lacks and what to do next.

A stored visit goes in, one frozen row comes out. Rule: codes and values only; times are local
at the meter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fieldapp.domain import facts as f
from fieldapp.domain.designation import Permit, expiring, lacking
from fieldapp.domain.preference import Preference, choice_in_force, needs_person
from fieldapp.domain.progress import Progress
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import activities_of, current_step, steps_of
from fieldapp.domain.work_order import Commodity, Connection, MeterKind, Visit, WorkKind
from fieldapp.store.orders import StoredVisit
from fieldapp.work.expected import METER_TIME

_MOVES = (
    f.VisitAccepted,
    f.VisitRefused,
    f.VisitTravelling,
    f.VisitArrived,
    f.VisitStarted,
    f.VisitPaused,
    f.VisitNotDone,
    f.VisitClosed,
)
"""The facts that bring a visit into another state."""


class Lack(StrEnum):
    """What a visit misses before it can be done well."""

    WITHDRAWN = "withdrawn"
    NO_STOCK_METER = "no_stock_meter"
    NOT_DESIGNATED = "not_designated"
    DESIGNATION_EXPIRES = "designation_expires"
    NO_PHONE = "no_phone"
    CHOICE_OPEN = "choice_open"
    UNDELIVERED = "undelivered"


class Deed(StrEnum):
    """What the button on a visit does next."""

    TRAVEL = "travel"
    ARRIVE = "arrive"
    GO_ON = "go_on"
    LOOK = "look"


_DEEDS = {
    VisitState.PLANNED: Deed.TRAVEL,
    VisitState.ACCEPTED: Deed.TRAVEL,
    VisitState.TRAVELLING: Deed.ARRIVE,
    VisitState.ON_SITE: Deed.GO_ON,
    VisitState.STARTED: Deed.GO_ON,
    VisitState.PAUSED: Deed.GO_ON,
}


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as the day shows it; `meter` is a number or empty."""

    ean: str
    meter: str
    commodity: Commodity = Commodity.ELECTRICITY
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in the day.

    Attributes:
        window: start and end, aware, local time at the meter.
        steps_done: of `steps`.
        current: the code of the step where work stands, or empty.
        undelivered: operations that the office does not have.
        since: when it came into its state, local, or None where it is as planned.
        ending: why it was not done or was given back: a code or the technician's words.
        choice: the customer's choice in force, or None.
        bring: numbers of the stock meters reserved for it.
    """

    id: str
    number: str
    kind: WorkKind
    variant: str
    meter_kind: MeterKind
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
    complaint: str
    safety_note: str
    access_note: str
    choice: Preference | None
    bring: tuple[str, ...]
    since: datetime | None
    ending: str
    undelivered: int
    lacks: tuple[Lack, ...]

    @property
    def deed(self) -> Deed:
        """What the visit's button does."""
        return _DEEDS.get(self.state, Deed.LOOK)


def row_of(stored: StoredVisit, permit: Permit | None = None) -> VisitRow:
    """A visit as the day shows it; `permit` is what the technician may do."""
    visit, progress = stored.visit, stored.progress
    step = current_step(visit, progress)
    codes = {s.code for s in steps_of(visit, progress)}
    choice = choice_in_force(visit.choices)
    return VisitRow(
        id=visit.id,
        number=visit.number,
        kind=visit.kind,
        variant=visit.variant,
        meter_kind=visit.meter_kind,
        state=progress.state,
        window=local_window(visit),
        name=visit.customer.name,
        phone=visit.customer.phone,
        street=f"{visit.address.street} {visit.address.number}",
        postcode=visit.address.postcode,
        place=visit.address.place,
        connections=tuple(_connection(c) for c in visit.connections),
        steps=len(codes),
        steps_done=len(progress.steps_done & codes),
        current=step.code if step and not progress.state.final else "",
        complaint=visit.complaint,
        safety_note=visit.safety_note,
        access_note=visit.access_note,
        choice=choice.preference if choice else None,
        bring=tuple(meter.number for meter in visit.new_meters),
        since=_since(progress),
        ending=_ending(progress),
        undelivered=stored.undelivered,
        lacks=_lacks(stored, permit),
    )


def local_window(visit: Visit) -> tuple[datetime, datetime]:
    """The agreed window in local time at the meter."""
    start = visit.window_start.astimezone(METER_TIME)
    return start, visit.window_end.astimezone(METER_TIME)


def _connection(connection: Connection) -> ConnectionRow:
    return ConnectionRow(
        ean=connection.ean,
        meter=connection.meter.number if connection.meter else "",
        commodity=connection.commodity,
        capacity=connection.capacity,
    )


def _since(progress: Progress) -> datetime | None:
    moves = [fact.at for fact in progress.facts if isinstance(fact, _MOVES)]
    return moves[-1].astimezone(METER_TIME) if moves else None


def _ending(progress: Progress) -> str:
    not_done = progress.of(f.VisitNotDone)
    if not_done:
        return not_done[-1].reason
    refused = progress.of(f.VisitRefused)
    return refused[-1].reason if refused else ""


def _lacks(stored: StoredVisit, permit: Permit | None) -> tuple[Lack, ...]:
    visit, final = stored.visit, stored.progress.state.final
    placement = visit.kind is WorkKind.PLACEMENT
    chosen = stored.progress.of(f.ChoiceRecorded)
    asked = () if final else activities_of(visit, stored.progress)
    on = local_window(visit)[0].date()
    holds = {
        Lack.WITHDRAWN: stored.withdrawn,
        Lack.NO_STOCK_METER: placement and not visit.new_meters and not final,
        Lack.NOT_DESIGNATED: lacking(permit, asked, on) is not None,
        Lack.DESIGNATION_EXPIRES: expiring(permit, asked, on) is not None,
        Lack.NO_PHONE: not visit.customer.phone and not final,
        Lack.CHOICE_OPEN: needs_person(visit.choices) and not chosen and not final,
        Lack.UNDELIVERED: final and stored.undelivered > 0,
    }
    return tuple(lack for lack, is_so in holds.items() if is_so)
