"""The audit trail: who looked at which customer's data or touched which meter, and why.

In come entries; out come entries, each linked to the one before by its hash. A meter's number
goes in as SHA-256 with a salt of this laptop, so the trail tells whether two entries are about
one meter and not about which. Rule: entries are only ever added; `verify` names the first
broken link, a cut-off end included.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, insert, select

from fieldapp.store import secrets, state
from fieldapp.store.tables import audit

_SALT = "audit_salt"
_HEAD = "audit_head"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One look or one act.

    Attributes:
        at: by the device's clock, aware.
        purpose: why, in the words of `domain.privacy`.
        visit: its id, or empty.
        action: what, for instance `look` or an action of `domain.privacy`.
        meter: the meter's number on its way in, its pseudonym on its way out; or empty.
        outcome: `done`, `refused`, `failed` or a word of the caller.
    """

    at: datetime
    purpose: str
    visit: str
    action: str
    outcome: str
    meter: str = ""


class _Linked(msgspec.Struct, frozen=True):
    """What is hashed: the entry with the hash of the one before."""

    previous: str
    entry: Entry


class Head(msgspec.Struct, frozen=True):
    """The trail's end: how many entries, and the last one's hash.

    The office keeps it, so that a trail that was cut off or made anew is noticed there.
    """

    count: int = 0
    hash: str = ""


_LINKED = msgspec.json.Decoder(_Linked)


def append(c: Connection, entry: Entry) -> None:
    """Add an entry; its meter's number becomes a pseudonym first."""
    if entry.meter:
        entry = msgspec.structs.replace(entry, meter=_pseudonym(_salt(c), entry.meter))
    last = head(c)
    body = msgspec.json.encode(_Linked(last.hash, entry))
    new = Head(last.count + 1, hashlib.sha256(body).hexdigest())
    c.execute(insert(audit).values(sequence=new.count, body=body, hash=new.hash))
    state.save(c, _HEAD, new)


def entries(c: Connection) -> tuple[Entry, ...]:
    """All entries, in order."""
    bodies = c.execute(select(audit.c.body).order_by(audit.c.sequence)).scalars()
    return tuple(_LINKED.decode(body).entry for body in bodies)


def head(c: Connection) -> Head:
    """Number and hash of the last entry."""
    return state.load(c, _HEAD, Head) or Head()


def pseudonym(c: Connection, meter: str) -> str:
    """What stands for this meter's number in the trail; empty before any meter is in it."""
    salt = state.load(c, _SALT, bytes)
    return "" if salt is None else _pseudonym(salt, meter)


def verify(c: Connection) -> int | None:
    """Index (from 0) of the first entry that is missing, changed or out of place, or None."""
    last = head(c)
    previous = ""
    rows = c.execute(select(audit).order_by(audit.c.sequence)).all()
    for index, row in enumerate(rows):
        if row.sequence != index + 1 or not _is_linked(row, previous):
            return index
        previous = row.hash
    return None if (len(rows), previous) == (last.count, last.hash) else len(rows)


def _is_linked(row: Row[int, bytes, str], previous: str) -> bool:
    sequence, body, noted = row
    del sequence
    if hashlib.sha256(body).hexdigest() != noted:
        return False
    return _LINKED.decode(body).previous == previous


def _salt(c: Connection) -> bytes:
    salt = state.load(c, _SALT, bytes)
    if salt is None:
        salt = secrets.new_key()
        state.save(c, _SALT, salt)
    return salt


def _pseudonym(salt: bytes, meter: str) -> str:
    return hashlib.sha256(salt + meter.encode()).hexdigest()
