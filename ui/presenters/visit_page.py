"""What Bezoek shows: the values of one frozen page.

The page holds the steps with their state and needs, the step where work stands, the one thing
to do next, and what still blocks closing. `visit_projection` makes it from a stored visit.
Rule: codes and values only; words and looks belong to `ui.messages` and the views.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.preference import Choice
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import (
    Address,
    Commodity,
    Connection,
    Customer,
    Meter,
    MeterKind,
    MeterRegister,
    WorkKind,
)
from ui.messages import Message


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
    RECORD_FINDING = "record_finding"
    RECORD_ACTION = "record_action"
    FINISH_STEP = "finish_step"
    CLOSE = "close"


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
    """One requirement of a step; `taken` is the way out that was taken, or empty."""

    code: str
    need: Need
    about: str
    met: bool
    ways_out: tuple[str, ...]
    taken: str = ""

    @property
    def open(self) -> bool:
        """Whether it still has to be met."""
        return not self.met and not self.taken


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step with what it asks."""

    code: str
    state: StepState
    needs: tuple[NeedRow, ...]


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One register that the current step reads: what was there before and what is now."""

    about: str
    meter: str
    register: MeterRegister
    taken: f.ReadingTaken | None


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
    withdrawn: bool = False
    undelivered: int = 0
    busy: bool = False
    problem: Message | None = None

    @property
    def step(self) -> StepRow | None:
        """The current step's row."""
        return next((row for row in self.steps if row.code == self.current), None)
