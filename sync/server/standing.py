"""Where a laptop stands, in one look: all that decides whether a sync has anything to tell it.

In come a laptop's id and incarnation; out comes what the office knows of it, of its list and of
what it carries. Rule: one statement, so that a sync that changes nothing costs no second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, select

from sync.server.laptops import COLUMNS, Laptop
from sync.server.tables import counters, handed_keys, laptops
from sync.server.tables_chains import chain_ends
from sync.server.tables_stock import designations, vans

_MOST = 2**31 - 1
_KNOWN = len(COLUMNS)


@dataclass(frozen=True, slots=True)
class Standing:
    """A laptop and what belongs to it.

    Attributes:
        last_contact: when it was heard last, as far as that was written down.
        last: number of the newest change in its technician's list.
        van: the version of the technician's van; None: none is kept.
        known_sequence: the last sequence of the incarnation whose predecessors are all here.
        has_keys: whether it was handed meters' keys that it may still have.
        designated: whether anything was imported of what its technician may do.
    """

    laptop: Laptop
    last_contact: datetime | None
    last: int
    van: str | None
    known_sequence: int
    has_keys: bool
    designated: bool


def standing(c: Connection, region: str, laptop: str, incarnation: int) -> Standing | None:
    """Where the laptop stands; None: there is none with this id."""
    asked = incarnation if 0 < incarnation <= _MOST else 0
    values = {"of_region": region, "of_laptop": laptop, "of_incarnation": asked}
    row = c.execute(_LOOK, values).one_or_none()
    if row is None:
        return None
    contact, last, van, known, has_keys, designated = row[_KNOWN:]
    return Standing(
        Laptop(*row[:_KNOWN]), contact, last, van, known or 0, bool(has_keys), bool(designated)
    )


_KEYS = exists().where(
    handed_keys.c.region == laptops.c.region,
    handed_keys.c.laptop == laptops.c.id,
    handed_keys.c.erased_at.is_(None),
)
_DESIGNATED = exists().where(
    designations.c.region == laptops.c.region,
    designations.c.technician == laptops.c.technician,
)
_LOOK = (
    select(
        *COLUMNS,
        laptops.c.last_contact,
        counters.c.last,
        vans.c.version,
        chain_ends.c.sequence,
        _KEYS,
        _DESIGNATED,
    )
    .select_from(laptops)
    .join(
        counters,
        and_(
            counters.c.region == laptops.c.region,
            counters.c.technician == laptops.c.technician,
        ),
    )
    .join(
        vans,
        and_(vans.c.region == laptops.c.region, vans.c.technician == laptops.c.technician),
        isouter=True,
    )
    .join(
        chain_ends,
        and_(
            chain_ends.c.region == laptops.c.region,
            chain_ends.c.laptop == laptops.c.id,
            chain_ends.c.incarnation == bindparam("of_incarnation"),
        ),
        isouter=True,
    )
    .where(laptops.c.region == bindparam("of_region"), laptops.c.id == bindparam("of_laptop"))
)
