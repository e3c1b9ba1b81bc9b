"""What a technician does on site, as facts and files of one transaction.

In come a visit as it stands on the laptop and a number; out come what is kept: lawful steps
from accepting to closing, and everything else that a fact can set going in the office. Rule:
whatever comes out is well-formed; that it breaks a rule now and then is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.preference import Preference
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import MeterKind, Visit, WorkKind
from fieldapp.store import attachments, outbox
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction

EAN, METER = "871687000000200010", "E0044007382246019"
STOCK = ("E0044007382311125", "E0044007382311226")
SIZES = (40, 3_000, 70_000, 300_000)
"""Octets of a file: one and several pieces, on the laptop's disk and on the way."""


@dataclass
class Saved:
    """What a transaction kept: the operations' ids, and each file by visit and content."""

    operations: list[str] = field(default_factory=list)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)


def do(c: Transaction, stored: StoredVisit, what: int, clock: Clock) -> Saved:
    """Do something at a visit, within the caller's transaction."""
    deed = _DEEDS[what % len(_DEEDS)]
    choice = what // len(_DEEDS)
    saved = Saved()
    if deed is _photo:
        return _keep_photo(c, stored.visit, choice, clock)
    for fact in deed(stored, clock.now(), choice):
        saved.operations.append(outbox.append(c, stored.visit, fact, clock))
    return saved


def _keep_photo(c: Transaction, visit: Visit, choice: int, clock: Clock) -> Saved:
    size = SIZES[(choice % 11) // 3]
    content = clock.random_bytes(16) * (size // 16 + 1)
    kept = attachments.add(c, content, visit=visit.id, slot="old", media_type="image/jpeg")
    fact = f.EvidenceAdded(
        at=clock.now(), slot="old", sha256=kept.sha256, size=kept.size, media_type="image/jpeg"
    )
    made = outbox.append(c, visit, fact, clock)
    return Saved([made], {(visit.id, kept.sha256): content})


Facts = list[f.AnyFact]


def _photo(stored: StoredVisit, at: datetime, choice: int) -> Facts:
    """A mark in the table of deeds; `_keep_photo` does it."""
    raise NotImplementedError


def _on(stored: StoredVisit, at: datetime, choice: int) -> Facts:
    """The next lawful step of the visit, or several of them at once."""
    way: list[tuple[VisitState, Facts]] = [
        (VisitState.PLANNED, [f.VisitAccepted(at=at)]),
        (VisitState.ACCEPTED, [f.VisitTravelling(at=at)]),
        (VisitState.TRAVELLING, [f.VisitArrived(at=at)]),
        (VisitState.ON_SITE, [_lmra(stored.visit, at), f.VisitStarted(at=at)]),
        (VisitState.PAUSED, [_lmra(stored.visit, at), f.VisitStarted(at=at)]),
    ]
    states = [state for state, _ in way]
    if stored.progress.state not in states:
        return [f.ComplaintRecorded(at=at, text="the cupboard is damp")]
    start = states.index(stored.progress.state)
    steps = way[start:4] if choice % 2 and start < 4 else [way[start]]
    return [fact for _, facts in steps for fact in facts]


def _lmra(visit: Visit, at: datetime) -> f.LmraAnswered:
    answers = {question.code: "yes" for question in visit.lmra.questions}
    return f.LmraAnswered(at=at, version=visit.lmra.version, answers=answers, by="T")


def _close(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    check = f.PendingCheck(what="remote_reading", by="office", until=date(2026, 3, 9))
    return [f.VisitClosed(at=at, pending=(check,) if choice % 2 else ())]


def _not_done(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    reason = NotDoneReason.NO_ACCESS
    return [f.VisitNotDone(at=at, reason=reason, follow_up=bool(choice % 2))]


def _hand_over(_stored: StoredVisit, at: datetime, _choice: int) -> Facts:
    return [f.VisitHandedOver(at=at, reason="other_tools")]


def _pause(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    return [f.VisitPaused(at=at)] if choice % 2 else [f.VisitRefused(at=at, reason="ill")]


def _readings(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    return [
        f.ReadingTaken(
            at=at,
            moment="final",
            ean=EAN,
            meter=METER,
            obis="1-0:1.8.1",
            digits=str(3000 + number),
            value=Decimal(3000 + number),
            unit="kWh",
            settlement=Decimal(3000 + number),
            channel=f.Channel.P1,
        )
        for number in range(choice % 3 + 1)
    ]


def _stock(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    number = STOCK[choice % 2]
    place = f.MeterPlaced(at=at, ean=EAN, number=number, meter_kind=MeterKind.SMART)
    remove = f.MeterRemoved(at=at, ean=EAN, number=METER)
    seal = f.SealRecorded(at=at, position="lid", number=str(choice), action="placed")
    deeds: list[Facts] = [[place], [remove, place], [seal], [remove], [seal, seal]]
    return deeds[choice % 5]


def _ask(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    asked = f.FollowUpAsked(at=at, work=WorkKind.PLACEMENT, reason="old_meter")
    return [asked if choice % 2 else f.DangerReported(at=at, danger="gas")]


def _apply(_stored: StoredVisit, at: datetime, _choice: int) -> Facts:
    wanted = Preference.OFF
    return [f.PreferenceApplied(at=at, meter=METER, before=2, requested=wanted, after=1)]


def _correct(_stored: StoredVisit, at: datetime, choice: int) -> Facts:
    """One half speaks of a field that the office changes too, now and then to the same."""
    field, new = ("access_note", f"note {choice // 2 % 3}") if choice % 2 else ("digits", "2")
    return [f.VisitCorrected(at=at, field=field, old="1", new=new, reason="typing", by="T")]


_DEEDS: tuple[Callable[[StoredVisit, datetime, int], Facts], ...] = (
    *(_on, _on, _on, _on, _photo, _photo, _photo, _readings, _readings, _stock, _stock),
    *(_close, _not_done, _hand_over, _pause, _ask, _apply, _correct),
)
