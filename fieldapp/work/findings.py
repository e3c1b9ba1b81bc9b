"""The findings of a visit: what it knows is laid before the rules, and their answers are kept.

In comes a stored visit with its facts, and the store it lies in; out come observations, and the
facts of all findings in one transaction. Rule: a rule that a person overruled is not asked
again; nothing is judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis import VERSION, Finding, Observations, diagnose
from fieldapp.domain.diagnosis.observations import (
    LaptopClock,
    Measured,
    OpticalAccess,
    Status,
)
from fieldapp.domain.diagnosis.registry import CONFIDENTIAL
from fieldapp.domain.diagnosis.state import State
from fieldapp.domain.meter_clock import check_laptop
from fieldapp.domain.preference import choice_in_force, wanted_status
from fieldapp.domain.privacy import MeterAction
from fieldapp.domain.progress import Progress, meter_now
from fieldapp.domain.work_order import Commodity, Visit
from fieldapp.errors import ClockNotConfirmed
from fieldapp.store import audit
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.customer_state import last_line
from fieldapp.work.expected import last_visit_of
from fieldapp.work.laptop_time import laptop_time
from fieldapp.work.visit import TOUCHED, keep, stored_visit

AFTER = "after"
_OPTICAL = frozenset(
    {MeterAction.RETRIEVE_STATE, MeterAction.READ_PREFERENCE, MeterAction.WRITE_PREFERENCE}
)
"""What is only ever done over the optical port."""
_ENDED_WELL = frozenset({"begun", "done"})
_AT_A_METER = (
    f.MeterContacted,
    f.StateRetrieved,
    f.PreferenceApplied,
    f.ClockSet,
    f.AlarmsCleared,
    f.MbusCoupled,
    f.MbusDecoupled,
    f.LocationWritten,
    f.MessageWritten,
)
_MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class _Trail:
    """What the audit trail says of this visit: when a meter was touched, and how it ended."""

    times: tuple[datetime, ...]
    optical_failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """What a person answers in place of a rule, or besides them, in his own words."""

    rule: str
    verdict: str
    why: str


class Findings:
    """The work room of findings."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Diagnose the visits of `db`."""
        self._db = db
        self._clock = clock

    async def record(self, visit_id: str, step: str) -> Progress:
        """Let every rule answer, and keep the answers, signed, in one transaction.

        Raises:
            NoSuchVisit: not on this laptop.
            RuleError: the visit is not under way; none is kept.
            StoreError: none is kept.
        """

        def change(c: Transaction) -> Progress:
            stored = stored_visit(c, visit_id)
            seen = observe(c, stored, self._clock)
            overruled = {fact.rule for fact in by_hand(stored.progress)}
            facts = tuple(
                _fact(finding, seen.now, step)
                for finding in diagnose(seen)
                if finding.rule not in overruled
            )
            return keep(c, visit_id, facts, self._clock)

        return await self._db.write(change, touched=TOUCHED)

    async def say(self, visit_id: str, step: str, said: Said) -> Progress:
        """Keep what a person found; of fraud it stays as confidential. Errors as `record`."""
        fact = f.FindingRecorded(
            at=self._clock.now(),
            step=step,
            rule=said.rule,
            verdict=said.verdict,
            why=said.why,
            confidential=said.rule in CONFIDENTIAL,
        )
        return await self._db.write(
            lambda c: keep(c, visit_id, (fact,), self._clock), touched=TOUCHED
        )


def by_hand(progress: Progress) -> tuple[f.FindingRecorded, ...]:
    """What a person said, the last of each rule."""
    said = {fact.rule: fact for fact in progress.of(f.FindingRecorded) if fact.is_by_hand}
    return tuple(said.values())


def observe(c: Transaction, stored: StoredVisit, clock: Clock) -> Observations:
    """Everything that this laptop knows of the visit's meter and connection."""
    visit, progress = stored.visit, stored.progress
    trail = _trail(c, visit.id)
    facts = progress.facts
    connection = visit.connection(Commodity.ELECTRICITY.value)
    seen = Observations(
        now=clock.now(),
        p1=last_line(progress.of(f.StateRetrieved)),
        measurements=tuple(_measured(fact) for fact in progress.of(f.MeasurementEntered)),
        phases=connection.phases if connection else 0,
        gas=_gas(visit, progress),
        feeds_in=_feeds_in(visit),
        wanted_status=_wanted(visit, progress),
        status=_status(progress),
        last_visit=last_visit_of(visit),
        laptop=_laptop(c, clock),
        p0=_access(progress, trail),
        contacts=(*trail.times, *(fact.at for fact in facts if isinstance(fact, _AT_A_METER))),
        began=next((fact.at for fact in facts if isinstance(fact, f.VisitArrived)), None),
    )
    return _with_states(seen, progress)


def _with_states(seen: Observations, progress: Progress) -> Observations:
    """The last states before and after the work; of a meter that is gone nothing is left."""
    states = [s for s in progress.of(f.StateRetrieved) if s.channel is f.Channel.P0]
    if not states:
        return seen
    own = [state for state in states if state.meter == states[-1].meter]
    before = next((s for s in reversed(own) if s.moment != AFTER), None)
    after = next((s for s in reversed(own) if s.moment == AFTER), None)
    return replace(
        seen,
        before=before.state if before else None,
        before_at=before.at if before else None,
        after=after.state if after else None,
        after_at=after.at if after else None,
    )


def _fact(finding: Finding, at: datetime, step: str) -> f.FindingRecorded:
    return f.FindingRecorded(
        at=at,
        step=step,
        rule=finding.rule,
        verdict=finding.verdict,
        why=finding.why,
        rules=VERSION,
        values=finding.values,
        evidence=finding.evidence,
        advice=finding.advice,
        severity=finding.severity,
        confidential=finding.confidential,
    )


def _trail(c: Transaction, visit_id: str) -> _Trail:
    entries = [entry for entry in audit.entries(c) if entry.visit == visit_id and entry.meter]
    failures = (e.outcome for e in entries if e.action in _OPTICAL)
    return _Trail(
        tuple(entry.at for entry in entries),
        tuple(outcome for outcome in failures if outcome not in _ENDED_WELL),
    )


def _access(progress: Progress, trail: _Trail) -> OpticalAccess:
    contacts = progress.of(f.MeterContacted)
    answered = [
        *(fact.at for fact in contacts if fact.channel is f.Channel.P0),
        *(s.at for s in progress.of(f.StateRetrieved) if s.channel is f.Channel.P0),
        *(fact.at for fact in progress.of(f.PreferenceApplied)),
    ]
    reasons = [
        *(
            w.way_out
            for w in progress.of(f.WaivedRequirement)
            if w.requirement.startswith("state")
        ),
        *(fact.reason for fact in progress.of(f.PreferenceDeferred)),
    ]
    return OpticalAccess(
        answered_at=max(answered, default=None),
        p1_answered=any(c.channel is f.Channel.P1 and c.matches for c in contacts),
        failures=trail.optical_failures,
        reason=reasons[-1] if reasons else "",
    )


def _measured(fact: f.MeasurementEntered) -> Measured:
    return Measured(fact.name, fact.value, fact.unit, fact.at, fact.instrument)


def _gas(visit: Visit, progress: Progress) -> str:
    meter = meter_now(visit, progress, Commodity.GAS)
    return meter.number if meter else ""


def _feeds_in(visit: Visit) -> bool:
    """Whether the office holds readings of energy that was given back here."""
    connection = visit.connection(Commodity.ELECTRICITY.value)
    meter = connection.meter if connection else None
    registers = meter.registers if meter else ()
    return any(
        register.previous is not None and register.previous.value > 0
        for register in registers
        if register.obis.startswith("1-0:2.8.")
    )


def _wanted(visit: Visit, progress: Progress) -> int | None:
    made = (fact.choice for fact in progress.of(f.ChoiceRecorded))
    choice = choice_in_force((*visit.choices, *made))
    return None if choice is None else int(wanted_status(choice.preference))


def _status(progress: Progress) -> Status | None:
    """As the meter held it last, in a readout or read back after a write."""
    held: list[Status] = []
    for fact in progress.facts:
        value = _status_in(fact)
        if value is not None:
            held.append(Status(value, fact.at))
    return max(held, key=lambda status: status.at, default=None)


def _status_in(fact: f.AnyFact) -> int | None:
    if isinstance(fact, f.PreferenceApplied):
        return fact.after
    if isinstance(fact, f.StateRetrieved) and fact.channel is f.Channel.P0:
        return State(fact.state, fact.at).status
    return None


def _laptop(c: Transaction, clock: Clock) -> LaptopClock | None:
    """How far this laptop's clock is off; None where the office did not confirm it lately."""
    try:
        known = check_laptop(laptop_time(c, clock))
    except ClockNotConfirmed:
        return None
    drift = abs(known.jump.total_seconds()) + 1
    offset = Decimal(known.offset.total_seconds()).quantize(_MICRO)
    return LaptopClock(offset, Decimal(drift).quantize(_MICRO))
