"""The ledger's rows: read together for a batch, kept in hand, and written together.

In come the ids of a batch; out comes what is here of them and what waits. Changes are gathered
and written at the end: new rows at once, the ends of the chains, what waits now, and on which
days something was told of a visit. Rule: every query names the days that it looks at, so that
PostgreSQL opens those partitions and no others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    select,
    tuple_,
    update,
)

from fieldapp.domain.operation import FIRST_PREVIOUS
from sync.server.chain import Link
from sync.server.database import add_missing, put
from sync.server.examination import BAD_SIGNATURE
from sync.server.laptops import Laptop
from sync.server.prepared import Prepared, add_new
from sync.server.tables import operations
from sync.server.tables_chains import chain_ends, visit_days, waiting_operations
from sync.wire import Outcome

_MOST = 2**31 - 1
_NEEDED: tuple[Column[Any], ...] = tuple(
    operations.c[name]
    for name in (
        "id",
        "header_sha256",
        "made_on",
        "incarnation",
        "sequence",
        "previous",
        "visit",
        "payload_sha256",
        "outcome",
        "reason",
        "received_at",
        "in_chain",
        "counts",
    )
)
_HELD = tuple(
    operations.c[name] for name in ("holder", "header_sha256", "header", "signature", "sealed")
)


@dataclass(slots=True)
class Known:
    """An operation that is here, as far as the ledger looks at it.

    Attributes:
        waits: whether it has no seat and may still get one.
        counts: whether it had an effect when it was read.
    """

    id: str
    sha256: str
    made_on: date
    incarnation: int
    sequence: int
    previous: str
    visit: str
    payload_sha256: str
    outcome: Outcome
    reason: str
    received_at: datetime
    seated: bool
    waits: bool = False
    counts: bool = False

    @property
    def link(self) -> Link:
        """Its place in the chain."""
        return Link(self.sequence, self.sha256, self.previous, self.reason != BAD_SIGNATURE)


def _of(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (table.c.region == bindparam("region"), table.c.laptop == bindparam("laptop"))


def _mine(laptop: Laptop) -> dict[str, object]:
    return {"region": laptop.region, "laptop": laptop.id}


def end(c: Connection, laptop: Laptop, incarnation: int) -> tuple[int, str]:
    """Sequence and hash of the last seated operation; a chain's start where there is none."""
    row = _END.first(c, {**_mine(laptop), "incarnation": incarnation})
    return (0, FIRST_PREVIOUS) if row is None else (row[0], row[1])


_END = Prepared(
    select(chain_ends.c.sequence, chain_ends.c.header_sha256).where(
        *_of(chain_ends), chain_ends.c.incarnation == bindparam("incarnation")
    )
)


def known_sequence(c: Connection, laptop: Laptop, incarnation: int) -> int:
    """The last sequence of this incarnation whose predecessors are all here; 0 for none."""
    return end(c, laptop, incarnation)[0] if 0 < incarnation <= _MOST else 0


def waiting(c: Connection, laptop: Laptop) -> list[Known]:
    """All of a laptop's operations that wait for a seat, in the order they came."""
    keys = _WAITING.rows(c, _mine(laptop))
    if not keys:
        return []
    key = tuple_(operations.c.made_on, operations.c.header_sha256)
    days = operations.c.made_on.in_(sorted({day for day, _ in keys}))
    query = select(*_NEEDED).where(*_of(operations), days, key.in_(keys))
    order = (operations.c.received_at, operations.c.sequence)
    rows = c.execute(query.order_by(*order), _mine(laptop))
    return [_known(tuple(row), waits=True) for row in rows]


_WAITING = Prepared(
    select(waiting_operations.c.made_on, waiting_operations.c.header_sha256).where(
        *_of(waiting_operations)
    )
)


def named(
    c: Connection, laptop: Laptop, ids: Collection[str], days: Collection[date]
) -> list[Known]:
    """What is here under these ids, made on these days."""
    on = {f"day{n}": day for n, day in enumerate(sorted(days))}
    rows = _named(len(on)).rows(c, {**_mine(laptop), **on, "ids": sorted(ids)})
    return [_known(row) for row in rows]


@lru_cache(maxsize=8)
def _named(days: int) -> Prepared:
    """For so many days: of a list as one value PostgreSQL would not see which days it names."""
    on = operations.c.made_on.in_([bindparam(f"day{n}") for n in range(days)])
    these = operations.c.id.in_(bindparam("ids", expanding=True))
    return Prepared(select(*_NEEDED).where(*_of(operations), on, these))


def _known(row: tuple[Any, ...], *, waits: bool = False) -> Known:
    *plain, outcome, reason, received_at, seated, counts = row
    later = (Outcome(outcome), reason, received_at, seated, waits, counts)
    return Known(*(*plain, *later))


@dataclass(slots=True)
class Rows:
    """One laptop's rows of one transaction.

    Args:
        laptop: whose.
        before: what was read of them.
    """

    laptop: Laptop
    before: Iterable[Known]
    _new: dict[str, dict[str, Any]] = field(default_factory=dict)
    _changed: dict[str, Known] = field(default_factory=dict)
    _updates: list[tuple[Known, Mapping[str, object]]] = field(default_factory=list)
    _waited: frozenset[tuple[date, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._waited = frozenset((k.made_on, k.sha256) for k in self.before if k.waits)

    def add(self, known: Known, values: Mapping[str, object]) -> None:
        """A new operation."""
        self._changed[known.sha256] = known
        self._new[known.sha256] = {
            "region": self.laptop.region,
            "laptop": self.laptop.id,
            "header_sha256": known.sha256,
            "made_on": known.made_on,
            "id": known.id,
            "incarnation": known.incarnation,
            "sequence": known.sequence,
            "visit": known.visit,
            "previous": known.previous,
            "payload_sha256": known.payload_sha256,
            "in_chain": known.seated,
            "outcome": known.outcome.value,
            "reason": known.reason,
            "received_at": known.received_at,
            **values,
        }

    def change(self, known: Known, values: Mapping[str, object]) -> None:
        """Something else became of an operation that waited."""
        self._changed[known.sha256] = known
        if known.sha256 in self._new:
            self._new[known.sha256].update(values)
        else:
            self._updates.append((known, values))

    def held(self, c: Connection, known: Known) -> tuple[Any, ...]:
        """Holder, hash, header, signature and sealed payload of an operation that waited."""
        if known.sha256 in self._new:
            return tuple(self._new[known.sha256][column.name] for column in _HELD)
        return tuple(c.execute(select(*_HELD).where(*self._this(known))).one())

    def delete(self, c: Connection, known: Known) -> None:
        """It came again in another form."""
        known.waits = False
        if self._new.pop(known.sha256, None) is None:
            c.execute(delete(operations).where(*self._this(known)))
        self._changed[known.sha256] = known

    def write(self, c: Connection, ends: Mapping[int, tuple[int, str]]) -> None:
        """Write everything down; `ends` are the chains' last seats now."""
        for known, values in self._updates:
            c.execute(update(operations).where(*self._this(known)).values(values))
        if self._new:
            add_new(c, operations, list(self._new.values()))
        mine = _mine(self.laptop)
        put(
            c,
            chain_ends,
            [
                {**mine, "incarnation": n, "sequence": sequence, "header_sha256": sha256}
                for n, (sequence, sha256) in ends.items()
                if sequence
            ],
        )
        self._write_waiting(c, mine)
        days = {(row["visit"], row["made_on"]) for row in self._new.values()}
        add_missing(
            c,
            visit_days,
            [
                {"region": self.laptop.region, "visit": visit, "made_on": day}
                for visit, day in sorted(days)
            ],
        )

    def _write_waiting(self, c: Connection, mine: Mapping[str, object]) -> None:
        now = {(k.made_on, k.sha256) for k in self._changed.values() if k.waits}
        over = {
            (k.made_on, k.sha256) for k in self._changed.values() if not k.waits
        } & self._waited
        w = waiting_operations
        for day, sha256 in sorted(over - now):
            this = (w.c.made_on == day, w.c.header_sha256 == sha256)
            of_laptop = (w.c.region == self.laptop.region, w.c.laptop == self.laptop.id)
            c.execute(delete(w).where(*of_laptop, *this))
        fresh = sorted(now - self._waited)
        add_missing(c, w, [{**mine, "made_on": d, "header_sha256": s} for d, s in fresh])

    def _this(self, known: Known) -> tuple[ColumnElement[bool], ...]:
        return (
            operations.c.region == self.laptop.region,
            operations.c.laptop == self.laptop.id,
            operations.c.made_on == known.made_on,
            operations.c.header_sha256 == known.sha256,
        )
