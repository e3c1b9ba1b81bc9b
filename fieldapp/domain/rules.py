"""What may happen in a visit next: every fact is held against the rules before it is kept.

In come a visit, its progress and a fact; out comes the progress with it, or the rule that is
broken. The laptop asks before it stores, the office after it received, so nothing is refused
after the technician has left. Rule: what a definition can say as data is not written here.
"""

from __future__ import annotations

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.pending import owed
from fieldapp.domain.progress import STATE_AFTER, Progress, fold, hangs_elsewhere
from fieldapp.domain.requirements import answer_to, missing_in, way_taken
from fieldapp.domain.status import PHOTO_REASONS, VisitState, check_way
from fieldapp.domain.steps import awaited, blockers, lmra_questions, step_named, steps_of
from fieldapp.domain.work_order import Visit
from fieldapp.errors import IllegalTransition, MeterUsedTwice, MissingEvidence, RuleError

_BEFORE_STARTED = (
    f.LmraAnswered,
    f.OtherMeterFound,
    f.RefusalRecorded,
    f.EvidenceAdded,
    f.FollowUpAsked,
)
_AFTER_THE_END = (f.VisitCorrected, f.ComplaintRecorded, f.DangerReported, f.FollowUpAsked)


def advance(visit: Visit, progress: Progress, fact: f.AnyFact) -> Progress:
    """Check a fact against the rules and remember it.

    Raises:
        IllegalTransition: the status table, or the state, does not allow it.
        MissingEvidence: a step or the visit can't be closed yet.
        RuleError: the LMRA forbids starting, another step has to come first, or another meter
            than the visit's hangs there.
    """
    _check_state(progress, fact)
    _check_order(visit, progress, fact)
    _check_rules(visit, progress, fact)
    return fold(progress, fact)


def _check_state(progress: Progress, fact: f.AnyFact) -> None:
    wanted = STATE_AFTER.get(type(fact))
    if wanted is not None:
        check_way(progress.state, wanted)
    elif progress.state.final:
        if not isinstance(fact, _AFTER_THE_END):
            raise IllegalTransition(progress.state, fact.kind)
    elif progress.state is not VisitState.STARTED and not isinstance(
        fact, (*_BEFORE_STARTED, *_AFTER_THE_END)
    ):
        raise IllegalTransition(progress.state, fact.kind)


def _check_order(visit: Visit, progress: Progress, fact: f.AnyFact) -> None:
    """Nothing of a step is done before the steps that make it safe."""
    before = awaited(visit, progress, fact.step) if fact.step else ""
    if before:
        raise RuleError(f"comes_after: {before}")


def _check_rules(visit: Visit, progress: Progress, fact: f.AnyFact) -> None:
    match fact:
        case f.VisitStarted():
            _check_lmra(visit, progress)
        case f.StepDone():
            _check_step(visit, progress, fact.step)
        case f.VisitClosed():
            _check_closing(visit, progress, fact)
        case f.VisitNotDone() if fact.reason in PHOTO_REASONS and not fact.photo:
            raise MissingEvidence("", (f"{Need.PHOTO}:{fact.reason}",))
        case f.ReadingTaken():
            _check_reading(visit, progress, fact)
        case f.MeterPlaced() if not fact.despite and hangs_elsewhere(progress, fact):
            raise MeterUsedTwice(fact.number)
        case _:
            pass


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
    last = progress.last(f.LmraAnswered)
    stood_still = max(progress.place_of(f.VisitPaused), progress.inherited - 1)
    if last is None or progress.place_of(f.LmraAnswered) <= stood_still:
        raise MissingEvidence("", (str(Need.LMRA),))
    if not last.safe:
        raise RuleError("lmra_no")
    open_questions = tuple(
        f"{Need.LMRA}:{q.code}"
        for q in lmra_questions(visit, progress)
        if q.code not in last.answers
    )
    if open_questions:
        raise MissingEvidence("", open_questions)


def _check_step(visit: Visit, progress: Progress, code: str) -> None:
    step = step_named(visit, progress, code)
    if step is None:
        raise RuleError(f"no_such_step: {code}")
    missing = missing_in(visit, progress, step)
    if missing:
        raise MissingEvidence(code, missing)


def _check_closing(visit: Visit, progress: Progress, fact: f.VisitClosed) -> None:
    """All steps done, no answer that stops the work, and what is left open said so."""
    missing = blockers(visit, progress) or _stopping(visit, progress)
    if missing:
        raise MissingEvidence("", missing)
    said = {check.what for check in fact.pending}
    unsaid = tuple(f"pending:{what}" for what in owed(progress) if what not in said)
    if unsaid and visit.flow.version > 1:  # closing under version 1 asked for none
        raise MissingEvidence("", unsaid)


def _stopping(visit: Visit, progress: Progress) -> tuple[str, ...]:
    """The questions whose last answer stops the work, given after their step was done too."""
    return tuple(
        need.code
        for step in steps_of(visit, progress)
        for need in step.needs
        if answer_to(progress, need.about) in need.stops
        and not way_taken(progress, step.code, need)
    )
