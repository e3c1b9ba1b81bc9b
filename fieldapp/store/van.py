"""The technician's van on the laptop: as the office sent it, and as it is by now.

In comes a van with the day that it was loaded for; out comes what is in it after the facts that
the office has not answered yet: those that it has counted are in what it sent. Rule: the van is
replaced whole, in the transaction that stores the answer it came with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import Connection, select

from fieldapp.domain import facts as f
from fieldapp.domain import van as rules
from fieldapp.domain.operation import decode_payload
from fieldapp.domain.progress import Progress, begun, fold
from fieldapp.domain.stock import Van
from fieldapp.domain.work_order import Visit
from fieldapp.store import orders, state
from fieldapp.store.tables import operations

_NAME = "van"
_KINDS = ("meter_placed", "meter_removed", "seal_recorded")
_COUNTED = frozenset({"applied", "applied_with_conflict"})
"""What the office said of an operation whose effect is in the van that it sends."""


class _Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """The van as it came, None for none, and the local date it was loaded on."""

    van: Van | None = None
    day: date | None = None


def store(c: Connection, van: Van | None, day: date | None) -> None:
    """Put this van in place of what was here; None: the office keeps none for us any more.

    Args:
        c: a writing connection.
        van: as the office sent it.
        day: the local date by trusted time; None where it is unknown.
    """
    state.save(c, _NAME, _Loaded(van=van, day=day))


def version(c: Connection) -> str:
    """The office's version of what is here; empty for none."""
    van = _loaded(c).van
    return "" if van is None else van.version


def loaded_on(c: Connection) -> date | None:
    """The local date on which the van was loaded; None where nobody knew it."""
    return _loaded(c).day


def carried(c: Connection) -> Van | None:
    """What is in the van by now; None where the office keeps no stock for it."""
    van = _loaded(c).van
    if van is None:
        return None
    for told in _told(c):
        if not told.counted:
            van = rules.after(van, told.visit, told.before, told.fact)
    return van


def known_of(c: Connection, visit: Visit, progress: Progress, number: str) -> rules.Known:
    """What this laptop knows of a number that is to be placed at this visit."""
    van = carried(c)
    if van is None:
        return rules.Known(kept=False, elsewhere=_hangs(c, visit.id, number))
    stock = van.meter(number)
    if stock is None:
        here = [p for p in progress.of(f.MeterPlaced) if p.number == number]
        stock = here[-1].taken if here else None
    return rules.Known(kept=True, stock=stock, elsewhere=_hangs(c, visit.id, number))


def placed_here(c: Connection) -> dict[str, str]:
    """Number to visit of the meters that this laptop's facts placed and left hanging."""
    hanging: dict[tuple[str, str], str] = {}
    for told in _told(c):
        if isinstance(told.fact, f.MeterPlaced):
            hanging[told.visit.id, told.fact.ean] = told.fact.number
    return {number: visit for (visit, _), number in hanging.items()}


def _hangs(c: Connection, visit_id: str, number: str) -> bool:
    return placed_here(c).get(number, visit_id) != visit_id


@dataclass(frozen=True, slots=True)
class _Told:
    """A fact that moves something, with its visit as it was before."""

    visit: Visit
    before: Progress
    fact: f.AnyFact
    counted: bool


def _told(c: Connection) -> list[_Told]:
    """The facts of this laptop that move stock, in the order they were made."""
    query = select(operations.c.visit, operations.c.payload, operations.c.state).where(
        operations.c.kind.in_(_KINDS)
    )
    visits: dict[str, Visit | None] = {}
    before: dict[str, Progress] = {}
    found = []
    for row in c.execute(query.order_by(operations.c.position)):
        if row.visit not in visits:
            stored = orders.visit(c, row.visit)
            visits[row.visit] = stored.visit if stored else None
        visit = visits[row.visit]
        if visit is None:
            continue
        progress = before.get(visit.id) or begun(visit)
        fact = decode_payload(row.payload).fact
        found.append(_Told(visit, progress, fact, row.state in _COUNTED))
        before[visit.id] = fold(progress, fact)
    return found


def _loaded(c: Connection) -> _Loaded:
    return state.load(c, _NAME, _Loaded) or _Loaded()
