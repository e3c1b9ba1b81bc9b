"""The end of a day: what the laptop says of it, what the office holds of it, and what differs.

In come a closing, which is a fact of the day and of no visit, and the office's receipt; out
come the differences. Rule: both sides count by themselves and are then compared; a number that
one of them does not have is not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from fieldapp.domain.fact import Fact
from fieldapp.domain.status import VisitState

OPERATIONS, STATE, FILES, MOVES = "operations", "state", "files", "moves"
PLACED, REMOVED, PARTS = "placed", "removed", "parts"
OLD_METERS = "removed"
"""Stands among the counted things for the meters that were taken down."""

_SUBJECT = "day-"


def subject(day: date) -> str:
    """What stands in the header of an operation of a day, in place of a visit's id."""
    return f"{_SUBJECT}{day.isoformat()}"


def is_day(subject_: str) -> bool:
    """Whether an operation belongs to a day and not to a visit."""
    return subject_.startswith(_SUBJECT)


def day_of(subject_: str) -> str:
    """The date of a day's operation, `2026-03-02`; a visit's id as it is."""
    return subject_.removeprefix(_SUBJECT)


class DayVisit(msgspec.Struct, frozen=True, kw_only=True):
    """How one visit stands: its state, and how many files there are of it."""

    id: str
    state: VisitState
    files: int = 0


class DayClosed(Fact, frozen=True, kw_only=True, tag="day_closed"):
    """The technician is through with a day.

    Attributes:
        day: the local date.
        visits: all of the day, done or not.
        operations: how many this laptop made on that date before this one.
        undelivered: how many of all operations the office did not have yet.
        files_waiting: how many files it did not have yet.
        moves: meters `placed` and `removed`, and `parts` used, by that day's facts.
        expected: what should be in the van: meters by carrier (`E`, `G`), `removed` ones, parts
            by kind; empty where no stock is kept.
        counted: what is in it by the technician's count.
    """

    day: date
    visits: tuple[DayVisit, ...] = ()
    operations: int = 0
    undelivered: int = 0
    files_waiting: int = 0
    moves: dict[str, int] = msgspec.field(default_factory=dict)
    expected: dict[str, int] = msgspec.field(default_factory=dict)
    counted: dict[str, int] = msgspec.field(default_factory=dict)
    note: str = ""

    @property
    def short(self) -> dict[str, int]:
        """What is not as it should be in the van: how many more (or fewer, negative) it has."""
        found = {
            item: self.counted.get(item, wanted) - wanted
            for item, wanted in self.expected.items()
        }
        return {item: difference for item, difference in found.items() if difference}


class DayReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the office holds of a day that was closed.

    Attributes:
        closing: the id of the operation that closed it.
        made_at: by the office's clock.
        visits: those that the closing names, as the office has them; one that it does not know
            is absent.
        operations: of this laptop and that date, made before the closing.
        moves: as in `DayClosed`; None where the office keeps no stock for this van.
    """

    day: date
    closing: str
    made_at: datetime
    visits: tuple[DayVisit, ...] = ()
    operations: int = 0
    moves: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not the same on both sides.

    Attributes:
        what: `operations`, `state`, `files` or `moves`.
        about: the visit's id, or the kind of move; empty for operations.
        here, there: what the laptop has and what the office has; empty: nothing.
    """

    what: str
    about: str
    here: str
    there: str


def differences(closed: DayClosed, receipt: DayReceipt) -> tuple[Difference, ...]:
    """What the office holds otherwise than the laptop counted; files may be more by now."""
    found = []
    if receipt.operations != closed.operations:
        here, there = str(closed.operations), str(receipt.operations)
        found.append(Difference(OPERATIONS, "", here, there))
    held = {visit.id: visit for visit in receipt.visits}
    for visit in closed.visits:
        found += _of_visit(visit, held.get(visit.id))
    if receipt.moves is not None:
        found += [
            Difference(MOVES, way, str(number), str(receipt.moves.get(way, 0)))
            for way, number in closed.moves.items()
            if receipt.moves.get(way, 0) != number
        ]
    return tuple(found)


def _of_visit(here: DayVisit, there: DayVisit | None) -> list[Difference]:
    if there is None:
        return [Difference(STATE, here.id, here.state, "")]
    found = []
    if there.state != here.state:
        found.append(Difference(STATE, here.id, here.state, there.state))
    if there.files < here.files:
        found.append(Difference(FILES, here.id, str(here.files), str(there.files)))
    return found
