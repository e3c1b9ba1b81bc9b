"""What customers ask of the office: visits, meters, choices, faults, complaints, readings.

In comes a checked form; it is kept sealed under the holder's key and answered with a reference.
Rule: the answer is the same whatever the form says; no connection, address or meter is looked
up, so nothing can be learned here.
"""

from __future__ import annotations

import base64
import secrets
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator
from sqlalchemy import insert

from fieldapp.domain.preference import Preference, Requester
from fieldapp.domain.work_order import MeterKind
from sync.server import holders
from sync.server.dayfile import (
    DayAddress,
    EanText,
    Exact,
    Line,
    MeterNumberText,
    Note,
    ObisText,
    Strict,
)
from sync.server.office import Office
from sync.server.tables import intake
from sync.server.vault import seal

PUBLIC_REGION = "public"
"""Where forms lie until somebody at the office has placed them in a region."""


class IntakeKind(StrEnum):
    """Which form."""

    APPOINTMENT = "appointment"
    SMART_METER_REQUEST = "smart_meter_request"
    PREFERENCE = "preference"
    FAULT = "fault"
    COMPLAINT = "complaint"
    READING = "reading"


Email = Annotated[str, Field(max_length=200, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
Phone = Annotated[str, Field(max_length=30, pattern=r"^\+?[0-9 ()-]{6,}$")]


class Form(Strict):
    """What every form holds: who asks, how to reach them, and where."""

    kind: ClassVar[IntakeKind]
    name: Annotated[Line, Field(min_length=1)]
    email: Email | None = None
    phone: Phone | None = None
    language: Literal["nl", "en"] = "nl"
    address: DayAddress
    ean: EanText | None = None
    meter: MeterNumberText | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _reachable(self) -> Form:
        """One way to answer at least."""
        if self.email is None and self.phone is None:
            raise ValueError("email or phone")
        return self


class Appointment(Form):
    """A wish for a visit on some day, or to move or cancel one that has a reference."""

    kind: ClassVar = IntakeKind.APPOINTMENT
    wish: Literal["new", "move", "cancel"] = "new"
    reference: Line = ""
    days: Annotated[tuple[date, ...], Field(max_length=10)] = ()
    day_part: Literal["morning", "afternoon", "any"] = "any"


class SmartMeterRequest(Form):
    """A request for another kind of meter."""

    kind: ClassVar = IntakeKind.SMART_METER_REQUEST
    wanted: MeterKind = MeterKind.SMART
    variant: Literal["E+G", "E", "G"] = "E+G"


class PreferenceChoice(Form):
    """A choice about remote reading; unverified until it is proven."""

    kind: ClassVar = IntakeKind.PREFERENCE
    preference: Preference
    by: Requester = Requester.HOLDER


class Fault(Form):
    """A meter that does not work; gas smell and danger never come through a form."""

    kind: ClassVar = IntakeKind.FAULT
    what: Literal["display", "no_data", "noise", "damage", "other"] = "other"
    text: Annotated[Note, Field(min_length=1)]


class Complaint(Form):
    """A complaint, with the other party's reference where there is one."""

    kind: ClassVar = IntakeKind.COMPLAINT
    text: Annotated[Note, Field(min_length=1)]
    reference: Line = ""


class OwnReading(Strict):
    """One register as its owner read it."""

    obis: ObisText
    unit: Literal["kWh", "m3"]
    value: Exact


class Reading(Form):
    """A customer's own readings."""

    kind: ClassVar = IntakeKind.READING
    taken_on: date
    readings: Annotated[tuple[OwnReading, ...], Field(min_length=1, max_length=8)]


def take(office: Office, form: Form) -> str:
    """Keep a form; returns its reference."""
    reference = new_reference()
    known_by = ("ean", form.ean, form.name) if form.ean else ("form", reference)
    with office.database.writing() as c:
        holder = holders.known_as(office, c, PUBLIC_REGION, *known_by)
        secret = holders.new_key(office, c, PUBLIC_REGION, holder)
        c.execute(
            insert(intake).values(
                region=PUBLIC_REGION,
                reference=reference,
                kind=form.kind.value,
                holder=holder,
                sealed=seal(secret, form.model_dump_json().encode(), f"intake:{reference}"),
                received_at=office.clock.now(),
            )
        )
    return reference


def new_reference() -> str:
    """Something to say on the phone: `R-ABCD-EFGH`, 40 random bits."""
    text = base64.b32encode(secrets.token_bytes(5)).decode()
    return f"R-{text[:4]}-{text[4:]}"
