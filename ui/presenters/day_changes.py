"""What the office changed in a day since the technician last saw it.

In come the visits as they were when they were last seen and as they are now; out come the
differences that matter on the road: new, taken back, moved, otherwise changed. Rule: what is
remembered names no person and no address, only numbers, windows and a digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec

from fieldapp.domain.operation import sha256_hex
from fieldapp.domain.work_order import Visit
from fieldapp.store import orders, state
from fieldapp.store.orders import StoredVisit
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from ui.presenters.day_rows import local_window

Window = tuple[datetime, datetime]

_NAME = "days_seen"
_DAYS_KEPT = 7


class ChangeKind(StrEnum):
    """What happened to a visit at the office."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Change:
    """One visit that is not as it was seen.

    Attributes:
        number: what people call the visit.
        where: street and place; empty where the visit is gone.
        before: the window as seen, or None for a new visit.
        after: the window now, or None where the visit is gone.
    """

    kind: ChangeKind
    visit: str
    number: str
    where: str = ""
    before: Window | None = None
    after: Window | None = None


class SeenVisit(msgspec.Struct, frozen=True):
    """A visit as it was seen; times aware, `digest` over all that the office says of it."""

    number: str
    start: datetime
    end: datetime
    digest: str


Seen = dict[str, SeenVisit]
"""The visits of one day by id."""


def load_seen(c: Transaction, on: date) -> Seen | None:
    """The day as it was last seen, or None where it never was."""
    return (state.load(c, _NAME, dict[str, Seen]) or {}).get(on.isoformat())


def mark_seen(c: Transaction, on: date) -> None:
    """Remember the day as it is now; only the latest days are kept."""
    days = state.load(c, _NAME, dict[str, Seen]) or {}
    days[on.isoformat()] = {
        stored.visit.id: _seen(stored.visit)
        for stored in orders.day(c, on)
        if not stored.withdrawn
    }
    state.save(c, _NAME, {day: days[day] for day in sorted(days)[-_DAYS_KEPT:]})


def changes(c: Transaction, seen: Seen, now: Sequence[StoredVisit]) -> tuple[Change, ...]:
    """The differences, those of the present visits first; finished visits have none."""
    present = [_change(seen.get(one.visit.id), one) for one in now]
    here = {one.visit.id for one in now}
    gone = [_gone(c, visit_id, seen[visit_id]) for visit_id in seen if visit_id not in here]
    return tuple(change for change in (*present, *gone) if change is not None)


def _change(before: SeenVisit | None, stored: StoredVisit) -> Change | None:
    visit = stored.visit
    kind = _kind(before, stored)
    if kind is None or stored.progress.state.final:
        return None
    return Change(
        kind=kind,
        visit=visit.id,
        number=visit.number,
        where=f"{visit.address.street} {visit.address.number}, {visit.address.place}",
        before=_window(before) if before else None,
        after=local_window(visit),
    )


def _kind(before: SeenVisit | None, stored: StoredVisit) -> ChangeKind | None:
    now = _seen(stored.visit)
    if stored.withdrawn:
        return ChangeKind.WITHDRAWN if before else None
    if before is None:
        return ChangeKind.ADDED
    if (before.start, before.end) != (now.start, now.end):
        return ChangeKind.MOVED
    return ChangeKind.DETAILS if before.digest != now.digest else None


def _gone(c: Transaction, visit_id: str, before: SeenVisit) -> Change | None:
    """Moved to another day, taken back, or (no change) cleared away after delivery."""
    elsewhere = orders.visit(c, visit_id)
    if elsewhere is None and visit_id in orders.versions(c):
        return None
    kind = ChangeKind.MOVED if elsewhere else ChangeKind.WITHDRAWN
    after = local_window(elsewhere.visit) if elsewhere else None
    return Change(kind, visit_id, before.number, before=_window(before), after=after)


def _window(seen: SeenVisit) -> Window:
    return seen.start.astimezone(METER_TIME), seen.end.astimezone(METER_TIME)


def _seen(visit: Visit) -> SeenVisit:
    """Version and place in the route say nothing by themselves and stay out of the digest."""
    bare = msgspec.structs.replace(visit, version=0, route_position=0)
    digest = sha256_hex(msgspec.json.encode(bare))
    return SeenVisit(visit.number, visit.window_start, visit.window_end, digest)
