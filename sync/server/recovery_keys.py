"""The office's recovery keys: public halves, which generation holds, and who vouches for whom.

In comes the public half of a key whose private half was just written somewhere offline; out
come the generations that a laptop does not know yet. The newest that was not retired holds.
Rule: no private half is ever here, so the office by itself can neither open what is sealed to
one nor lead the laptops to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from fieldapp.domain.recovery import RecoveryKey
from sync.server import audit
from sync.server.office import Office
from sync.server.tables_recovery import recovery_keys

_MOST = 16
"""Generations that are told at once; who is further behind asks a person."""

_KEY = (
    recovery_keys.c.id,
    recovery_keys.c.agreement_key,
    recovery_keys.c.signing_key,
    recovery_keys.c.previous,
    recovery_keys.c.signature,
)


@dataclass(frozen=True, slots=True)
class Generation:
    """One key as it is listed; `holds`: it is what laptops are told."""

    id: str
    generation: int
    previous: str
    made_at: datetime
    retired_at: datetime | None
    holds: bool


def add(office: Office, c: Connection, key: RecoveryKey) -> None:
    """Keep the public half of a new generation, which holds from now on."""
    last = c.execute(select(func.max(recovery_keys.c.generation))).scalar_one_or_none()
    now = office.clock.now()
    c.execute(
        insert(recovery_keys).values(
            id=key.id,
            generation=(last or 0) + 1,
            agreement_key=key.agreement_key,
            signing_key=key.signing_key,
            previous=key.previous,
            signature=key.signature,
            made_at=now,
        )
    )
    vouched = "vouched" if key.previous else "unvouched"
    audit.append(c, now, "office", audit.Entry("recovery_key_made", key.id, vouched))


def retire(office: Office, c: Connection, key_id: str) -> bool:
    """Tell it no laptop any more; False: there is none, or it was retired before."""
    now = office.clock.now()
    mine = (recovery_keys.c.id == key_id, recovery_keys.c.retired_at.is_(None))
    done = c.execute(update(recovery_keys).where(*mine).values(retired_at=now)).rowcount == 1
    if done:
        audit.append(c, now, "office", audit.Entry("recovery_key_retired", key_id))
    return done


def every(c: Connection) -> tuple[Generation, ...]:
    """All generations, oldest first."""
    rows = c.execute(select(recovery_keys).order_by(recovery_keys.c.generation)).all()
    held = [row.id for row in rows if row.retired_at is None]
    return tuple(
        Generation(
            row.id,
            row.generation,
            row.previous,
            row.made_at,
            row.retired_at,
            holds=bool(held) and row.id == held[-1],
        )
        for row in rows
    )


def present(c: Connection) -> RecoveryKey | None:
    """The key that holds; None: the office has none."""
    query = select(*_KEY).where(recovery_keys.c.retired_at.is_(None))
    row = c.execute(query.order_by(recovery_keys.c.generation.desc()).limit(1)).one_or_none()
    return None if row is None else _key(*row)


def generations_since(c: Connection, known: str | None) -> tuple[RecoveryKey, ...]:
    """What a laptop that knows `known` (empty: none; None: it asks for none) is to be told.

    Oldest first, each vouched for by the one before; only the present one where no such way
    leads to it. Empty where the laptop knows it.
    """
    if known is None:
        return ()
    key = present(c)
    if key is None or key.id == known:
        return ()
    way = [key]
    while known and way[0].previous not in {"", known} and len(way) < _MOST:
        row = c.execute(
            select(*_KEY).where(recovery_keys.c.id == way[0].previous)
        ).one_or_none()
        if row is None:
            break
        way.insert(0, _key(*row))
    return tuple(way) if known and way[0].previous == known else (key,)


def _key(
    key_id: str, agreement_key: bytes, signing_key: bytes, previous: str, signature: bytes
) -> RecoveryKey:
    return RecoveryKey(
        id=key_id,
        agreement_key=agreement_key,
        signing_key=signing_key,
        previous=previous,
        signature=signature,
    )
