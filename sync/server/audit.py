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
from sqlalchemy import Connection, Row, bindparam, insert, select, update

from sync.server import tables as t
from sync.server.database import add_if_absent

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
    text = _hash(chain, head.number + 1, at, entry, head.hash)
    if not _advance(c, chain, head, text):
        head = _locked_head(c, chain)
        text = _hash(chain, head.number + 1, at, entry, head.hash)
        _advance(c, chain, head, text)
    row = {
        "chain": chain,
        "number": head.number + 1,
        "noted_on": at.astimezone(UTC).date(),
        "at": at,
        "action": entry.action,
        "subject": entry.subject,
        "outcome": entry.outcome,
        "previous": head.hash,
        "hash": text,
    }
    c.execute(_APPEND, row)


def _advance(c: Connection, chain: str, head: Head, text: str) -> bool:
    """Move the chain's end on by one, unless it is not where it was seen."""
    values = {"of_chain": chain, "seen_at": head.number}
    moved = c.execute(_ADVANCE, {**values, "to_number": head.number + 1, "to_hash": text})
    return moved.rowcount == 1


_APPEND = insert(t.audit)
_ADVANCE = (
    update(t.audit_heads)
    .where(
        t.audit_heads.c.chain == bindparam("of_chain"),
        t.audit_heads.c.number == bindparam("seen_at"),
    )
    .values(number=bindparam("to_number"), hash=bindparam("to_hash"))
)
_HEAD = (
    select(t.audit_heads.c.number, t.audit_heads.c.hash)
    .where(t.audit_heads.c.chain == bindparam("of_chain"))
    .with_for_update()
)


def _locked_head(c: Connection, chain: str) -> Head:
    row = c.execute(_HEAD, {"of_chain": chain}).one_or_none()
    if row is None:
        add_if_absent(c, t.audit_heads, {"chain": chain, "number": 0, "hash": FIRST})
        row = c.execute(_HEAD, {"of_chain": chain}).one()
    return Head(row.number, row.hash)


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
