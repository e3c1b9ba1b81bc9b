"""What happened on site, one frozen value each: the only things a laptop tells the office.

A fact's tag (`reading_taken`, `visit_closed`, ...) is the kind of the operation that carries
it. Facts are never changed or taken back; a mistake is mended by `visit_corrected`, which
overwrites nothing. Times are the device's; the operation's header holds the trusted one too.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Any

from fieldapp.domain.day_close import DayClosed
from fieldapp.domain.fact import Fact
from fieldapp.domain.finding_fact import FindingRecorded
from fieldapp.domain.meter_facts import (
    AlarmsCleared,
    ClockSet,
    HostConfirmed,
    LocationWritten,
    MbusCoupled,
    MbusDecoupled,
    MessageWritten,
    MeterReset,
    TelegramChecked,
)
from fieldapp.domain.preference import Choice, Preference
from fieldapp.domain.status_facts import (
    LmraAnswered,
    PendingCheck,
    StepDone,
    VisitAccepted,
    VisitArrived,
    VisitClosed,
    VisitHandedOver,
    VisitNotDone,
    VisitPaused,
    VisitRefused,
    VisitStarted,
    VisitTravelling,
)
from fieldapp.domain.stock import StockMeter
from fieldapp.domain.work_order import MeterKind, Origin, WorkKind

__all__ = [
    "AlarmsCleared",
    "ClockSet",
    "DayClosed",
    "Fact",
    "FindingRecorded",
    "HostConfirmed",
    "LmraAnswered",
    "LocationWritten",
    "MbusCoupled",
    "MbusDecoupled",
    "MessageWritten",
    "MeterReset",
    "PendingCheck",
    "StepDone",
    "TelegramChecked",
    "VisitAccepted",
    "VisitArrived",
    "VisitClosed",
    "VisitHandedOver",
    "VisitNotDone",
    "VisitPaused",
    "VisitRefused",
    "VisitStarted",
    "VisitTravelling",
]


class Channel(StrEnum):
    """How a value or number came to us."""

    P0 = "p0"
    P1 = "p1"
    DISPLAY = "display"
    NAMEPLATE = "nameplate"


class MeterContacted(Fact, frozen=True, kw_only=True, tag="meter_contacted"):
    """A meter told (or showed) its own number, which was compared with the visit's."""

    channel: Channel
    purpose: str
    expected: str
    found: str

    @property
    def matches(self) -> bool:
        """Whether it is the meter of this visit."""
        return self.found == self.expected


class OtherMeterFound(Fact, frozen=True, kw_only=True, tag="other_meter_found"):
    """Another meter hangs there than the office knows; the office decides."""

    expected: str
    found: str
    reason: str
    photo: str = ""


class ReadingTaken(Fact, frozen=True, kw_only=True, tag="reading_taken"):
    """One register's reading.

    Attributes:
        moment: `final` of the old meter, `start` of the new one, or `check`.
        digits: as read or typed.
        value: exact, in `unit`.
        settlement: whole kWh or m3, truncated.
        photo: SHA-256 of the photo; a hand reading has one.
        doubt: why it is flagged (implausible), or empty; never blocks.
    """

    moment: str
    ean: str
    meter: str
    obis: str
    digits: str
    value: Decimal
    unit: str
    settlement: Decimal
    channel: Channel
    origin: Origin = Origin.MEASURED
    photo: str = ""
    doubt: str = ""


class EvidenceAdded(Fact, frozen=True, kw_only=True, tag="evidence_added"):
    """A photo, signature or capture; `sha256` names the file, which travels apart."""

    slot: str
    sha256: str
    size: int
    media_type: str


class ItemConfirmed(Fact, frozen=True, kw_only=True, tag="item_confirmed"):
    """Something was ticked: voltage-free, leaflet handed over, ..."""

    item: str


class QuestionAnswered(Fact, frozen=True, kw_only=True, tag="question_answered"):
    """A question of the flow was asked and answered; the last answer counts."""

    item: str
    answer: str
    note: str = ""


class MeasurementEntered(Fact, frozen=True, kw_only=True, tag="measurement_entered"):
    """A value measured with an instrument."""

    name: str
    value: Decimal
    unit: str
    instrument: str = ""


class SealRecorded(Fact, frozen=True, kw_only=True, tag="seal_recorded"):
    """A seal: `action` is removed, placed, broken or absent."""

    position: str
    number: str
    action: str


class MeterRemoved(Fact, frozen=True, kw_only=True, tag="meter_removed"):
    """The meter is off the wall and in the van."""

    ean: str
    number: str


class MeterPlaced(Fact, frozen=True, kw_only=True, tag="meter_placed"):
    """A meter hangs on the wall.

    Attributes:
        taken: the van's meter of that number as it was there; None: reserved, or not known.
        despite: why this meter, although something spoke against it (`van.doubt`).
    """

    ean: str
    number: str
    meter_kind: MeterKind
    taken: StockMeter | None = None
    despite: str = ""


class ChoiceRecorded(Fact, frozen=True, kw_only=True, tag="choice_recorded"):
    """The customer's choice about remote reading, made at the door."""

    choice: Choice


class PreferenceApplied(Fact, frozen=True, kw_only=True, tag="preference_applied"):
    """The meter's administrative status: before, requested, and read back after."""

    meter: str
    before: int
    requested: Preference
    after: int


class PreferenceDeferred(Fact, frozen=True, kw_only=True, tag="preference_deferred"):
    """No access to P0: the office sets it remotely; never the same as done."""

    requested: Preference
    reason: str


class StateRetrieved(Fact, frozen=True, kw_only=True, tag="state_retrieved"):
    """The meter's state (`before` or `after` the work), as the readout gave it."""

    moment: str
    channel: Channel
    meter: str
    state: dict[str, Any]


class ActionTaken(Fact, frozen=True, kw_only=True, tag="action_taken"):
    """What was done about a fault: repaired, replaced, referred or nothing."""

    action: str
    note: str = ""


class FollowUpAsked(Fact, frozen=True, kw_only=True, tag="follow_up_asked"):
    """Work that has to follow, asked of the office from the site."""

    work: WorkKind
    reason: str
    note: str = ""


class RefusalRecorded(Fact, frozen=True, kw_only=True, tag="refusal_recorded"):
    """The customer refuses what was offered; each offer is recorded with its date."""

    offered: MeterKind
    accepted_instead: MeterKind | None = None
    note: str = ""


class ComplaintRecorded(Fact, frozen=True, kw_only=True, tag="complaint_recorded"):
    """A complaint or question from the door."""

    text: str


class WaivedRequirement(Fact, frozen=True, kw_only=True, tag="requirement_waived"):
    """A mandatory item could not be had and one of its ways out was taken."""

    requirement: str
    way_out: str
    reason: str
    photo: str = ""


class DangerReported(Fact, frozen=True, kw_only=True, tag="danger_reported"):
    """Gas smell or other danger: work stopped, the office alerted at first contact."""

    danger: str


class VisitCorrected(Fact, frozen=True, kw_only=True, tag="visit_corrected"):
    """A mistake in a finished visit, mended without overwriting anything."""

    field: str
    old: str
    new: str
    reason: str
    by: str


AnyFact = (
    VisitAccepted
    | VisitRefused
    | VisitTravelling
    | VisitArrived
    | LmraAnswered
    | VisitStarted
    | VisitPaused
    | VisitHandedOver
    | VisitNotDone
    | VisitClosed
    | StepDone
    | MeterContacted
    | OtherMeterFound
    | ReadingTaken
    | EvidenceAdded
    | ItemConfirmed
    | QuestionAnswered
    | MeasurementEntered
    | SealRecorded
    | MeterRemoved
    | MeterPlaced
    | ChoiceRecorded
    | PreferenceApplied
    | PreferenceDeferred
    | StateRetrieved
    | ClockSet
    | AlarmsCleared
    | HostConfirmed
    | MbusCoupled
    | MbusDecoupled
    | LocationWritten
    | MessageWritten
    | TelegramChecked
    | MeterReset
    | FindingRecorded
    | ActionTaken
    | FollowUpAsked
    | RefusalRecorded
    | ComplaintRecorded
    | WaivedRequirement
    | DangerReported
    | VisitCorrected
    | DayClosed
)
