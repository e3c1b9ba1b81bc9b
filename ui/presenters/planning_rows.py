"""From the office's board and a draft to the rows of the planner's page.

In come the board, the places and the draft; out come lanes, the pool, and the answer whether a
visit fits somewhere. Rule: pure; asked again it says the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from fieldapp.domain.day_plan import Fit, Leg, Stop, Verdict, best_place, judge, legs
from fieldapp.domain.status import GIVEN_BACK, VisitState
from fieldapp.domain.work_order import WorkKind
from sync.client.board import (
    Board,
    BoardTechnician,
    BoardVisit,
    Place,
    Placement,
    TechnicianChange,
)
from ui.presenters.planning_draft import Draft, Move, Routes, base_routes, placements
from ui.presenters.planning_state import Block, ChangeRow, Lane

_FINISHED = frozenset({VisitState.DONE, VisitState.NOT_DONE})
_NOWHERE = Place(id="", version=0, street="", postcode="", place="", variant="E")
_MINUTE = timedelta(minutes=1)


class Picture:
    """One day as the office holds it, the places it told, and the draft on top.

    Attributes:
        plan: visit ids by technician after the draft.
        movable: the visits that are not finished.
    """

    def __init__(self, board: Board, places: Mapping[str, Place], draft: Draft) -> None:
        """Work the plan out."""
        self.board, self.places, self.draft = board, places, draft
        self._visits = {v.line.id: v for v in board.visits if not v.line.cancelled}
        self.movable = frozenset(
            visit for visit, one in self._visits.items() if one.line.state not in _FINISHED
        )
        known = [one.id for one in board.technicians]
        lines = [one.line for one in self._visits.values() if not _free(one)]
        self._base: Routes = base_routes(lines, known)
        self.plan: Routes = draft.apply(self._base, self.movable)

    def placements(self) -> tuple[Placement, ...]:
        """What the draft asks of the office."""
        lines = {visit: one.line for visit, one in self._visits.items()}
        return placements(self._base, self.plan, lines, self.movable)

    def moved(self) -> tuple[Placement, ...]:
        """Of these, those that the dispatcher moved; others only shift along."""
        named = {move.visit for group in self.draft.done for move in group}
        return tuple(one for one in self.placements() if one.visit in named)

    def changes(self) -> int:
        """How much publishing would carry out."""
        moved = {one.visit for one in self.moved()}
        waiting = {
            visit
            for route in self.plan.values()
            for visit in route
            if not self._visits[visit].line.published
        }
        return len(moved | waiting)

    def lanes(self) -> tuple[Lane, ...]:
        """The board's rows, in order of technician."""
        asked = self.moved()
        moved = frozenset(one.visit for one in asked)
        return tuple(self._lane(one, moved, asked) for one in self.board.technicians)

    def pool(self) -> tuple[Block, ...]:
        """What nobody has, the earliest window first."""
        placed = {visit for route in self.plan.values() for visit in route}
        moved = frozenset(one.visit for one in self.moved())
        free = [
            self._block(Leg(stop, timedelta(), *stop.window), moved)
            for visit, one in self._visits.items()
            if visit not in placed
            for stop in (self._stop(one),)
        ]
        return tuple(sorted(free, key=lambda block: (block.window, block.number)))

    def route(self, technician: str, without: str = "") -> tuple[Stop, ...]:
        """A technician's stops in order, `without` one of them."""
        visits = (v for v in self.plan.get(technician, ()) if v != without)
        return tuple(self._stop(self._visits[visit]) for visit in visits)

    def fits(self, visit: str, technician: str, before: str | None = None) -> Verdict:
        """Whether a visit fits with a technician, before another or at its best place."""
        stop = self._stop(self._visits[visit])
        if visit not in self.movable:
            return Verdict(Fit.IMPOSSIBLE, "finished")
        route = self.route(technician, visit)
        if stop.refused_by == technician:
            return Verdict(Fit.IMPOSSIBLE, "refused_before")
        heard_at = self._heard(technician)
        if before is None:
            return best_place(route, stop, heard_at)[1]
        place = next((n for n, one in enumerate(route) if one.id == before), len(route))
        if any(one.arrived_at or one.ended_at for one in route[place:]):
            return Verdict(Fit.IMPOSSIBLE, "under_way")
        return judge(route, (*route[:place], stop, *route[place:]), visit, heard_at)

    def best_move(self, visit: str, technician: str) -> Move:
        """The move to the best place with a technician."""
        route = self.route(technician, visit)
        stop = self._stop(self._visits[visit])
        index, _ = best_place(route, stop, self._heard(technician))
        return Move(visit, technician, route[index].id if index < len(route) else "")

    def before_at(self, technician: str, moment: datetime, visit: str) -> str:
        """Which stop comes after a visit dropped at this moment; empty for the end."""
        found = legs(self.route(technician, visit), self._heard(technician))
        later = (leg.stop.id for leg in found if leg.start + (leg.end - leg.start) / 2 > moment)
        return next(later, "")

    def _heard(self, technician: str) -> datetime | None:
        return next(
            (t.last_contact for t in self.board.technicians if t.id == technician), None
        )

    def _stop(self, one: BoardVisit) -> Stop:
        line, place = one.line, self.places.get(one.line.id, _NOWHERE)
        return Stop(
            id=line.id,
            number=line.number,
            kind=WorkKind(line.kind),
            variant=place.variant,
            state=VisitState(line.state),
            window=(line.window_start, line.window_end),
            postcode=place.postcode,
            place=place.place,
            arrived_at=one.arrived_at,
            ended_at=one.ended_at,
            refused_by=(line.technician or "") if _free(one) else "",
        )

    def _block(self, leg: Leg, moved: frozenset[str]) -> Block:
        stop, line = leg.stop, self._visits[leg.stop.id].line
        place = self.places.get(stop.id, _NOWHERE)
        names = {one.id: one.name for one in self.board.technicians}
        return Block(
            id=stop.id,
            number=stop.number,
            kind=stop.kind,
            variant=stop.variant,
            state=stop.state,
            window=stop.window,
            start=leg.start,
            end=leg.end,
            street=place.street,
            place=place.place,
            capacity=place.capacity,
            complaint=place.complaint,
            travel_min=int(leg.travel / _MINUTE),
            late_min=leg.minutes_late,
            published=line.published,
            on_laptop=line.on_laptop and line.published and stop.id not in moved,
            moved=stop.id in moved,
            movable=stop.id in self.movable,
            conflicts=line.conflicts,
            operations=line.operations,
            refused_by=names.get(stop.refused_by, stop.refused_by),
        )

    def _lane(
        self, one: BoardTechnician, moved: frozenset[str], asked: Sequence[Placement]
    ) -> Lane:
        found = legs(self.route(one.id), one.last_contact)
        blocks = tuple(self._block(leg, moved) for leg in found)
        return Lane(
            technician=one.id,
            name=one.name,
            blocks=blocks,
            has_laptop=one.laptops > 0,
            last_contact=one.last_contact,
            published=sum(block.published for block in blocks),
            on_laptop=sum(block.on_laptop for block in blocks),
            changes=sum(one.id in {p.technician, p.was} for p in asked),
        )


def suggestion(picture: Picture) -> tuple[Move, ...]:
    """A place for each visit of the pool that fits somewhere; earlier windows choose first.

    Each goes where it fits best, then where it costs least driving, then to the shortest day.
    """
    moves: list[Move] = []
    for block in picture.pool():
        now = Picture(picture.board, picture.places, picture.draft.add(*moves))
        ranked = [
            (list(Fit).index(v.fit), v.extra_travel, len(now.plan[t.id]), t.id)
            for t in picture.board.technicians
            for v in (now.fits(block.id, t.id),)
            if v.fit is not Fit.IMPOSSIBLE
        ]
        if ranked:
            moves.append(now.best_move(block.id, min(ranked)[-1]))
    return tuple(moves)


def change_row(one: TechnicianChange, names: Mapping[str, str]) -> ChangeRow:
    """What publishing changes for one technician, with the name."""
    return ChangeRow(
        technician=one.technician,
        name=names.get(one.technician, one.technician),
        added=one.added,
        removed=one.removed,
        reordered=one.reordered,
        under_way=one.under_way,
        total=one.total,
        undesignated=one.undesignated,
    )


def _free(one: BoardVisit) -> bool:
    """Whether nobody has it: it has no technician, or gave it back."""
    return one.line.technician is None or one.line.state in GIVEN_BACK
