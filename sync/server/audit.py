"""The audit trail: who did what to which subject, in chains that show where they were changed.

One chain per laptop, per user and for the office's own commands; each entry holds the hash of
the one before. Subjects are ids and pseudonyms, so erasing a holder's key leaves the trail
whole. Rule: an entry is written in the transaction of what it tells.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Row,
    Update,
    bindparam,
    insert,
    select,
    update,
)

from sync.server import tables as t
from sync.server.database import add_if_absent
from sync.server.prepared import Prepared

FIRST = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened; `subject` never holds a name, an address, an EAN or a meter number."""

    action: str
    subject: str = ""
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry of a chain that does not follow from those before it."""

    chain: str
    number: int


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain as it was seen: its last number and hash."""

    number: int
    hash: str


def append(
    c: Connection, at: datetime, chain: str, entry: Entry, seen: Head | None = None
) -> None:
    """Add an entry at the end of its chain.

    Args:
        c: the transaction of what the entry tells.
        at: when.
        chain: whose.
        entry: what happened.
        seen: the chain's end as it was a moment ago, which spares looking where it still is.
    """
    head = seen or _locked_head(c, chain)
    while not _add(c, row_after(head, chain, at, entry)):
        head = _locked_head(c, chain)


def row_after(head: Head, chain: str, at: datetime, entry: Entry) -> dict[str, object]:
    """What `adding` is to be told to add an entry after this end of its chain."""
    return {
        "of_chain": chain,
        "seen_at": head.number,
        "to_number": head.number + 1,
        "to_hash": _hash(chain, head.number + 1, at, entry, head.hash),
        "after_hash": head.hash,
        "on_day": at.astimezone(UTC).date(),
        "at_moment": at,
        "of_action": entry.action,
        "of_subject": entry.subject,
        "with_outcome": entry.outcome,
    }


def _add(c: Connection, row: dict[str, object]) -> bool:
    """Add it and move the chain's end on by one, unless that is not where it was seen."""
    if c.dialect.name == "postgresql":
        return _ADDING.changed(c, row) == 1
    if _ADVANCE.changed(c, row) == 0:
        return False
    _APPEND.changed(c, row)
    return True


def _advance() -> Update:
    heads = t.audit_heads.c
    return (
        update(t.audit_heads)
        .where(heads.chain == bindparam("of_chain"), heads.number == bindparam("seen_at"))
        .values(number=bindparam("to_number"), hash=bindparam("to_hash"))
    )


_VALUES = {
    "chain": "of_chain",
    "number": "to_number",
    "noted_on": "on_day",
    "at": "at_moment",
    "action": "of_action",
    "subject": "of_subject",
    "outcome": "with_outcome",
    "previous": "after_hash",
    "hash": "to_hash",
}
_NEW = [bindparam(value, type_=t.audit.c[name].type) for name, value in _VALUES.items()]


def adding(*conditions: ColumnElement[bool]) -> Insert:
    """An entry and its chain's new end in one statement of PostgreSQL, told by `row_after`.

    It adds one row, or none where the end is not where it was seen, or a condition fails.
    """
    moved = _advance().where(*conditions).returning(t.audit_heads.c.chain).cte("moved")
    return insert(t.audit).from_select([*_VALUES], select(*_NEW).select_from(moved))


_ADDING = Prepared(adding())
_ADVANCE = Prepared(_advance())
_APPEND = Prepared(insert(t.audit).values(dict(zip(_VALUES, _NEW, strict=True))))
_HEAD = Prepared(
    select(t.audit_heads.c.number, t.audit_heads.c.hash)
    .where(t.audit_heads.c.chain == bindparam("of_chain"))
    .with_for_update()
)


def _locked_head(c: Connection, chain: str) -> Head:
    row = _HEAD.first(c, {"of_chain": chain})
    if row is None:
        add_if_absent(c, t.audit_heads, {"chain": chain, "number": 0, "hash": FIRST})
        (row,) = _HEAD.rows(c, {"of_chain": chain})
    return Head(*row)


def _hash(chain: str, number: int, at: datetime, entry: Entry, previous: str) -> str:
    told = [chain, number, at, entry.action, entry.subject, entry.outcome, previous]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def verify(c: Connection) -> tuple[Break, ...]:
    """The first broken entry of every chain that has one; empty when all chains hold."""
    heads = c.execute(select(t.audit_heads).order_by(t.audit_heads.c.chain)).all()
    known = {head.chain for head in heads}
    stray = c.execute(select(t.audit.c.chain).distinct()).scalars()
    broken = [Break(chain, 1) for chain in stray if chain not in known]
    for head in heads:
        number = _first_break(c, head)
        if number is not None:
            broken.append(Break(head.chain, number))
    return tuple(sorted(broken, key=lambda b: b.chain))


def _first_break(c: Connection, head: Row[str, int, str]) -> int | None:
    chain, last, last_hash = head
    previous, expected = FIRST, 0
    rows = c.execute(select(t.audit).where(t.audit.c.chain == chain).order_by(t.audit.c.number))
    for row in rows:
        expected += 1
        entry = Entry(row.action, row.subject, row.outcome)
        text = _hash(chain, row.number, row.at, entry, previous)
        if row.number != expected or row.previous != previous or row.hash != text:
            return expected
        previous = row.hash
    return None if (expected, previous) == (last, last_hash) else expected + 1
