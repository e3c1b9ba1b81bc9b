"""The planner's draft: moves on top of the plan that the office holds, with undo and redo.

In come moves, in groups that are undone as one; out comes the plan that follows from them, and
the placements that make the office's plan equal to it. Moves name a neighbour, not a number, so
they still mean the same after the office's plan changed. Rule: values only; a move of a visit
that can't be moved any more falls away by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sync.client.board import Placement, VisitLine

POOL = ""
"""The name of the pool among technicians."""


@dataclass(frozen=True, slots=True)
class Move:
    """Put a visit with a technician (or in the pool), before another visit or at the end."""

    visit: str
    technician: str
    before: str = ""


Group = tuple[Move, ...]
Routes = Mapping[str, tuple[str, ...]]
"""Visit ids in order by technician."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was moved, and what was taken back."""

    done: tuple[Group, ...] = ()
    undone: tuple[Group, ...] = field(default=())

    def add(self, *moves: Move) -> Draft:
        """The draft with one more group; nothing can be redone after it."""
        return Draft((*self.done, moves)) if moves else self

    def undo(self) -> Draft:
        """Take the last group back; nothing happens where there is none."""
        if not self.done:
            return self
        return Draft(self.done[:-1], (*self.undone, self.done[-1]))

    def redo(self) -> Draft:
        """Do again what was taken back last."""
        if not self.undone:
            return self
        return replace(self, done=(*self.done, self.undone[-1]), undone=self.undone[:-1])

    def apply(self, routes: Routes, movable: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The plan after these moves; a technician not in `routes` counts as the pool."""
        plan = {technician: list(visits) for technician, visits in routes.items()}
        for move in (move for group in self.done for move in group):
            if move.visit in movable:
                _move(plan, move)
        return {technician: tuple(visits) for technician, visits in plan.items()}


def _move(plan: dict[str, list[str]], move: Move) -> None:
    for visits in plan.values():
        if move.visit in visits:
            visits.remove(move.visit)
    route = plan.get(move.technician)
    if route is None:
        return
    route.insert(route.index(move.before) if move.before in route else len(route), move.visit)


def base_routes(
    lines: Iterable[VisitLine], technicians: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """The office's plan: by position; a visit without one stands where its window begins."""
    routes: dict[str, list[VisitLine]] = {technician: [] for technician in technicians}
    ordered = sorted(
        lines, key=lambda line: (line.route_position, line.window_start, line.number)
    )
    for line in (line for line in ordered if line.route_position):
        if (route := routes.get(line.technician or POOL)) is not None:
            route.append(line)
    for line in (line for line in ordered if not line.route_position):
        if (route := routes.get(line.technician or POOL)) is not None:
            later = (n for n, one in enumerate(route) if one.window_start > line.window_start)
            route.insert(next(later, len(route)), line)
    return {who: tuple(line.id for line in route) for who, route in routes.items()}


def placements(
    base: Routes, plan: Routes, lines: Mapping[str, VisitLine], movable: Collection[str]
) -> tuple[Placement, ...]:
    """What to tell the office so that it holds `plan`; routes that are the same stay out.

    A visit that can't be moved keeps its position; those that can follow behind it.
    """
    found: list[Placement] = []
    for technician, visits in plan.items():
        if visits == base.get(technician, ()):
            continue
        fixed = [lines[v].route_position for v in visits if v not in movable]
        position = max(fixed, default=0)
        for visit in (v for v in visits if v in movable):
            position += 1
            line = lines[visit]
            if (line.technician, line.route_position) != (technician, position):
                found.append(_placement(line, technician, position))
    placed = {visit for visits in plan.values() for visit in visits}
    gone = (v for visits in base.values() for v in visits if v not in placed)
    found += [_placement(lines[visit], POOL, 0) for visit in gone]
    return tuple(found)


def _placement(line: VisitLine, technician: str, position: int) -> Placement:
    return Placement(
        visit=line.id,
        technician=technician or None,
        position=position,
        version=line.version,
        was=line.technician,
    )
