"""Bezoek as it is shown: one frozen page of codes and values.

The page holds the steps with their state and needs, the step where work stands, the one thing
to do next, and what still blocks closing; `visit_paging` makes it from a stored visit. Rule:
codes and values only; words and looks belong to `ui.messages` and the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.preference import Choice
from fieldapp.domain.report import Report
from fieldapp.domain.status import WAYS, VisitState
from fieldapp.domain.stock import StockMeter
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    Refusal,
    WorkKind,
)
from ui.messages import Message
from ui.presenters.visit_findings import FindingRow


class StepState(StrEnum):
    """How a step stands."""

    DONE = "done"
    BUSY = "busy"
    TODO = "todo"
    BLOCKED = "blocked"


class Action(StrEnum):
    """What the primary button will do."""

    ACCEPT = "accept"
    TRAVEL = "travel"
    ARRIVE = "arrive"
    ANSWER_LMRA = "answer_lmra"
    START = "start"
    RESUME = "resume"
    IDENTIFY_METER = "identify_meter"
    TAKE_READINGS = "take_readings"
    RETRIEVE_STATE = "retrieve_state"
    APPLY_PREFERENCE = "apply_preference"
    CONFIRM_ITEM = "confirm_item"
    ENTER_MEASUREMENT = "enter_measurement"
    TAKE_PHOTO = "take_photo"
    SIGN = "sign"
    RECORD_SEAL = "record_seal"
    PLACE_METER = "place_meter"
    REMOVE_METER = "remove_meter"
    RECORD_CHOICE = "record_choice"
    ANSWER_QUESTION = "answer_question"
    SET_CLOCK = "set_clock"
    CLEAR_ALARMS = "clear_alarms"
    COUPLE = "couple"
    DECOUPLE = "decouple"
    CHECK_MODEM = "check_modem"
    HEAR_TELEGRAM = "hear_telegram"
    RESET_METER = "reset_meter"
    ASK_FOLLOW_UP = "ask_follow_up"
    RECORD_FINDING = "record_finding"
    RECORD_FINDINGS = "record_findings"
    RECORD_ACTION = "record_action"
    FINISH_STEP = "finish_step"
    CLOSE = "close"


ACTION_FOR = {
    Need.LMRA: Action.ANSWER_LMRA,
    Need.IDENTITY: Action.IDENTIFY_METER,
    Need.CONFIRM: Action.CONFIRM_ITEM,
    Need.MEASURE: Action.ENTER_MEASUREMENT,
    Need.READINGS: Action.TAKE_READINGS,
    Need.PHOTO: Action.TAKE_PHOTO,
    Need.SIGNATURE: Action.SIGN,
    Need.SEAL: Action.RECORD_SEAL,
    Need.PLACED: Action.PLACE_METER,
    Need.REMOVED: Action.REMOVE_METER,
    Need.CHOICE: Action.RECORD_CHOICE,
    Need.PREFERENCE: Action.APPLY_PREFERENCE,
    Need.STATE: Action.RETRIEVE_STATE,
    Need.ANSWER: Action.ANSWER_QUESTION,
    Need.CLOCK: Action.SET_CLOCK,
    Need.ALARMS: Action.CLEAR_ALARMS,
    Need.COUPLED: Action.COUPLE,
    Need.DECOUPLED: Action.DECOUPLE,
    Need.MODEM: Action.CHECK_MODEM,
    Need.TELEGRAM: Action.HEAR_TELEGRAM,
    Need.RESET: Action.RESET_METER,
    Need.FOLLOW_UP: Action.ASK_FOLLOW_UP,
    Need.FINDING: Action.RECORD_FINDING,
    Need.FINDINGS: Action.RECORD_FINDINGS,
    Need.ACTION: Action.RECORD_ACTION,
}
"""What meets each kind of requirement."""


@dataclass(frozen=True, slots=True)
class Primary:
    """The one thing to do next.

    Attributes:
        about: what it is about (slot, item, `final.E`, ...), or empty.
        step: the step it belongs to, or empty.
    """

    action: Action
    about: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class NeedRow:
    """One requirement of a step.

    Attributes:
        taken: the way out that was taken, or empty.
        options: the answers that may be given; `stops` those that stop the work.
        answer: the last one given, or empty.
        unit, usual: of a measurement, with its lowest and highest usual value.
    """

    code: str
    need: Need
    about: str
    met: bool
    ways_out: tuple[str, ...]
    taken: str = ""
    options: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    answer: str = ""
    unit: str = ""
    usual: tuple[Decimal | None, Decimal | None] = (None, None)

    @property
    def open(self) -> bool:
        """Whether it still has to be met."""
        return not self.met and not self.taken


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step with what it asks.

    Attributes:
        after: the step that has to be done before anything of this one, or empty.
    """

    code: str
    state: StepState
    needs: tuple[NeedRow, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One register that the current step reads: what was there before and what is now.

    Attributes:
        kind: of the meter; one that is not smart has no ports to read.
        per_day: what was used each day since the previous reading, in the register's unit to
            one decimal; None without both readings, or on the day of the previous one.
    """

    about: str
    meter: str
    register: MeterRegister
    taken: f.ReadingTaken | None
    kind: MeterKind = MeterKind.SMART
    per_day: Decimal | None = None


@dataclass(frozen=True, slots=True)
class VisitPage:
    """What the page shows.

    Attributes:
        hanging: the number of the meter on the wall by what is known, by carrier.
        current: the code of the step where work stands, or the one chosen to look at.
        primary: None when nothing is left to do here.
        blockers: what still keeps the visit from being closed.
        lmra: the codes of its questions; `lmra_due` when they are to be answered (again).
        supervisor_phone: shown when the LMRA has a no.
        registers: of the current step's readings.
        choice: the customer's choice in force; `choice_to_person`: a later one stands against.
        preference: the last value read back from the meter, or None.
        other_meter: number that the meter told where it was not the visit's, or empty.
        deferred: the choice goes through the office, since P0 could not be reached.
        since: when the visit came into its state, local time at the meter.
        facts: all that happened, in order.
        open_checks: what closing may leave pending; `owed` what it has to name.
        findings: what every rule says, where the step in hand asks for findings.
        refusals: of a meter, now and before.
        report: what the customer may see of all this; None before it is loaded.
        carried: the new meters in the van, besides those reserved for this visit.
        doubted: the number of the meter that was just stopped, and may hang with a reason.
    """

    id: str
    number: str = ""
    kind: WorkKind = WorkKind.FAULT
    variant: str = ""
    meter_kind: MeterKind = MeterKind.SMART
    state: VisitState = VisitState.PLANNED
    window: tuple[datetime, datetime] | None = None
    customer: Customer | None = None
    address: Address | None = None
    connections: tuple[Connection, ...] = ()
    new_meters: tuple[Meter, ...] = ()
    hanging: Mapping[Commodity, str] = field(default_factory=dict)
    complaint: str = ""
    access_note: str = ""
    safety_note: str = ""
    supervisor_phone: str = ""
    steps: tuple[StepRow, ...] = ()
    current: str = ""
    primary: Primary | None = None
    blockers: tuple[str, ...] = ()
    lmra: tuple[str, ...] = ()
    lmra_due: bool = False
    lmra_safe: bool = True
    registers: tuple[RegisterRow, ...] = ()
    choice: Choice | None = None
    choice_to_person: bool = False
    preference: f.PreferenceApplied | None = None
    other_meter: str = ""
    deferred: bool = False
    since: datetime | None = None
    facts: tuple[f.AnyFact, ...] = ()
    findings: tuple[FindingRow, ...] = ()
    carried: tuple[StockMeter, ...] = ()
    doubted: str = ""
    withdrawn: bool = False
    undelivered: int = 0
    open_checks: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    owed: tuple[str, ...] = ()
    report: Report | None = None
    busy: bool = False
    problem: Message | None = None

    @property
    def step(self) -> StepRow | None:
        """The current step's row."""
        return next((row for row in self.steps if row.code == self.current), None)

    def need_of(self, primary: Primary) -> NeedRow | None:
        """The requirement that an action meets, whether it is open or met."""
        code = primary.step or self.current
        step = next((row for row in self.steps if row.code == code), None)
        needs = step.needs if step is not None else ()
        wanted = (primary.action, primary.about)
        return next((n for n in needs if (ACTION_FOR[n.need], n.about) == wanted), None)

    @property
    def turn(self) -> str:
        """The code of the step whose turn it is; empty when all are done."""
        return next((r.code for r in self.steps if r.state is not StepState.DONE), "")

    @property
    def kept(self) -> tuple[f.AnyFact, ...]:
        """What was kept in the current step, in order."""
        return tuple(fact for fact in self.facts if fact.step and fact.step == self.current)

    @property
    def told(self) -> Mapping[str, Any]:
        """The last state that the electricity meter on the wall told; empty without one."""
        number = self.hanging.get(Commodity.ELECTRICITY, "")
        states = (x for x in reversed(self.facts) if isinstance(x, f.StateRetrieved))
        return next((fact.state for fact in states if fact.meter == number), {})

    @property
    def measurements(self) -> tuple[f.MeasurementEntered, ...]:
        """What was measured in this visit, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, f.MeasurementEntered))

    def may_become(self, state: VisitState) -> bool:
        """Whether the status table lets the visit come into `state` from here."""
        return state in WAYS[self.state]
