"""What was told about a visit: the facts that counted, opened again.

In come a visit and the laptop that told, or none for all of them; out come facts in the order
of the chains. Rule: of several laptops the one that told first comes first, as at a visit that
was handed over; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Connection, bindparam, select

from fieldapp.domain.facts import AnyFact
from fieldapp.domain.operation import decode_payload
from sync.server import holders
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.prepared import Prepared
from sync.server.tables import operations
from sync.server.tables_chains import visit_days
from sync.server.vault import Unreadable, unseal

Told = tuple[str, AnyFact]
"""An operation's id and its fact."""


def told(
    office: Office, c: Connection, laptop: Laptop, visit: str, *which: ColumnElement[bool]
) -> tuple[Told, ...]:
    """What a laptop told about a visit and what counted, in the order of its chains.

    What nobody can read any more is left out, so that an erasure never stops what comes after.
    """
    its = operations.c.laptop == laptop.id
    return readable(office, c, (laptop.region, visit), its, *which)


def readable(
    office: Office, c: Connection, of: tuple[str, str], *which: ColumnElement[bool]
) -> tuple[Told, ...]:
    """As `told_of` (a region and its visit), without what nobody can read any more."""
    found = _opened(office, c, of, *which)
    return tuple((name, fact) for name, fact in found if fact is not None)


def told_of(
    office: Office, c: Connection, region: str, visit: str, *which: ColumnElement[bool]
) -> tuple[Told, ...]:
    """What all laptops, or `which`, told about a visit and what counted.

    Raises:
        holders.Erased: nobody can read it any more.
    """
    made: list[Told] = []
    for name, fact in _opened(office, c, (region, visit), *which):
        if fact is None:
            raise holders.Erased(name)
        made.append((name, fact))
    return tuple(made)


def _opened(
    office: Office, c: Connection, of: tuple[str, str], *which: ColumnElement[bool]
) -> Iterator[tuple[str, AnyFact | None]]:
    """The facts, those of the laptop that told first before the others'; None: unreadable."""
    region, visit = of
    days = days_of(c, region, (visit,)).get(visit)
    if not days:
        return
    rows = c.execute(
        select(
            operations.c.id,
            operations.c.laptop,
            operations.c.received_at,
            operations.c.holder,
            operations.c.header_sha256,
            operations.c.sealed,
        )
        .where(operations.c.region == region, operations.c.visit == visit, operations.c.counts)
        .where(operations.c.made_on.in_(days), *which)
        .order_by(operations.c.incarnation, operations.c.sequence)
    ).all()
    first = {row.laptop: row.received_at for row in reversed(rows)}
    keys = holders.keys(office, c, region, {row.holder for row in rows})
    for row in sorted(rows, key=lambda r: (first[r.laptop], r.laptop)):
        yield row.id, _fact(keys.get(row.holder), row.sealed, f"operation:{row.header_sha256}")


def _fact(key: bytes | None, sealed: bytes, about: str) -> AnyFact | None:
    if key is None:
        return None
    try:
        return decode_payload(unseal(key, sealed, about)).fact
    except Unreadable:
        return None


def days_of(c: Connection, region: str, ids: Collection[str]) -> dict[str, list[date]]:
    """On which days something was told about these visits, for a query of `operations`."""
    found: dict[str, list[date]] = {}
    for visit, day in _DAYS.rows(c, {"of_region": region, "visits": sorted(ids)}):
        found.setdefault(visit, []).append(day)
    return found


_DAYS = Prepared(
    select(visit_days.c.visit, visit_days.c.made_on)
    .where(
        visit_days.c.region == bindparam("of_region"),
        visit_days.c.visit.in_(bindparam("visits", expanding=True)),
    )
    .order_by(visit_days.c.made_on)
)
