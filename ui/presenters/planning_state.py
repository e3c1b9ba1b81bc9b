"""What the planner's page shows: frozen values, no more than the page needs.

Rule: nothing is computed here but what follows from one value alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import WorkKind
from ui.messages import Message
from ui.presenters.planning_inbox import Dispute, Opened
from ui.presenters.planning_left import Left, Section


class Notice(StrEnum):
    """What the page says after something was done, or why it was not."""

    NONE = ""
    PUBLISHED = "published"
    OUTDATED = "outdated"
    FINISHED = "finished"
    NOTHING_FITS = "nothing_fits"
    SUGGESTED = "suggested"
    PROVEN = "proven"
    FOLLOWED = "followed"
    DROPPED = "dropped"
    SETTLED = "settled"
    ERASED = "erased"
    DECIDED = "decided"
    SEEN = "seen"
    TAKEN = "taken"
    LEFT_OUT = "left_out"
    NOT_READY = "not_ready"
    CHANGED = "changed"


REFUSALS = {
    "urn:fieldapp:plan-outdated": Notice.OUTDATED,
    "urn:fieldapp:visit-finished": Notice.FINISHED,
    "urn:fieldapp:check-settled": Notice.SETTLED,
    "urn:fieldapp:follow-up-settled": Notice.SETTLED,
    "urn:fieldapp:quarantine-taken": Notice.SETTLED,
    "urn:fieldapp:quarantine-changed": Notice.CHANGED,
    "urn:fieldapp:conflict-changed": Notice.CHANGED,
    "urn:fieldapp:quarantine-not-ready": Notice.NOT_READY,
    "urn:fieldapp:holder-erased": Notice.ERASED,
}
"""What the page says where the office says no."""


@dataclass(frozen=True, slots=True)
class Block:
    """A visit as the pool and the board show it.

    Attributes:
        start, end: expected, or as the site told; in the pool the window.
        travel_min: driving before it.
        late_min: how long after its window the technician comes.
        moved: its place is not yet the office's.
        movable: it is not finished.
        refused_by: the technician who gave it back or handed it over, by name, or empty.
        operations: how many facts of it came in from the site.
    """

    id: str
    number: str
    kind: WorkKind
    variant: str
    state: VisitState
    window: tuple[datetime, datetime]
    start: datetime
    end: datetime
    street: str = ""
    place: str = ""
    capacity: str = ""
    complaint: str = ""
    travel_min: int = 0
    late_min: int = 0
    published: bool = False
    on_laptop: bool = False
    moved: bool = False
    movable: bool = True
    conflicts: int = 0
    refused_by: str = ""
    operations: int = 0

    @property
    def handed_over(self) -> bool:
        """Whether work was begun and nobody goes on with it yet."""
        return self.state is VisitState.HANDED_OVER


@dataclass(frozen=True, slots=True)
class Lane:
    """A technician's row of the board.

    Attributes:
        published, on_laptop: of `total`, how many travel and how many arrived as they are now.
        changes: placements of the draft that touch this technician.
    """

    technician: str
    name: str
    blocks: tuple[Block, ...]
    has_laptop: bool
    last_contact: datetime | None
    published: int = 0
    on_laptop: int = 0
    changes: int = 0

    @property
    def total(self) -> int:
        """How many visits."""
        return len(self.blocks)

    @property
    def done(self) -> int:
        """How many are finished, one way or the other."""
        return sum(not block.movable for block in self.blocks)

    @property
    def late(self) -> int:
        """How many open visits come after their window."""
        return sum(block.late_min > 0 and block.movable for block in self.blocks)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What publishing changes for one technician, by visit number."""

    technician: str
    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    reordered: tuple[str, ...]
    under_way: tuple[str, ...]
    total: int
    undesignated: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanningState:
    """The page.

    Attributes:
        at: the office's time of this picture, None before the first.
        changes: placements not sent yet and assigned visits not published yet.
        preview: what publishing changes, while that is being asked; else None.
        online: whether the last call reached the office; None before the first.
        selected: the visit that is looked at, or empty.
        notice_about: numbers or a count that the notice speaks of; `notice_on` a day.
        left: what the region's visits left behind, of any day.
        section: which list of that is open, of `section_visit` only where one is named.
        opened: what the row holds that is looked at in that list.
        decided: the conflict that was decided last, while its list stays open.
    """

    on: date
    signed_in: bool = False
    server: str = ""
    region: str = ""
    at: datetime | None = None
    lanes: tuple[Lane, ...] = ()
    pool: tuple[Block, ...] = ()
    pool_kind: WorkKind | None = None
    selected: str = ""
    changes: int = 0
    can_undo: bool = False
    can_redo: bool = False
    preview: tuple[ChangeRow, ...] | None = None
    busy: bool = False
    online: bool | None = None
    notice: Notice = Notice.NONE
    notice_about: str = ""
    notice_on: date | None = None
    left: Left = field(default_factory=Left)
    section: Section | None = None
    section_visit: str = ""
    opened: Opened | None = None
    decided: Dispute | None = None
    problem: Message | None = None

    @property
    def shown_pool(self) -> tuple[Block, ...]:
        """The pool as filtered."""
        kind = self.pool_kind
        return tuple(one for one in self.pool if kind is None or one.kind is kind)

    @property
    def visits(self) -> int:
        """How many visits the day has, the pool's included."""
        return len(self.pool) + sum(lane.total for lane in self.lanes)

    def block(self, visit: str) -> Block | None:
        """A visit by id, wherever it stands."""
        everywhere = (*self.pool, *(b for lane in self.lanes for b in lane.blocks))
        return next((one for one in everywhere if one.id == visit), None)

    def lane_of(self, visit: str) -> Lane | None:
        """The row that a visit stands in; None for the pool."""
        return next((x for x in self.lanes if any(b.id == visit for b in x.blocks)), None)
