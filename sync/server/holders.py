"""Connection holders: a pseudonym and a wrapped key each.

In comes who somebody is, as far as the office was told; out comes a pseudonym that only this
office can make again, and that holder's key for as long as it exists. Rule: erasing is
forgetting the key; nothing else needs to be found or changed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from sync.server.database import add_if_absent
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.tables import holders, visits


class Erased(Exception):
    """The holder's key was erased; what was sealed under it can't be read again."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key seals something."""

    id: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Owner:
    """The laptop that brought something, whose own key seals what belongs to no visit."""

    region: str
    laptop: str


def sealing(office: Office, c: Connection, owner: Owner, visit: str) -> Holder:
    """Whose key seals what came about a visit.

    The visit's holder; the laptop's own where the visit is unknown or its holder was erased.
    """
    named = c.execute(
        select(visits.c.holder).where(visits.c.region == owner.region, visits.c.id == visit)
    ).scalar_one_or_none()
    if named is not None:
        try:
            return Holder(named, key(office, c, owner.region, named))
        except Erased:
            pass
    return own(office, c, owner)


def own(office: Office, c: Connection, owner: Owner) -> Holder:
    """The laptop's own key, which seals what belongs to no visit."""
    name = pseudonym(office, owner.region, "laptop", owner.laptop)
    return Holder(name, new_key(office, c, owner.region, name))


def pseudonym(office: Office, region: str, *known_by: str) -> str:
    """The pseudonym of the person known by these texts, in this region."""
    told = "\x1f".join((region, *(" ".join(text.casefold().split()) for text in known_by)))
    return office.vault.pseudonym(told)


def known_as(office: Office, c: Connection, region: str, *known_by: str) -> str:
    """As `pseudonym`; one who was erased and comes back is somebody new.

    So a key that went has no successor, and who can't read a row is told the same for good.
    """
    name, times = pseudonym(office, region, *known_by), 1
    while _is_erased(c, region, name):
        times += 1
        name = pseudonym(office, region, *known_by, f"again {times}")
    return name


def _is_erased(c: Connection, region: str, holder: str) -> bool:
    this = (holders.c.region == region, holders.c.id == holder)
    gone = select(holders.c.id).where(*this, holders.c.wrapped_key.is_(None))
    return c.execute(gone).first() is not None


def new_key(office: Office, c: Connection, region: str, holder: str) -> bytes:
    """The holder's key, made at the first need.

    Raises:
        Erased: there was one, and it was erased.
    """
    row = c.execute(
        select(holders.c.id).where(holders.c.region == region, holders.c.id == holder)
    ).one_or_none()
    if row is None:
        wrapped = office.vault.new_wrapped_key(holder)
        made = {"region": region, "id": holder, "wrapped_key": wrapped}
        add_if_absent(c, holders, {**made, "made_at": office.clock.now()})
    return key(office, c, region, holder)


def key(office: Office, c: Connection, region: str, holder: str) -> bytes:
    """The key of a holder who has one; errors as `new_key`."""
    wrapped = c.execute(
        select(holders.c.wrapped_key).where(holders.c.region == region, holders.c.id == holder)
    ).scalar_one_or_none()
    if wrapped is None:
        raise Erased(holder)
    return office.vault.unwrap(wrapped, holder)


def keys(
    office: Office, c: Connection, region: str, names: Collection[str]
) -> dict[str, bytes]:
    """The keys of those of these holders who have one, by name."""
    rows = _KEYS.rows(c, {"of_region": region, "names": sorted(names)}) if names else ()
    return {name: office.vault.unwrap(wrapped, name) for name, wrapped in rows}


_KEYS = Prepared(
    select(holders.c.id, holders.c.wrapped_key).where(
        holders.c.region == bindparam("of_region"),
        holders.c.id.in_(bindparam("names", expanding=True)),
        holders.c.wrapped_key.is_not(None),
    )
)


def erase(office: Office, c: Connection, region: str, holder: str) -> bool:
    """Forget a holder's key for good; False where there was none (any more)."""
    forgotten = c.execute(
        update(holders)
        .where(
            holders.c.region == region,
            holders.c.id == holder,
            holders.c.wrapped_key.is_not(None),
        )
        .values(wrapped_key=None, erased_at=office.clock.now())
    )
    return forgotten.rowcount == 1
