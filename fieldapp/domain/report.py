"""What the customer is told of a visit: what was done, read, chosen and agreed.

In come a visit and its progress; out comes one frozen `Report` of codes and exact values, for
the customer's document and for the customer view. Rule: it is made from what may be told and
never by leaving out; no note on access or safety, no confidential finding, nobody's remarks
and no other customer ever get in (trade.md "Findings").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fieldapp.domain import facts as f
from fieldapp.domain.confidential import (
    is_for_customer,
    is_own_photo,
    is_shown_correction,
    last_words,
)
from fieldapp.domain.preference import Choice, Preference, choice_in_force
from fieldapp.domain.progress import Progress, commodity_of
from fieldapp.domain.report_deeds import Agreement, Deed, agreed, deeds
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import Address, Meter, Origin, Visit, WorkKind

SIGNATURE = "signature"
REPORT = "report"
"""The slot in which the customer's document is kept with the visit."""


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """One register's reading.

    Attributes:
        moment: `final`, `start` or `check`.
        carrier: `E` or `G`.
        digits: as read or typed.
        settlement: whole kWh or m3.
    """

    moment: str
    carrier: str
    meter: str
    obis: str
    tariff: str
    digits: str
    value: Decimal
    unit: str
    settlement: Decimal
    channel: f.Channel
    origin: Origin
    at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """What stands in the meter about remote reading.

    Attributes:
        after: the value read back; None where the office sets it remotely.
    """

    requested: Preference
    after: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture of this visit, by its file's name."""

    slot: str
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What the customer is told.

    Attributes:
        arrived, ended: None where it did not come to that.
        complaint: the customer's own words about a fault.
        found: codes of the rules that found something.
        checks: what can't be proven yet, each with its last day.
        signature: None where nobody signed; then `unsigned` is the way out, or empty.
        read: codes of what was read in the meter, for the leaflet.
        not_done: why the work was not done.
    """

    number: str
    kind: WorkKind
    variant: str
    customer: str
    address: Address
    state: VisitState
    arrived: datetime | None
    ended: datetime | None
    not_done: NotDoneReason | None
    complaint: str
    deeds: tuple[Deed, ...]
    found: tuple[str, ...]
    readings: tuple[ReadingLine, ...]
    choice: Choice | None
    setting: Setting | None
    agreed: tuple[Agreement, ...]
    checks: tuple[f.PendingCheck, ...]
    photos: tuple[Photo, ...]
    signature: Photo | None
    unsigned: str
    corrections: tuple[f.VisitCorrected, ...]
    read: tuple[str, ...]


def report_of(visit: Visit, progress: Progress) -> Report:
    """What may be told to the customer of this visit by now."""
    closed, left = progress.last(f.VisitClosed), progress.last(f.VisitNotDone)
    arrived, end = progress.last(f.VisitArrived), closed or left
    choice = _choice(visit, progress)
    found = (x.rule for x in last_words(progress) if is_for_customer(x))
    return Report(
        number=visit.number,
        kind=visit.kind,
        variant=visit.variant,
        customer=visit.customer.name,
        address=visit.address,
        state=progress.state,
        arrived=arrived.at if arrived else None,
        ended=end.at if end else None,
        not_done=left.reason if left else None,
        complaint=visit.complaint if visit.kind is WorkKind.FAULT else "",
        deeds=deeds(visit, progress),
        found=tuple(dict.fromkeys(found)),
        readings=_readings(visit, progress),
        choice=choice,
        setting=_setting(progress),
        agreed=agreed(visit, progress, choice),
        checks=closed.pending if closed else (),
        photos=_photos(progress),
        signature=_signature(progress),
        unsigned=_unsigned(progress),
        corrections=tuple(filter(is_shown_correction, progress.of(f.VisitCorrected))),
        read=_read(progress),
    )


def _readings(visit: Visit, progress: Progress) -> tuple[ReadingLine, ...]:
    """The last reading of each register at each moment, in the order they were first taken."""
    last = {(x.moment, x.meter, x.obis): x for x in progress.of(f.ReadingTaken)}
    tariffs = {
        (meter.number, register.obis): register.tariff
        for meter in _meters(visit)
        for register in meter.registers
    }
    return tuple(
        ReadingLine(
            moment=one.moment,
            carrier=commodity_of(visit, one.ean),
            meter=one.meter,
            obis=one.obis,
            tariff=tariffs.get((one.meter, one.obis), ""),
            digits=one.digits,
            value=one.value,
            unit=one.unit,
            settlement=one.settlement,
            channel=one.channel,
            origin=one.origin,
            at=one.at,
        )
        for one in last.values()
    )


def _meters(visit: Visit) -> tuple[Meter, ...]:
    hanging = tuple(c.meter for c in visit.connections if c.meter is not None)
    return (*hanging, *visit.new_meters)


def _choice(visit: Visit, progress: Progress) -> Choice | None:
    """The choice in force; where the work is not about one, only what was chosen here."""
    made = tuple(fact.choice for fact in progress.of(f.ChoiceRecorded))
    if not made and visit.kind in {WorkKind.FAULT, WorkKind.REMOVAL}:
        return None
    return choice_in_force((*visit.choices, *made))


def _setting(progress: Progress) -> Setting | None:
    written, left = progress.last(f.PreferenceApplied), progress.last(f.PreferenceDeferred)
    later = progress.place_of(f.PreferenceApplied) > progress.place_of(f.PreferenceDeferred)
    if written is not None and later:
        return Setting(written.requested, written.after, written.at)
    return Setting(left.requested, None, left.at) if left is not None else None


def _photos(progress: Progress) -> tuple[Photo, ...]:
    """One of each thing: the last that was taken."""
    own = (x for x in progress.of(f.EvidenceAdded) if is_own_photo(x))
    last = {x.slot: Photo(x.slot, x.sha256, x.at) for x in own}
    return tuple(last.values())


def _signature(progress: Progress) -> Photo | None:
    signed = [x for x in progress.of(f.EvidenceAdded) if x.slot == SIGNATURE]
    return Photo(SIGNATURE, signed[-1].sha256, signed[-1].at) if signed else None


def _unsigned(progress: Progress) -> str:
    ways = [x for x in progress.of(f.WaivedRequirement) if x.requirement == SIGNATURE]
    return ways[-1].way_out if ways else ""


def _read(progress: Progress) -> tuple[str, ...]:
    """What was read in the meter itself; what stands on its front is not read from it."""
    ports = {f.Channel.P0, f.Channel.P1}
    readings = {x.channel for x in progress.of(f.ReadingTaken)}
    contacts = {x.channel for x in progress.of(f.MeterContacted)}
    so = {
        "number": bool(contacts & ports),
        "registers": bool(readings & ports),
        "preference": bool(progress.of(f.PreferenceApplied)),
        "state": bool(progress.of(f.StateRetrieved)),
        "telegram": bool(progress.of(f.TelegramChecked)),
        "front": not contacts & ports,
    }
    return tuple(code for code, is_so in so.items() if is_so)
