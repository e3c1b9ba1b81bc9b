"""From a stored visit to the page that shows it.

In come a visit with its facts and the step that is looked at; out comes one `VisitPage`. Rule:
nothing is judged here; what is met, missing or allowed is the domain's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis import diagnose
from fieldapp.domain.flow import Need, Requirement, Step
from fieldapp.domain.pending import open_checks, owed
from fieldapp.domain.preference import Choice, choice_in_force, needs_person
from fieldapp.domain.progress import Progress, meter_now
from fieldapp.domain.refusal import refusals
from fieldapp.domain.report import report_of
from fieldapp.domain.requirements import answer_to, is_met, missing_in, way_taken
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import (
    awaited,
    blockers,
    current_step,
    lmra_questions,
    step_named,
    steps_of,
)
from fieldapp.domain.work_order import Commodity, MeterRegister, Visit
from fieldapp.errors import RuleError
from fieldapp.store import orders, van
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME, expected_meter
from fieldapp.work.findings import observe
from ui.presenters.visit_findings import rows_now
from ui.presenters.visit_page import (
    ACTION_FOR,
    Action,
    NeedRow,
    Primary,
    RegisterRow,
    StepRow,
    StepState,
    VisitPage,
)

_BEFORE_START = {
    VisitState.PLANNED: Action.ACCEPT,
    VisitState.ACCEPTED: Action.TRAVEL,
    VisitState.TRAVELLING: Action.ARRIVE,
}


_MOVES = (
    f.VisitAccepted,
    f.VisitRefused,
    f.VisitTravelling,
    f.VisitArrived,
    f.VisitStarted,
    f.VisitPaused,
    f.VisitNotDone,
    f.VisitClosed,
)


_ASK_FINDINGS = frozenset({Need.FINDING, Need.FINDINGS})


def load(c: Transaction, visit_id: str, selected: str, clock: Clock) -> VisitPage | None:
    """The page of a visit as it lies in the store, with its findings where a step asks them."""
    stored = orders.visit(c, visit_id)
    if stored is None:
        return None
    carried = van.carried(c)
    page = page_of(stored, selected)
    page = replace(page, carried=carried.meters if carried else ())
    asked = page.step is not None and any(n.need in _ASK_FINDINGS for n in page.step.needs)
    if not asked or page.state is not VisitState.STARTED:
        return page
    return replace(page, findings=rows_now(diagnose(observe(c, stored, clock)), page.facts))


def page_of(stored: StoredVisit, selected: str = "") -> VisitPage:
    """The page of a visit; `selected` is a step to look at instead of the one in turn."""
    visit, progress = stored.visit, stored.progress
    steps = steps_of(visit, progress)
    turn = current_step(visit, progress)
    current = selected or (turn.code if turn else "")
    choices = choices_of(visit, progress)
    applied = progress.of(f.PreferenceApplied)
    return VisitPage(
        id=visit.id,
        number=visit.number,
        kind=visit.kind,
        variant=visit.variant,
        meter_kind=visit.meter_kind,
        state=progress.state,
        window=(
            visit.window_start.astimezone(METER_TIME),
            visit.window_end.astimezone(METER_TIME),
        ),
        customer=visit.customer,
        address=visit.address,
        connections=visit.connections,
        new_meters=visit.new_meters,
        hanging=_hanging(visit, progress),
        complaint=visit.complaint,
        access_note=visit.access_note,
        safety_note=visit.safety_note,
        supervisor_phone=visit.supervisor_phone,
        steps=tuple(_step_row(visit, progress, step, current) for step in steps),
        current=current,
        primary=primary_of(visit, progress, current),
        blockers=() if progress.state.final else blockers(visit, progress),
        lmra=tuple(question.code for question in lmra_questions(visit, progress)),
        lmra_due=lmra_due(progress),
        lmra_safe=_lmra_safe(progress),
        registers=_registers(visit, progress, current),
        choice=choice_in_force(choices),
        choice_to_person=needs_person(choices),
        preference=applied[-1] if applied else None,
        other_meter=_other_meter(progress, current),
        deferred=bool(progress.of(f.PreferenceDeferred)),
        since=_since(progress),
        facts=progress.facts,
        withdrawn=stored.withdrawn,
        undelivered=stored.undelivered,
        open_checks=open_checks(visit, progress),
        refusals=refusals(visit, progress),
        owed=owed(progress),
        report=report_of(visit, progress),
    )


def _since(progress: Progress) -> datetime | None:
    moves = (fact.at for fact in reversed(progress.facts) if isinstance(fact, _MOVES))
    last = next(moves, None)
    return last.astimezone(METER_TIME) if last else None


def _hanging(visit: Visit, progress: Progress) -> dict[Commodity, str]:
    meters = {c.commodity: meter_now(visit, progress, c.commodity) for c in visit.connections}
    return {commodity: meter.number for commodity, meter in meters.items() if meter}


def choices_of(visit: Visit, progress: Progress) -> tuple[Choice, ...]:
    """The choices that the office knew and those made at the door."""
    return (*visit.choices, *(fact.choice for fact in progress.of(f.ChoiceRecorded)))


def lmra_due(progress: Progress) -> bool:
    """Whether the risk analysis is to be answered, for the first time or after a pause."""
    for fact in reversed(progress.facts[progress.inherited :]):
        if isinstance(fact, f.LmraAnswered):
            return not fact.safe
        if isinstance(fact, f.VisitPaused):
            return True
    return True


def primary_of(visit: Visit, progress: Progress, current: str) -> Primary | None:
    """The one thing to do next."""
    state = progress.state
    if state in _BEFORE_START:
        return Primary(_BEFORE_START[state])
    if state in {VisitState.ON_SITE, VisitState.PAUSED}:
        if lmra_due(progress):
            return Primary(Action.ANSWER_LMRA)
        return Primary(Action.START if state is VisitState.ON_SITE else Action.RESUME)
    if state is VisitState.STARTED:
        return _in_step(visit, progress, current)
    return None


def _in_step(visit: Visit, progress: Progress, current: str) -> Primary:
    step = step_named(visit, progress, current)
    if step is None or current in progress.steps_done or awaited(visit, progress, current):
        step = current_step(visit, progress)
    if step is None:
        return Primary(Action.CLOSE)
    missing = missing_in(visit, progress, step)
    for requirement in step.needs:
        if requirement.code in missing:
            return Primary(ACTION_FOR[requirement.need], requirement.about, step.code)
    return Primary(Action.FINISH_STEP, step=step.code)


def _step_row(visit: Visit, progress: Progress, step: Step, current: str) -> StepRow:
    needs = tuple(_need_row(visit, progress, step, need) for need in step.needs)
    done = step.code in progress.steps_done
    after = "" if done else awaited(visit, progress, step.code)
    state = _step_state(progress, step, current, after)
    return StepRow(step.code, state, needs, after)


def _step_state(progress: Progress, step: Step, current: str, after: str) -> StepState:
    if step.code in progress.steps_done:
        return StepState.DONE
    if step.code != current or progress.state.final:
        return StepState.TODO
    if after or not _lmra_safe(progress) or _other_meter(progress, step.code):
        return StepState.BLOCKED
    return StepState.BUSY if progress.state is VisitState.STARTED else StepState.TODO


def _need_row(
    visit: Visit, progress: Progress, step: Step, requirement: Requirement
) -> NeedRow:
    return NeedRow(
        code=requirement.code,
        need=requirement.need,
        about=requirement.about,
        met=is_met(visit, progress, step.code, requirement),
        ways_out=requirement.ways_out,
        taken=way_taken(progress, step.code, requirement),
        options=requirement.options,
        stops=requirement.stops,
        answer=answer_to(progress, requirement.about),
        unit=requirement.unit,
        usual=(requirement.low, requirement.high),
    )


def _lmra_safe(progress: Progress) -> bool:
    answered = progress.of(f.LmraAnswered)
    return not answered or answered[-1].safe


def _other_meter(progress: Progress, step: str) -> str:
    contacts = [c for c in progress.of(f.MeterContacted) if c.step == step]
    return contacts[-1].found if contacts and not contacts[-1].matches else ""


def _registers(visit: Visit, progress: Progress, current: str) -> tuple[RegisterRow, ...]:
    step = step_named(visit, progress, current)
    if step is None:
        return ()
    return tuple(
        row
        for need in step.needs
        if need.need is Need.READINGS
        for row in _rows_about(visit, progress, need.about)
    )


def _rows_about(visit: Visit, progress: Progress, about: str) -> list[RegisterRow]:
    moment, _, commodity = about.partition(".")
    try:
        expected = expected_meter(visit, progress, Commodity(commodity), moment)
    except RuleError:
        return []
    taken = {
        reading.obis: reading
        for reading in progress.of(f.ReadingTaken)
        if reading.moment == moment and reading.meter == expected.meter.number
    }
    meter = expected.meter
    return [
        RegisterRow(
            about=about,
            meter=meter.number,
            register=register,
            taken=taken.get(register.obis),
            kind=meter.kind,
            per_day=_per_day(register, taken.get(register.obis)),
        )
        for register in meter.registers
    ]


def _per_day(register: MeterRegister, taken: f.ReadingTaken | None) -> Decimal | None:
    if taken is None or register.previous is None:
        return None
    days = (taken.at.astimezone(METER_TIME).date() - register.previous.taken_on).days
    if days < 1:
        return None
    used = taken.value - register.previous.value
    return (used / days).quantize(Decimal("0.1"), ROUND_HALF_UP)
