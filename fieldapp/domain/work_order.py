"""A visit as the office plans it: whom, where, when, which connections, meters and registers.

These values go from the office to the laptop and never change there: what happens on site is
facts (`facts`), which the office gets back. All times are aware, all quantities exact.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from fieldapp.domain.flow import Flow, Lmra
from fieldapp.domain.preference import Choice


class WorkKind(StrEnum):
    """What the visit is for."""

    PLACEMENT = "placement"
    READING_PREFERENCE = "reading_preference"
    FAULT = "fault"
    REMOVAL = "removal"


class Commodity(StrEnum):
    """The energy carrier of a connection."""

    ELECTRICITY = "E"
    GAS = "G"


class MeterKind(StrEnum):
    """What kind of meter it is; `digital` is not remotely readable and has no ports."""

    SMART = "smart"
    DIGITAL = "digital"
    ANALOGUE = "analogue"


class Origin(StrEnum):
    """Where a reading comes from."""

    MEASURED = "measured"
    CUSTOMER = "customer"
    ESTIMATED = "estimated"


class PreviousReading(msgspec.Struct, frozen=True, kw_only=True):
    """The last reading that the office holds of a register."""

    value: Decimal
    origin: Origin
    taken_on: date


class MeterRegister(msgspec.Struct, frozen=True, kw_only=True):
    """One register (telwerk) of a meter.

    Attributes:
        obis: reduced OBIS code, `1-0:1.8.1`.
        unit: `kWh` or `m3`.
        digits: whole digits the display has.
        decimals: decimals the display has.
        tariff: `low`, `normal` or empty; shown beside the number, never instead of it.
        may_run_backwards: a Ferraris meter with solar: ask before a roll-over is assumed.
    """

    obis: str
    unit: str
    digits: int
    decimals: int = 0
    tariff: str = ""
    may_run_backwards: bool = False
    previous: PreviousReading | None = None


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """A meter at a connection or in the van."""

    number: str
    kind: MeterKind
    registers: tuple[MeterRegister, ...] = ()


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """A connection (aansluiting): one EAN, one carrier, at most one meter now.

    Attributes:
        location_code: the office's code for the meter's place, which may stand in the meter.
    """

    ean: str
    commodity: Commodity
    capacity: str
    phases: int = 1
    meter: Meter | None = None
    location_code: str = ""


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """The connection holder; `holder` is the office's pseudonym for this person."""

    holder: str
    name: str
    phone: str = ""


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where."""

    street: str
    number: str
    postcode: str
    place: str


class Refusal(msgspec.Struct, frozen=True):
    """A meter that was offered and refused, and when."""

    offered: MeterKind
    on: date


class EarlierFact(msgspec.Struct, frozen=True):
    """What a colleague told of a visit: the operation, and its fact as plain values."""

    operation: str
    fact: dict[str, Any]


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit, complete: everything that is needed offline.

    Attributes:
        id: UUIDv7 of the office.
        number: the number people say to each other.
        variant: `E+G`, `E` or `G`.
        meter_kind: for a placement, what is placed.
        version: the office's version of this visit; conflicts are judged against it.
        new_meters: the stock meters reserved for a placement.
        route_position: place in the day, from 1.
        last_visit: when a technician was last here; logs are read from then on.
        earlier: what was done before it came to this technician, in order.
        refusals: of a meter, before this visit.
    """

    id: str
    number: str
    kind: WorkKind
    region: str
    window_start: datetime
    window_end: datetime
    customer: Customer
    address: Address
    connections: tuple[Connection, ...]
    flow: Flow
    lmra: Lmra
    variant: str = "E"
    meter_kind: MeterKind = MeterKind.SMART
    version: int = 1
    route_position: int = 0
    new_meters: tuple[Meter, ...] = ()
    choices: tuple[Choice, ...] = ()
    complaint: str = ""
    access_note: str = ""
    safety_note: str = ""
    supervisor_phone: str = ""
    last_visit: date | None = None
    earlier: tuple[EarlierFact, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    def connection(self, commodity: str) -> Connection | None:
        """The connection of this carrier, if the visit has one."""
        return next((c for c in self.connections if c.commodity.value == commodity), None)
