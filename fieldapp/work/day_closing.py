"""Closing a day: counted by the laptop, signed, and sent like everything else.

In comes a local date; out comes what there is of it, and, once the technician has counted what
is in the van, the closing. Rule: nothing keeps a day from being closed; what is undone,
undelivered or missing is said and stands in the closing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.day_close import OLD_METERS, PARTS, PLACED, REMOVED, DayVisit, is_day
from fieldapp.domain.operation import decode_payload
from fieldapp.domain.stock import Van
from fieldapp.domain.van import part_used
from fieldapp.domain.work_order import Commodity
from fieldapp.store import attachments, closings, orders, outbox, van
from fieldapp.store.closings import Closing
from fieldapp.store.database import Database
from fieldapp.store.orders import StoredVisit
from fieldapp.store.outbox import OutboxItem
from fieldapp.store.transaction import Transaction

TOUCHED = frozenset({"outbox", "visits"})


@dataclass(frozen=True, slots=True)
class DayCount:
    """What there is of a day on this laptop.

    Attributes:
        visits: all of the day, in route order.
        files: by visit, photos, signatures and captures.
        operations: made on that date, closings among them; `undelivered` of all dates.
        moves, expected: as in `DayClosed`.
        carried: the van by now; None where no stock is kept.
        closing: the last one of the day; None before it.
        later: operations of visits that were made on that date after that closing.
    """

    day: date
    visits: tuple[StoredVisit, ...]
    files: Mapping[str, int]
    operations: int
    undelivered: int
    files_waiting: int
    moves: Mapping[str, int]
    expected: Mapping[str, int]
    carried: Van | None
    closing: Closing | None
    later: int

    @property
    def undone(self) -> tuple[StoredVisit, ...]:
        """The visits that are not through."""
        return tuple(
            one for one in self.visits if not one.progress.state.final and not one.withdrawn
        )


class DayClosing:
    """The work room of the day's end."""

    def __init__(self, db: Database, clock: Clock) -> None:
        """Close the days of `db`."""
        self._db = db
        self._clock = clock

    async def count(self, day: date) -> DayCount:
        """What there is of a local date by now."""
        return await self._db.read(lambda c: count(c, day))

    async def close(self, day: date, counted: Mapping[str, int], note: str = "") -> Closing:
        """Close the day, with what the technician counted in the van.

        What he did not count is taken to be as it should.

        Raises:
            NotEnrolled: this laptop can sign nothing.
            StoreError: nothing was kept.
        """

        def change(c: Transaction) -> Closing:
            now = count(c, day)
            fact = f.DayClosed(
                at=self._clock.now(),
                day=day,
                visits=tuple(_visit(one, now.files) for one in now.visits),
                operations=now.operations,
                undelivered=now.undelivered,
                files_waiting=now.files_waiting,
                moves=dict(now.moves),
                expected=dict(now.expected),
                counted={**now.expected, **counted} if now.expected else {},
                note=note,
            )
            operation = outbox.append_closing(c, fact, self._clock)
            made = Closing(operation=operation, closed=fact)
            closings.keep(c, made)
            return made

        return await self._db.write(change, touched=TOUCHED)


def count(c: Transaction, day: date) -> DayCount:
    """Within a transaction: what there is of a local date."""
    visits = orders.day(c, day)
    made = [item for item in outbox.items(c) if orders.local_day(item.made_at) == day]
    waits = outbox.counts(c)
    carried = van.carried(c)
    closing = closings.closing(c, day)
    return DayCount(
        day=day,
        visits=visits,
        files={one.visit.id: len(attachments.of_visit(c, one.visit.id)) for one in visits},
        operations=len(made),
        undelivered=waits.waiting,
        files_waiting=waits.files_waiting,
        moves=_moves(made),
        expected=expected(carried),
        carried=carried,
        closing=closing,
        later=_later(made, closing),
    )


def expected(carried: Van | None) -> dict[str, int]:
    """What should be in the van, by what can be counted there; nothing without stock."""
    if carried is None:
        return {}
    new = Counter(one.commodity for one in carried.meters)
    meters = {carrier.value: new[carrier] for carrier in Commodity}
    parts = {part.value: number for part, number in carried.parts.items()}
    return {**meters, OLD_METERS: len(carried.removed), **parts}


def _visit(stored: StoredVisit, files: Mapping[str, int]) -> DayVisit:
    visit_id = stored.visit.id
    return DayVisit(id=visit_id, state=stored.progress.state, files=files[visit_id])


def _moves(made: list[OutboxItem]) -> dict[str, int]:
    """Meters placed and removed, and parts used, by the facts of these operations."""
    found = Counter({PLACED: 0, REMOVED: 0, PARTS: 0})
    for item in made:
        fact = decode_payload(item.operation.payload).fact
        found[PLACED] += isinstance(fact, f.MeterPlaced)
        found[REMOVED] += isinstance(fact, f.MeterRemoved)
        found[PARTS] += part_used(fact) is not None
    return dict(found)


def _later(made: list[OutboxItem], closing: Closing | None) -> int:
    if closing is None:
        return 0
    ids = [item.id for item in made]
    after = made[ids.index(closing.operation) + 1 :] if closing.operation in ids else made
    return sum(not is_day(item.visit) for item in after)
