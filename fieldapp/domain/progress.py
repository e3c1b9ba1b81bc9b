"""How far a visit is: the fold of its facts, and which meters hang there by them.

In come facts in order; out comes one frozen `Progress`. The laptop and the office run this same
code. Rule: `fold` only remembers; facts that reached the office are folded whatever they break
(what the rules allow is `rules`, what a step needs is `requirements`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Commodity, Meter, MeterKind, Visit

T = TypeVar("T", bound=f.Fact)

STATE_AFTER: dict[type[f.Fact], VisitState] = {
    f.VisitAccepted: VisitState.ACCEPTED,
    f.VisitRefused: VisitState.REFUSED,
    f.VisitTravelling: VisitState.TRAVELLING,
    f.VisitArrived: VisitState.ON_SITE,
    f.VisitStarted: VisitState.STARTED,
    f.VisitPaused: VisitState.PAUSED,
    f.VisitHandedOver: VisitState.HANDED_OVER,
    f.VisitNotDone: VisitState.NOT_DONE,
    f.VisitClosed: VisitState.DONE,
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a visit stands.

    Attributes:
        state: by the status table.
        facts: all of them, in order.
        steps_done: step codes.
        inherited: how many of the facts a colleague had made before the visit was handed over.
    """

    state: VisitState = VisitState.PLANNED
    facts: tuple[f.AnyFact, ...] = ()
    steps_done: frozenset[str] = frozenset()
    inherited: int = 0

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """The facts of one kind, in order."""
        return tuple(fact for fact in self.facts if isinstance(fact, kind))

    def last(self, kind: type[T]) -> T | None:
        """The last fact of one kind."""
        return next((fact for fact in reversed(self.facts) if isinstance(fact, kind)), None)

    def place_of(self, kind: type[f.Fact]) -> int:
        """Where among the facts the last one of this kind stands; -1 for none."""
        places = (i for i, fact in enumerate(self.facts) if isinstance(fact, kind))
        return max(places, default=-1)


def fold(progress: Progress, fact: f.AnyFact) -> Progress:
    """Remember a fact, whether or not the rules would have allowed it."""
    done = progress.steps_done
    if isinstance(fact, f.StepDone):
        done = done | {fact.step}
    return Progress(
        state=STATE_AFTER.get(type(fact), progress.state),
        facts=(*progress.facts, fact),
        steps_done=done,
        inherited=progress.inherited,
    )


def replay(facts: Iterable[f.AnyFact], begun: Progress | None = None) -> Progress:
    """The progress after all these facts, from the first on or from where it had `begun`."""
    progress = begun or Progress()
    for fact in facts:
        progress = fold(progress, fact)
    return progress


def begun(visit: Visit) -> Progress:
    """Where the visit stands before anything happens: what a colleague had done is kept.

    Who goes on with it accepts it anew, and answers the risk analysis for himself.

    Raises:
        msgspec.ValidationError: of facts that this version does not know.
    """
    facts = tuple(msgspec.convert(one.fact, f.AnyFact) for one in visit.earlier)
    before = replay(facts)
    return replace(before, state=VisitState.PLANNED, inherited=len(facts))


def continued(visit: Visit, told: Iterable[tuple[str, f.AnyFact]]) -> Progress:
    """Where the visit stands after what one laptop told, by operation.

    What it told before the visit went to a colleague and came back is among the earlier facts.
    """
    known = {one.operation for one in visit.earlier}
    return replay((fact for operation, fact in told if operation not in known), begun(visit))


def commodity_of(visit: Visit, ean: str) -> str:
    """`E` or `G` of the visit's connection with this EAN, else empty."""
    return next((c.commodity.value for c in visit.connections if c.ean == ean), "")


def meter_now(visit: Visit, progress: Progress, commodity: Commodity) -> Meter | None:
    """The meter that hangs there by the facts so far: the placed one, else the visit's."""
    connection = visit.connection(commodity.value)
    if connection is None:
        return None
    placed = placed_before(progress, connection.ean)
    return connection.meter if placed is None else meter_named(visit, placed)


def placed_before(progress: Progress, ean: str) -> f.MeterPlaced | None:
    """The meter that was placed last at this connection, if one was."""
    placed = [p for p in progress.of(f.MeterPlaced) if p.ean == ean]
    return placed[-1] if placed else None


def hangs_elsewhere(progress: Progress, placed: f.MeterPlaced) -> bool:
    """Whether the meter of that number hangs at another connection of this visit."""
    others = {p.ean for p in progress.of(f.MeterPlaced)} - {placed.ean}
    there = (placed_before(progress, ean) for ean in others)
    return any(one is not None and one.number == placed.number for one in there)


def meter_named(visit: Visit, placed: f.MeterPlaced) -> Meter:
    """The stock meter of that number, reserved or the van's, or a bare one."""
    stock = next((m for m in visit.new_meters if m.number == placed.number), None)
    if stock is None and placed.taken is not None:
        stock = placed.taken.meter
    return stock or Meter(number=placed.number, kind=MeterKind(placed.meter_kind))
