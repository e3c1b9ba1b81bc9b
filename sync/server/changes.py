"""What a technician's laptop still has to hear: gap-free numbered changes, page by page.

A change row says which visit; what goes out is the visit as it is now, or `withdrawn` when it
is not this technician's any more. Rule: the counter row is locked in the transaction that
writes the change, in ascending technician id, so numbers have no gap and no twin, and a row
never becomes visible after a later one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import msgspec
from sqlalchemy import Connection, Select, bindparam, insert, select, update

from fieldapp.domain.meter_keys import SealedKeys, meters_of
from fieldapp.domain.work_order import Visit
from sync.server import holders, meter_keys
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables import changes, counters, visits
from sync.server.tables import holders as holder_keys
from sync.server.vault import unseal
from sync.wire import PAGE, Change, ChangeKind, digest, encode


@dataclass(frozen=True, slots=True)
class News:
    """A change on its way into a technician's list."""

    technician: str
    kind: ChangeKind
    visit: str
    version: int


@dataclass(frozen=True, slots=True)
class SealedVisit:
    """A visit as it lies in the database."""

    region: str
    id: str
    holder: str
    version: int
    sealed: bytes


SEALED = (visits.c.region, visits.c.id, visits.c.holder, visits.c.version, visits.c.sealed)
"""The columns of a `SealedVisit`, in its order."""


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a technician's list, and what a laptop that has all of it holds.

    Attributes:
        changes: as they travel, each encoded (`wire.Change`).
        first: number of the first of them; 0 where there are none.
        given: how many of them bring a visit.
        meters: whose keys go along.
    """

    changes: tuple[bytes, ...]
    cursor: int
    has_more: bool
    digest: str
    first: int = 0
    given: int = 0
    meters: frozenset[str] = frozenset()


def announce(office: Office, c: Connection, region: str, news: Iterable[News]) -> None:
    """Give every change its technician's next number."""
    ordered = sorted(news, key=lambda n: n.technician)
    last = _lock_counters(c, region, sorted({n.technician for n in ordered}))
    now = office.clock.now()
    made = []
    for item in ordered:
        last[item.technician] += 1
        made.append(
            {
                "region": region,
                "technician": item.technician,
                "number": last[item.technician],
                "kind": item.kind.value,
                "visit": item.visit,
                "version": item.version,
                "made_at": now,
            }
        )
    if made:
        c.execute(insert(changes), made)
        counted = [{"of_technician": t, "to_last": number} for t, number in last.items()]
        this = counters.c.technician == bindparam("of_technician")
        c.execute(
            update(counters)
            .where(counters.c.region == region, this)
            .values(last=bindparam("to_last")),
            counted,
        )


def _lock_counters(c: Connection, region: str, technicians: list[str]) -> dict[str, int]:
    """The counters, held in ascending order; `add_counter` made them with the technician."""
    query = (
        select(counters.c.technician, counters.c.last)
        .where(counters.c.region == region, counters.c.technician.in_(technicians))
        .order_by(counters.c.technician)
        .with_for_update()
    )
    return {row.technician: row.last for row in c.execute(query)}


def add_counter(c: Connection, region: str, technician: str) -> None:
    """A new technician's list, empty."""
    c.execute(insert(counters).values(region=region, technician=technician, last=0))


def page(office: Office, c: Connection, laptop: Laptop, cursor: int, last: int) -> Page:
    """The changes after `cursor`, at most `PAGE`, for a laptop that is not withdrawn.

    A visit goes out as it was sealed, octet for octet: opened, and not read.

    Args:
        office: the open office.
        c: a transaction that sees one moment.
        laptop: whose.
        cursor: what it has.
        last: number of the newest change in its technician's list.
    """
    start = max(0, min(cursor, last))
    found = _after(office, c, laptop, start) if start < last else []
    keys = meter_keys.sealed(office, c, laptop, _to_work(office, laptop, found))
    told = tuple(_encoded(row, keys.get(row.visit, ())) for row in found)
    reached = found[-1].number if found else start
    return Page(
        changes=told,
        cursor=reached,
        has_more=reached < last,
        digest=_digest(office, c, laptop, last),
        first=found[0].number if found else 0,
        given=sum(row.body is not None for row in found),
        meters=frozenset(key.meter for held in keys.values() for key in held),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A change with its visit's body where that is this technician's now and readable."""

    number: int
    visit: str
    version: int
    body: bytes | None
    planned_on: date | None
    state: str | None


_NEXT = (
    select(
        changes.c.number,
        changes.c.visit,
        changes.c.version,
        visits.c.version,
        visits.c.sealed,
        visits.c.planned_on,
        visits.c.state,
        visits.c.holder,
        holder_keys.c.wrapped_key,
    )
    .select_from(changes)
    .join(
        visits,
        (visits.c.region == changes.c.region)
        & (visits.c.id == changes.c.visit)
        & (visits.c.technician == changes.c.technician)
        & visits.c.published
        & ~visits.c.cancelled,
        isouter=True,
    )
    .join(
        holder_keys,
        (holder_keys.c.region == visits.c.region) & (holder_keys.c.id == visits.c.holder),
        isouter=True,
    )
    .where(
        changes.c.region == bindparam("of_region"),
        changes.c.technician == bindparam("of_technician"),
        changes.c.number > bindparam("after"),
    )
    .order_by(changes.c.number)
    .limit(PAGE)
)


def _after(office: Office, c: Connection, laptop: Laptop, start: int) -> list[_Row]:
    values = {
        "of_region": laptop.region,
        "of_technician": laptop.technician,
        "after": start,
    }
    found = []
    for number, visit, version, now, sealed, on, state, holder, wrapped in c.execute(
        _NEXT, values
    ):
        if wrapped is None:
            found.append(_Row(number, visit, version, None, None, None))
        else:
            key = office.vault.unwrap(wrapped, holder)
            body = unseal(key, sealed, f"visit:{visit}")
            found.append(_Row(number, visit, now, body, on, state))
    return found


def _to_work(
    office: Office, laptop: Laptop, found: Iterable[_Row]
) -> dict[str, tuple[str, ...]]:
    """The meters of those visits for which a laptop may have keys."""
    if laptop.agreement_key is None:
        return {}
    return {
        row.visit: meters_of(msgspec.json.decode(row.body, type=Visit))
        for row in found
        if row.body is not None
        and row.planned_on is not None
        and meter_keys.is_to_work(office, row.planned_on, row.state)
    }


class _Told(Change, frozen=True, kw_only=True):
    """A change with its visit as it was encoded before."""

    visit: msgspec.Raw | None = None  # type: ignore[assignment]  # the same octets


def _encoded(row: _Row, keys: tuple[SealedKeys, ...]) -> bytes:
    return encode(
        _Told(
            number=row.number,
            kind=ChangeKind.WITHDRAWN if row.body is None else ChangeKind.VISIT,
            visit_id=row.visit,
            version=row.version,
            visit=None if row.body is None else msgspec.Raw(row.body),
            keys=keys,
        )
    )


def farewell(c: Connection, laptop: Laptop, cursor: int) -> Page:
    """For a withdrawn laptop: every visit it was ever given is withdrawn, nothing goes out."""
    start = max(0, min(cursor, laptop.handed_out))
    rows = c.execute(
        select(changes.c.number, changes.c.visit, changes.c.version)
        .where(
            changes.c.region == laptop.region,
            changes.c.technician == laptop.technician,
            changes.c.number > start,
            changes.c.number <= laptop.handed_out,
        )
        .order_by(changes.c.number)
        .limit(PAGE)
    ).all()
    gone = [_Row(*row, None, None, None) for row in rows]
    reached = gone[-1].number if gone else start
    told = tuple(_encoded(row, ()) for row in gone)
    return Page(told, reached, reached < laptop.handed_out, digest({}))


def _held(laptop: Laptop) -> Select[str, str, str, int, bytes]:
    return select(*SEALED).where(
        visits.c.region == laptop.region,
        visits.c.technician == laptop.technician,
        visits.c.published,
        ~visits.c.cancelled,
    )


def announce_keys(office: Office, c: Connection, laptop: Laptop) -> None:
    """Send the visits whose meters the office has keys of again: now they can be sealed."""
    told = []
    for row in c.execute(_held(laptop).where(*meter_keys.to_work(office))).all():
        sealed = SealedVisit(*row)
        try:
            numbers = meters_of(open_bundle(office, c, sealed))
        except holders.Erased:
            continue
        if meter_keys.has_any(office, c, numbers):
            news = News(laptop.technician, ChangeKind.VISIT, sealed.id, sealed.version)
            told.append(news)
    announce(office, c, laptop.region, told)


def _digest(office: Office, c: Connection, laptop: Laptop, last: int) -> str:
    known = office.digests.get(laptop.region, laptop.technician, last)
    if known is None:
        held = _held(laptop).with_only_columns(visits.c.id, visits.c.version)
        known = digest({row.id: row.version for row in c.execute(held)})
        office.digests.keep(laptop.region, laptop.technician, last, known)
    return known


def open_bundle(office: Office, c: Connection, sealed: SealedVisit) -> Visit:
    """The visit inside a row; raises `holders.Erased`."""
    return opened(holders.key(office, c, sealed.region, sealed.holder), sealed)


def opened(key: bytes, sealed: SealedVisit) -> Visit:
    """As `open_bundle`, with the holder's key at hand."""
    plain = unseal(key, sealed.sealed, f"visit:{sealed.id}")
    return msgspec.json.decode(plain, type=Visit)
