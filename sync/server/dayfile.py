"""The day file: visits as a dispatcher hands them in, and how they become `Visit` values.

In comes JSON with local times and identifiers as people write them; out come complete visits
with the newest step definitions of their kind. Rule: everything is checked here, field by
field; an unknown field is an error, because a misspelt access note must not vanish.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

import resources
from fieldapp.domain import work_order as w
from fieldapp.domain.designation import Matrix, parse_matrix
from fieldapp.domain.flow import Flow, Lmra, parse_flow, parse_lmra
from fieldapp.domain.identifiers import parse_ean, parse_meter_number, parse_postcode
from fieldapp.domain.preference import Preference, Requester
from fieldapp.errors import IdentifierError

LOCAL = ZoneInfo("Europe/Amsterdam")
MOST_VISITS = 5000


def _exact(value: object) -> object:
    """Quantities come as text or whole numbers; a binary fraction is not exact."""
    if isinstance(value, float):
        raise ValueError("write the value as text")  # noqa: TRY004  pydantic expects ValueError
    return value


def _ean(text: str) -> str:
    try:
        return parse_ean(text)
    except IdentifierError as e:
        raise ValueError("not an EAN") from e


def _meter_number(text: str) -> str:
    try:
        return parse_meter_number(text)
    except IdentifierError as e:
        raise ValueError("not a meter number") from e


def _postcode(text: str) -> str:
    try:
        return parse_postcode(text)
    except IdentifierError as e:
        raise ValueError("not a postcode") from e


def _printable(text: str) -> str:
    """No control characters but the line's end; what a database or a screen would choke on."""
    if any(ord(c) < 32 and c != "\n" for c in text):
        raise ValueError("control characters")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Note = Annotated[str, Field(max_length=4000), AfterValidator(_printable)]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z._ -]+$")]
Exact = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, max_digits=18)]
EanText = Annotated[str, AfterValidator(_ean)]
MeterNumberText = Annotated[str, AfterValidator(_meter_number)]
PostcodeText = Annotated[str, AfterValidator(_postcode)]
ObisText = Annotated[str, Field(pattern=r"^\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}$")]


class Strict(BaseModel):
    """Only the fields named; frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DayReading(Strict):
    """A previous reading."""

    value: Exact
    origin: w.Origin = w.Origin.MEASURED
    taken_on: date


class DayRegister(Strict):
    """A register of a meter."""

    obis: ObisText
    unit: Literal["kWh", "m3"]
    digits: Annotated[int, Field(ge=1, le=12)]
    decimals: Annotated[int, Field(ge=0, le=6)] = 0
    tariff: Line = ""
    may_run_backwards: bool = False
    previous: DayReading | None = None


class DayMeter(Strict):
    """A meter at a connection or reserved from stock."""

    number: MeterNumberText
    kind: w.MeterKind = w.MeterKind.SMART
    registers: tuple[DayRegister, ...] = ()


class DayConnection(Strict):
    """A connection with the meter that hangs there now."""

    ean: EanText
    commodity: w.Commodity
    capacity: Line = ""
    phases: Annotated[int, Field(ge=1, le=3)] = 1
    location_code: Line = ""
    meter: DayMeter | None = None


class DayCustomer(Strict):
    """The connection holder; `reference` is the operator's own, where there is one."""

    name: Line
    phone: Line = ""
    reference: Line = ""


class DayAddress(Strict):
    """Where."""

    street: Line
    number: Line
    postcode: PostcodeText
    place: Line


class DayChoice(Strict):
    """One choice in the holder's history."""

    preference: Preference
    by: Requester = Requester.HOLDER
    verified: Line = ""
    channel: Line = "web"
    made_at: AwareDatetime


class DayRefusal(Strict):
    """A meter that was offered before and refused."""

    offered: w.MeterKind
    on: date


class DayVisit(Strict):
    """One visit of the day; times of the window are local."""

    number: Name
    kind: w.WorkKind
    variant: Literal["E+G", "E", "G"] = "E"
    meter_kind: w.MeterKind = w.MeterKind.SMART
    technician: Name | None = None
    window: tuple[time, time]
    customer: DayCustomer
    address: DayAddress
    connections: Annotated[tuple[DayConnection, ...], Field(min_length=1, max_length=2)]
    new_meters: tuple[DayMeter, ...] = ()
    choices: tuple[DayChoice, ...] = ()
    complaint: Note = ""
    access_note: Note = ""
    safety_note: Note = ""
    supervisor_phone: Line = ""
    last_visit: date | None = None
    refusals: tuple[DayRefusal, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> DayVisit:
        """The window ends after it starts; the connections are those of the variant."""
        start, end = self.window
        if start.tzinfo or end.tzinfo or start >= end:
            raise ValueError("window")
        carriers = sorted(c.commodity.value for c in self.connections)
        if not set(self.variant.split("+")) <= set(carriers) or carriers != sorted({*carriers}):
            raise ValueError("connections do not fit the variant")
        return self


class DayFile(Strict):
    """The visits of one date."""

    date: date
    visits: Annotated[tuple[DayVisit, ...], Field(max_length=MOST_VISITS)]

    @model_validator(mode="after")
    def _once(self) -> DayFile:
        """Every number once."""
        numbers = [visit.number for visit in self.visits]
        if len(set(numbers)) != len(numbers):
            raise ValueError("a visit number comes twice")
        return self


def at_local(day: date, clock_time: time) -> datetime:
    """A local time of a day as UTC."""
    return datetime.combine(day, clock_time, LOCAL).astimezone(UTC)


@cache
def newest_flow(kind: w.WorkKind) -> Flow:
    """The newest step definitions of a kind of work."""
    return parse_flow(_newest(f"flows/{kind.value}"))


@cache
def newest_lmra() -> Lmra:
    """The newest last-minute risk analysis."""
    return parse_lmra(_newest("lmra/lmra"))


@cache
def newest_matrix() -> Matrix:
    """The newest matrix of activities and levels."""
    return parse_matrix(_newest("designations/matrix"))


def _newest(stem: str) -> str:
    """The text of `<stem>-<n>.toml` with the highest n; they are numbered without gaps."""
    text = resources.read_text(f"{stem}-1.toml")
    for version in count(2):
        try:
            text = resources.read_text(f"{stem}-{version}.toml")
        except FileNotFoundError:
            break
    return text
