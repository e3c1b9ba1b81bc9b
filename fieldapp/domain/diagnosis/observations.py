"""What a visit knows of a meter and its connection, as rules look at it.

In come plain values: states as `StateRetrieved` keeps them, what a telegram said and how the
line was, what was measured, what was ordered. Rule: frozen, no IO, no clock; what is absent is
None or empty, never a zero, so that a rule can say that it could not look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from fieldapp.domain.diagnosis.finding import Evidence, Origin
from fieldapp.domain.diagnosis.state import Event, Quantity, State

DEFAULT_PERIOD = timedelta(days=30)
"""How far back events count where nobody knows of an earlier visit."""


@dataclass(frozen=True, slots=True)
class LaptopClock:
    """What is known of this laptop's clock.

    Attributes:
        offset_s: the laptop minus the office.
        uncertainty_s: how far that may be wrong.
    """

    offset_s: Decimal
    uncertainty_s: Decimal


@dataclass(frozen=True, slots=True)
class Outage:
    """A long power failure as a telegram lists it: when it ended, how long it was."""

    end: datetime | None
    duration_s: int


@dataclass(frozen=True, slots=True)
class LineFault:
    """A fault of the P1 line: its code in the line's health, how often, and a value."""

    code: str
    count: int = 0
    value: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """What came over P1.

    Attributes:
        at: when the last telegram came.
        version: as the telegram says it: `50`, `42`, Belgium's `50217`; empty in 2.2 and 3.0.
        quantities: its numbers by the catalogue's names.
        numbers: of the devices behind the meter, by channel.
        telegrams: sound ones heard.
        faults: what the line's health found.
        clock_s: the meter's clock minus the laptop's at least, `clock_margin_s` more at most.
    """

    at: datetime
    version: str = ""
    quantities: tuple[Quantity, ...] = ()
    outages: tuple[Outage, ...] | None = None
    numbers: Mapping[int, str] = field(default_factory=dict)
    telegrams: int = 0
    faults: tuple[LineFault, ...] = ()
    clock_s: Decimal | None = None
    clock_margin_s: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value entered from an instrument."""

    name: str
    value: Decimal
    unit: str
    at: datetime
    instrument: str = ""


@dataclass(frozen=True, slots=True)
class OpticalAccess:
    """What is known of the optical port in this visit.

    Attributes:
        answered_at: when the meter last answered there.
        p1_answered: the same meter answers on its customer port.
        failures: how the attempts ended that failed, by the names of the errors, in order.
        reason: why no attempt was made, as the technician recorded it.
    """

    answered_at: datetime | None = None
    p1_answered: bool = False
    failures: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The administrative status as the meter held it last."""

    value: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Observations:
    """Everything that the rules may look at.

    Attributes:
        now: by the laptop's clock.
        before, after: the meter's state, before and after the work.
        before_at, after_at: when they were read.
        phases: of the connection; 0 where nobody knows.
        gas: number of the gas meter that belongs behind the meter; empty where none does.
        feeds_in: the office knows of a source here.
        wanted_status: what the choice in force asks of the meter; None without one.
        laptop: None where nobody vouches for the laptop's clock.
        contacts: when this visit touched the meter's ports.
        began: when work in this visit began.
    """

    now: datetime
    before: Mapping[str, Any] | None = None
    before_at: datetime | None = None
    after: Mapping[str, Any] | None = None
    after_at: datetime | None = None
    p1: CustomerLine | None = None
    measurements: tuple[Measured, ...] = ()
    phases: int = 0
    gas: str = ""
    feeds_in: bool = False
    wanted_status: int | None = None
    status: Status | None = None
    last_visit: datetime | None = None
    laptop: LaptopClock | None = None
    p0: OpticalAccess = field(default_factory=OpticalAccess)
    contacts: tuple[datetime, ...] = ()
    began: datetime | None = None

    @property
    def state(self) -> State | None:
        """The last state that was read."""
        if self.after is not None:
            return State(self.after, self.after_at)
        return None if self.before is None else State(self.before, self.before_at)

    @property
    def since(self) -> datetime:
        """From when events count: the last visit, else the beginning of a day."""
        if self.last_visit is not None:
            return self.last_visit
        return (self.now - DEFAULT_PERIOD).replace(hour=0, minute=0, second=0, microsecond=0)

    def quantity(self, name: str) -> Quantity | None:
        """The last that is known of a quantity, over whichever way it came."""
        found = list(self._all(name))
        return max(found, key=lambda one: one.at or self.since, default=None)

    def per_phase(self, name: str) -> dict[int, Quantity]:
        """A quantity of each phase that is known: `voltage_l` by 1, 2, 3."""
        found = {phase: self.quantity(f"{name}{phase}") for phase in (1, 2, 3)}
        return {phase: quantity for phase, quantity in found.items() if quantity is not None}

    def measured(self, name: str) -> Measured | None:
        """The last measurement of this name."""
        return next((m for m in reversed(self.measurements) if m.name == name), None)

    def events(self, *names: str) -> tuple[Event, ...]:
        """The events with these names, or beginnings of names, since `since`; oldest first."""
        state = self.state
        found = () if state is None else state.events(*names)
        return tuple(event for event in found if event.at is None or event.at >= self.since)

    def _all(self, name: str) -> Iterator[Quantity]:
        state = self.state
        if state is not None and (held := state.quantity(name)) is not None:
            yield held
        if self.p1 is not None:
            yield from (one for one in self.p1.quantities if one.name == name)
        measured = self.measured(f"{name}_n")
        if measured is not None:
            yield Quantity(
                name,
                measured.value,
                measured.unit,
                Evidence(
                    name,
                    str(measured.value),
                    measured.unit,
                    Origin.MEASURED,
                    measured.instrument,
                    measured.at,
                ),
            )
