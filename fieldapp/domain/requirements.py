"""What a step needs, and whether the facts give it.

In come a visit, its progress and a step; out come the codes of what is neither met nor waived.
Rule: the one place that knows which facts satisfy which requirement; a new kind of requirement
is a member of `flow.Need` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need, Requirement, Step
from fieldapp.domain.preference import wanted_status
from fieldapp.domain.progress import Progress, commodity_of, meter_now
from fieldapp.domain.work_order import Commodity, Visit

CLOCK_LIMIT_S = Decimal(60)
"""A meter's clock that is off by less is right (P3 5.0, 4.3.6: the limit for setting it)."""

REGISTERED = frozenset({"home", "roaming"})
"""Registration of a modem that has a network (class 47, attribute 3)."""

Check = Callable[[Visit, Progress, Requirement], bool]


def missing_in(visit: Visit, progress: Progress, step: Step) -> tuple[str, ...]:
    """Codes of the step's requirements that are neither met nor waived."""
    return tuple(
        requirement.code
        for requirement in step.needs
        if not way_taken(progress, step.code, requirement)
        and not is_met(visit, progress, step.code, requirement)
    )


def way_taken(progress: Progress, step: str, requirement: Requirement) -> str:
    """The way out of a requirement that was taken in this step, or empty."""
    taken = (
        waiver.way_out
        for waiver in progress.of(f.WaivedRequirement)
        if waiver.requirement == requirement.code
        and waiver.step == step
        and waiver.way_out in requirement.ways_out
    )
    return next(taken, "")


def is_met(visit: Visit, progress: Progress, step: str, requirement: Requirement) -> bool:
    """Whether the facts satisfy one requirement of a step."""
    if requirement.need is Need.IDENTITY:
        return _identified(visit, progress, requirement.about, step)
    check = _CHECKS.get(requirement.need)
    if check is not None:
        return check(visit, progress, requirement)
    return any(_satisfies(visit, requirement, fact) for fact in progress.facts)


def answer_to(progress: Progress, question: str) -> str:
    """The last answer to a question, or empty."""
    answers = (
        q.answer for q in reversed(progress.of(f.QuestionAnswered)) if q.item == question
    )
    return next(answers, "")


def missing_registers(visit: Visit, progress: Progress, about: str) -> tuple[str, ...]:
    """OBIS codes of the registers without a reading for `about` = `<moment>.<E|G>`."""
    moment, _, commodity = about.partition(".")
    connection = visit.connection(commodity)
    if connection is None:
        return ()
    meter = (
        meter_now(visit, progress, Commodity(commodity))
        if moment == "start"
        else connection.meter
    )
    if meter is None:
        return ()
    taken = {
        reading.obis
        for reading in progress.of(f.ReadingTaken)
        if reading.moment == moment and reading.meter == meter.number
    }
    return tuple(r.obis for r in meter.registers if r.obis not in taken)


def _satisfies(visit: Visit, requirement: Requirement, fact: f.AnyFact) -> bool:
    """The requirements that one single fact satisfies."""
    key: tuple[Need, str] | None = None
    match fact:
        case f.ItemConfirmed():
            key = (Need.CONFIRM, fact.item)
        case f.MeasurementEntered():
            key = (Need.MEASURE, fact.name)
        case f.EvidenceAdded():
            need = Need.SIGNATURE if fact.slot == Need.SIGNATURE else Need.PHOTO
            key = (need, "" if need is Need.SIGNATURE else fact.slot)
        case f.SealRecorded():
            key = (Need.SEAL, fact.position)
        case f.MeterPlaced() | f.MeterRemoved():
            need = Need.PLACED if isinstance(fact, f.MeterPlaced) else Need.REMOVED
            key = (need, commodity_of(visit, fact.ean))
        case f.StateRetrieved():
            key = (Need.STATE, fact.moment)
        case f.ChoiceRecorded() | f.FindingRecorded() | f.ActionTaken() | f.MeterReset():
            key = (_PLAIN[type(fact)], "")
        case _:
            pass
    return key == (requirement.need, requirement.about)


_PLAIN: dict[type[f.Fact], Need] = {
    f.ChoiceRecorded: Need.CHOICE,
    f.FindingRecorded: Need.FINDING,
    f.ActionTaken: Need.ACTION,
    f.MeterReset: Need.RESET,
}


def _identified(visit: Visit, progress: Progress, commodity: str, step: str) -> bool:
    meter = meter_now(visit, progress, Commodity(commodity))
    contacts = [c for c in progress.of(f.MeterContacted) if c.step == step]
    return meter is not None and any(c.found == meter.number for c in contacts)


def _lmra_safe(_visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    return any(answer.safe for answer in progress.of(f.LmraAnswered))


def _answered(_visit: Visit, progress: Progress, asked: Requirement) -> bool:
    answer = answer_to(progress, asked.about)
    return answer in asked.options and answer not in asked.stops


def _registers_read(visit: Visit, progress: Progress, asked: Requirement) -> bool:
    return not missing_registers(visit, progress, asked.about)


def _preference_settled(_visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    if progress.of(f.PreferenceDeferred):
        return True
    applied = progress.last(f.PreferenceApplied)
    return applied is not None and applied.after == wanted_status(applied.requested)


def _clock_right(visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    if any(fact.meter == _hanging(visit, progress) for fact in progress.of(f.ClockSet)):
        return True
    off = _number(_state(visit, progress).get("clock"), "deviation_s")
    return off is not None and abs(off) < CLOCK_LIMIT_S


def _alarms_shown(visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    if any(fact.meter == _hanging(visit, progress) for fact in progress.of(f.AlarmsCleared)):
        return True
    state = _state(visit, progress)
    return bool(state) and not state.get("alarms") and not state.get("errors")


def _coupled(_visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    return progress.place_of(f.MbusCoupled) > progress.place_of(f.MbusDecoupled)


def _decoupled(_visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    return progress.place_of(f.MbusDecoupled) > progress.place_of(f.MbusCoupled)


def _registered(visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    modem = _state(visit, progress).get("modem")
    return isinstance(modem, dict) and modem.get("registration") in REGISTERED


def _heard(visit: Visit, progress: Progress, _asked: Requirement) -> bool:
    number = _hanging(visit, progress)
    return any(fact.meter == number for fact in progress.of(f.TelegramChecked))


def _follow_up_asked(_visit: Visit, progress: Progress, asked: Requirement) -> bool:
    return any(fact.reason == asked.about for fact in progress.of(f.FollowUpAsked))


def _all_judged(_visit: Visit, progress: Progress, asked: Requirement) -> bool:
    judged = {finding.rule for finding in progress.of(f.FindingRecorded)}
    return bool(judged) and judged >= set(asked.options)


_CHECKS: dict[Need, Check] = {
    Need.LMRA: _lmra_safe,
    Need.ANSWER: _answered,
    Need.READINGS: _registers_read,
    Need.PREFERENCE: _preference_settled,
    Need.CLOCK: _clock_right,
    Need.ALARMS: _alarms_shown,
    Need.COUPLED: _coupled,
    Need.DECOUPLED: _decoupled,
    Need.MODEM: _registered,
    Need.TELEGRAM: _heard,
    Need.FINDINGS: _all_judged,
    Need.FOLLOW_UP: _follow_up_asked,
}


def _hanging(visit: Visit, progress: Progress) -> str:
    """The number of the electricity meter on the wall by the facts, or empty."""
    meter = meter_now(visit, progress, Commodity.ELECTRICITY)
    return meter.number if meter else ""


def _state(visit: Visit, progress: Progress) -> dict[str, Any]:
    """The last state that the meter now on the wall told; empty where it told none."""
    number = _hanging(visit, progress)
    told = [fact.state for fact in progress.of(f.StateRetrieved) if fact.meter == number]
    return told[-1] if told else {}


def _number(values: object, name: str) -> Decimal | None:
    value = values.get(name) if isinstance(values, dict) else None
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
