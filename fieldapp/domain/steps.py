"""The steps of one visit: those of its definition that its traits ask for.

In come a visit and its facts so far; out come traits (codes of what holds there) and the steps
that follow from them. Rule: a definition depends on nothing of a visit but these codes, so that
a new variant of work is data; what an answer or an action adds appears as the facts do.

The traits are `electricity` and `gas` (as far as the work goes), `E+G`, `E` or `G`, `smart` or
`digital` (what is placed), `one_phase` or `three_phase`, `old_E` and `old_G` (a meter hangs
there to be taken off), `old_smart`, `choice_known` (to the office, beyond doubt),
`said.<question>.<answer>`, `action.<deed>` and `waived.<requirement>`.
"""

from __future__ import annotations

from fieldapp.domain import facts as f
from fieldapp.domain.flow import LmraQuestion, Step
from fieldapp.domain.preference import choice_in_force, needs_person
from fieldapp.domain.progress import Progress
from fieldapp.domain.work_order import Commodity, Connection, MeterKind, Visit


def traits(visit: Visit, progress: Progress) -> frozenset[str]:
    """What holds for the visit by now."""
    return frozenset(
        (
            visit.variant,
            placed_kind(visit, progress).value,
            *(code for c in _worked_on(visit) for code in _of_connection(c)),
            *_of_choice(visit),
            *_of_facts(progress),
        )
    )


def placed_kind(visit: Visit, progress: Progress) -> MeterKind:
    """What kind of electricity meter this placement ends with.

    The customer may have refused the smart one at the door (trade.md, Placement).
    """
    instead = [fact.accepted_instead for fact in progress.of(f.RefusalRecorded)]
    return next((kind for kind in reversed(instead) if kind is not None), visit.meter_kind)


def steps_of(visit: Visit, progress: Progress) -> tuple[Step, ...]:
    """The steps of the visit, in order, each with what it needs."""
    return visit.flow.steps_for(traits(visit, progress))


def step_named(visit: Visit, progress: Progress, code: str) -> Step | None:
    """The step of this name, if the visit has it now."""
    return next((step for step in steps_of(visit, progress) if step.code == code), None)


def current_step(visit: Visit, progress: Progress) -> Step | None:
    """The first step that is not done; None when all are."""
    left = (s for s in steps_of(visit, progress) if s.code not in progress.steps_done)
    return next(left, None)


def awaited(visit: Visit, progress: Progress, code: str) -> str:
    """The step that must be done before anything of step `code` is begun, or empty."""
    steps = steps_of(visit, progress)
    wanted = next((step.after for step in steps if step.code == code), ())
    present = (step.code for step in steps if step.code in wanted)
    return next((step for step in present if step not in progress.steps_done), "")


def blockers(visit: Visit, progress: Progress) -> tuple[str, ...]:
    """What still keeps the visit from being closed: steps not done, in order."""
    steps = steps_of(visit, progress)
    return tuple(f"step:{s.code}" for s in steps if s.code not in progress.steps_done)


def activities_of(visit: Visit, progress: Progress) -> tuple[str, ...]:
    """What whoever works the visit must be designated for."""
    return visit.flow.activities_for(traits(visit, progress))


def lmra_questions(visit: Visit, progress: Progress) -> tuple[LmraQuestion, ...]:
    """The questions of the last-minute risk analysis that this visit asks."""
    return visit.lmra.questions_for(traits(visit, progress))


def _worked_on(visit: Visit) -> tuple[Connection, ...]:
    """The connections of the carriers that the variant names."""
    carriers = visit.variant.split("+")
    return tuple(c for c in visit.connections if c.commodity in carriers)


def _of_choice(visit: Visit) -> tuple[str, ...]:
    """A choice that needs no person is known, and is not asked again where others matter."""
    known = choice_in_force(visit.choices) is not None and not needs_person(visit.choices)
    return ("choice_known",) if known else ()


def _of_connection(connection: Connection) -> tuple[str, ...]:
    meter = connection.meter
    if connection.commodity is Commodity.GAS:
        return ("gas", "old_G") if meter else ("gas",)
    phases = "one_phase" if connection.phases == 1 else "three_phase"
    if meter is None:
        return ("electricity", phases)
    smart = ("old_smart",) if meter.kind is MeterKind.SMART else ()
    return ("electricity", phases, "old_E", *smart)


def _of_facts(progress: Progress) -> tuple[str, ...]:
    answers = {fact.item: fact.answer for fact in progress.of(f.QuestionAnswered)}
    said = (f"said.{item}.{answer}" for item, answer in answers.items())
    deeds = (f"action.{fact.action}" for fact in progress.of(f.ActionTaken))
    waived = (f"waived.{fact.requirement}" for fact in progress.of(f.WaivedRequirement))
    return (*said, *deeds, *waived)
