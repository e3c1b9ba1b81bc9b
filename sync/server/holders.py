"""Connection holders: a pseudonym and a wrapped key each.

In comes who somebody is, as far as the office was told; out comes a pseudonym that only this
office can make again, and that holder's key for as long as it exists. Rule: erasing is
forgetting the key; nothing else needs to be found or changed.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from sync.server.office import Office
from sync.server.tables import holders


class Erased(Exception):
    """The holder's key was erased; what was sealed under it can't be read again."""


def pseudonym(office: Office, region: str, *known_by: str) -> str:
    """The pseudonym of the person known by these texts, in this region."""
    told = "\x1f".join((region, *(" ".join(text.casefold().split()) for text in known_by)))
    return office.vault.pseudonym(told)


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
        c.execute(
            insert(holders).values(
                region=region, id=holder, wrapped_key=wrapped, made_at=office.clock.now()
            )
        )
        return office.vault.unwrap(wrapped, holder)
    return key(office, c, region, holder)


def key(office: Office, c: Connection, region: str, holder: str) -> bytes:
    """The key of a holder who has one; errors as `new_key`."""
    wrapped = c.execute(
        select(holders.c.wrapped_key).where(holders.c.region == region, holders.c.id == holder)
    ).scalar_one_or_none()
    if wrapped is None:
        raise Erased(holder)
    return office.vault.unwrap(wrapped, holder)


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
