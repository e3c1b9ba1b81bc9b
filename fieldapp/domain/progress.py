"""How far a visit is: the fold of its facts, and what still blocks its steps and its closing.

In come a visit and its facts in order; out comes one frozen `Progress`. The laptop and the
server run this same code, so nothing is refused after the technician has left. Rule: `advance`
checks, `fold` only remembers; facts that reached the office are folded whatever they break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need, Requirement, Step
from fieldapp.domain.status import PHOTO_REASONS, VisitState, check_way
from fieldapp.domain.work_order import Commodity, Meter, MeterKind, Visit
from fieldapp.errors import IllegalTransition, MissingEvidence, RuleError

T = TypeVar("T", bound=f.Fact)

_STATE_AFTER: dict[type[f.Fact], VisitState] = {
    f.VisitAccepted: VisitState.ACCEPTED,
    f.VisitRefused: VisitState.REFUSED,
    f.VisitTravelling: VisitState.TRAVELLING,
    f.VisitArrived: VisitState.ON_SITE,
    f.VisitStarted: VisitState.STARTED,
    f.VisitPaused: VisitState.PAUSED,
    f.VisitNotDone: VisitState.NOT_DONE,
    f.VisitClosed: VisitState.DONE,
}
_BEFORE_STARTED = (f.LmraAnswered, f.OtherMeterFound, f.RefusalRecorded, f.EvidenceAdded)
_AFTER_THE_END = (f.VisitCorrected, f.ComplaintRecorded, f.DangerReported)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a visit stands.

    Attributes:
        state: by the status table.
        facts: all of them, in order.
        steps_done: step codes.
    """

    state: VisitState = VisitState.PLANNED
    facts: tuple[f.AnyFact, ...] = ()
    steps_done: frozenset[str] = frozenset()

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """The facts of one kind, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))


def fold(progress: Progress, fact: f.AnyFact) -> Progress:
    """Remember a fact, whether or not the rules would have allowed it."""
    done = progress.steps_done
    if isinstance(fact, f.StepDone):
        done = done | {fact.step}
    return Progress(
        state=_STATE_AFTER.get(type(fact), progress.state),
        facts=(*progress.facts, fact),
        steps_done=done,
    )


def advance(visit: Visit, progress: Progress, fact: f.AnyFact) -> Progress:
    """Check a fact against the rules and remember it.

    Raises:
        IllegalTransition: the status table, or the state, does not allow it.
        MissingEvidence: a step or the visit can't be closed yet.
        RuleError: the LMRA forbids starting, or another meter than the visit's hangs there.
    """
    _check_state(progress, fact)
    _check_rules(visit, progress, fact)
    return fold(progress, fact)


def _check_state(progress: Progress, fact: f.AnyFact) -> None:
    wanted = _STATE_AFTER.get(type(fact))
    if wanted is not None:
        check_way(progress.state, wanted)
    elif progress.state.final:
        if not isinstance(fact, _AFTER_THE_END):
            raise IllegalTransition(progress.state, fact.kind)
    elif progress.state is not VisitState.STARTED and not isinstance(
        fact, (*_BEFORE_STARTED, *_AFTER_THE_END)
    ):
        raise IllegalTransition(progress.state, fact.kind)


def _check_rules(visit: Visit, progress: Progress, fact: f.AnyFact) -> None:
    if isinstance(fact, f.VisitStarted):
        _check_lmra(visit, progress)
    elif isinstance(fact, f.StepDone):
        _check_step(visit, progress, fact.step)
    elif isinstance(fact, f.VisitClosed):
        missing = blockers(visit, progress)
        if missing:
            raise MissingEvidence("", missing)
    elif isinstance(fact, f.VisitNotDone) and fact.reason in PHOTO_REASONS and not fact.photo:
        raise MissingEvidence("", (f"{Need.PHOTO}:{fact.reason}",))
    elif isinstance(fact, f.ReadingTaken):
        _check_reading(visit, progress, fact)


def _check_reading(visit: Visit, progress: Progress, fact: f.ReadingTaken) -> None:
    """Of this visit's meters only, and by hand only with a photo."""
    if fact.channel is f.Channel.DISPLAY and not fact.photo:
        raise MissingEvidence(fact.step, (f"{Need.PHOTO}:{fact.obis}",))
    known = {c.meter.number for c in visit.connections if c.meter} | {
        placed.number for placed in progress.of(f.MeterPlaced)
    }
    if fact.meter not in known:
        raise RuleError(f"other_meter: {fact.meter}")


def _check_lmra(visit: Visit, progress: Progress) -> None:
    """Asked before the first start and again after every pause."""
    answered = _last_index(progress, f.LmraAnswered)
    paused = _last_index(progress, f.VisitPaused)
    if answered <= paused:
        raise MissingEvidence("", (str(Need.LMRA),))
    last = progress.of(f.LmraAnswered)[-1]
    if not last.safe:
        raise RuleError("lmra_no")
    open_questions = tuple(
        f"{Need.LMRA}:{q.code}" for q in visit.lmra.questions if q.code not in last.answers
    )
    if open_questions:
        raise MissingEvidence("", open_questions)


def _last_index(progress: Progress, kind: type[f.Fact]) -> int:
    return max(
        (i for i, fact in enumerate(progress.facts) if isinstance(fact, kind)), default=-1
    )


def _check_step(visit: Visit, progress: Progress, code: str) -> None:
    step = next((s for s in visit.steps if s.code == code), None)
    if step is None:
        raise RuleError(f"no_such_step: {code}")
    missing = missing_in(visit, progress, step)
    if missing:
        raise MissingEvidence(code, missing)


def missing_in(visit: Visit, progress: Progress, step: Step) -> tuple[str, ...]:
    """Codes of the step's requirements that are neither met nor waived."""
    return tuple(
        requirement.code
        for requirement in step.needs
        if not _waived(progress, step, requirement)
        and not is_met(visit, progress, step.code, requirement)
    )


def blockers(visit: Visit, progress: Progress) -> tuple[str, ...]:
    """What still keeps the visit from being closed: steps not done, in order."""
    return tuple(
        f"step:{step.code}" for step in visit.steps if step.code not in progress.steps_done
    )


def current_step(visit: Visit, progress: Progress) -> Step | None:
    """The first step that is not done; None when all are."""
    return next((s for s in visit.steps if s.code not in progress.steps_done), None)


def _waived(progress: Progress, step: Step, requirement: Requirement) -> bool:
    return any(
        waiver.requirement == requirement.code
        and waiver.step == step.code
        and waiver.way_out in requirement.ways_out
        for waiver in progress.of(f.WaivedRequirement)
    )


def is_met(visit: Visit, progress: Progress, step: str, requirement: Requirement) -> bool:
    """Whether the facts satisfy one requirement of a step."""
    about = requirement.about
    match requirement.need:
        case Need.LMRA:
            return any(answer.safe for answer in progress.of(f.LmraAnswered))
        case Need.IDENTITY:
            return _identified(visit, progress, about, step)
        case Need.READINGS:
            return not missing_registers(visit, progress, about)
        case Need.PREFERENCE:
            return _preference_settled(progress)
        case _:
            return any(_satisfies(visit, requirement, fact) for fact in progress.facts)


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
        case f.ChoiceRecorded() | f.FindingRecorded() | f.ActionTaken():
            key = (_PLAIN[type(fact)], "")
        case _:
            pass
    return key == (requirement.need, requirement.about)


_PLAIN: dict[type[f.Fact], Need] = {
    f.ChoiceRecorded: Need.CHOICE,
    f.FindingRecorded: Need.FINDING,
    f.ActionTaken: Need.ACTION,
}


def commodity_of(visit: Visit, ean: str) -> str:
    """`E` or `G` of the visit's connection with this EAN, else empty."""
    return next((c.commodity.value for c in visit.connections if c.ean == ean), "")


def _identified(visit: Visit, progress: Progress, commodity: str, step: str) -> bool:
    meter = meter_now(visit, progress, Commodity(commodity))
    contacts = [c for c in progress.of(f.MeterContacted) if c.step == step]
    return meter is not None and any(c.found == meter.number for c in contacts)


def meter_now(visit: Visit, progress: Progress, commodity: Commodity) -> Meter | None:
    """The meter that hangs there by the facts so far: the placed one, else the visit's."""
    connection = visit.connection(commodity.value)
    if connection is None:
        return None
    placed = [p for p in progress.of(f.MeterPlaced) if p.ean == connection.ean]
    if not placed:
        return connection.meter
    return meter_named(visit, placed[-1])


def meter_named(visit: Visit, placed: f.MeterPlaced) -> Meter:
    """The reserved stock meter of that number, or a bare one where none was reserved."""
    stock = next((m for m in visit.new_meters if m.number == placed.number), None)
    return stock or Meter(number=placed.number, kind=MeterKind(placed.meter_kind))


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


def _preference_settled(progress: Progress) -> bool:
    if progress.of(f.PreferenceDeferred):
        return True
    applied = progress.of(f.PreferenceApplied)
    wanted = {"off": 1, "on": 2}
    return bool(applied) and applied[-1].after == wanted[applied[-1].requested]


def replay(facts: tuple[f.AnyFact, ...]) -> Progress:
    """The progress after all these facts."""
    progress = Progress()
    for fact in facts:
        progress = fold(progress, fact)
    return progress
