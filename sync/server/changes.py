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

from fieldapp.domain.meter_keys import Metered, SealedKeys, meters_of
from fieldapp.domain.work_order import Visit
from sync.server import holders, meter_keys, visit_body
from sync.server.bell import ring
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.standing import Next, Standing
from sync.server.tables import changes, counters, visits
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
    ring(c, region, last)


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


def page(office: Office, now: Standing, cursor: int) -> Page:
    """The changes after `cursor`, at most `PAGE`, for a laptop that is not withdrawn.

    A visit goes out as it was sealed, octet for octet: opened, and not read.
    """
    laptop = now.laptop
    found = [_opened(office, row) for row in now.news]
    keys = meter_keys.sealed(office, laptop, _to_work(office, laptop, found))
    reached = found[-1].number if found else max(0, min(cursor, now.last))
    return Page(
        changes=tuple(_encoded(row, keys.get(row.visit, ())) for row in found),
        cursor=reached,
        has_more=reached < now.last,
        digest=now.digest,
        first=found[0].number if found else 0,
        given=sum(row.body is not None for row in found),
        meters=frozenset(key.meter for held in keys.values() for key in held),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A change, with the encoded visit where it is this technician's and readable."""

    number: int
    visit: str
    version: int
    body: bytes | None = None
    planned_on: date | None = None
    state: str | None = None


def _opened(office: Office, row: Next) -> _Row:
    if row.sealed is None or row.wrapped_key is None or row.holder is None:
        return _Row(row.number, row.visit, row.version)
    key = office.vault.unwrap(row.wrapped_key, row.holder)
    body = visit_body.encoded(key, row.visit, row.sealed)
    version = row.version if row.version_now is None else row.version_now
    return _Row(row.number, row.visit, version, body, row.planned_on, row.state)


_METERED = msgspec.json.Decoder(Metered)


def _to_work(
    office: Office, laptop: Laptop, found: Iterable[_Row]
) -> dict[str, tuple[str, ...]]:
    """The meters of those visits for which a laptop may have keys."""
    if laptop.agreement_key is None:
        return {}
    return {
        row.visit: meters_of(_METERED.decode(row.body))
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
    gone = [_Row(*row) for row in rows]
    reached = gone[-1].number if gone else start
    told = tuple(_encoded(row, ()) for row in gone)
    return Page(told, reached, reached < laptop.handed_out, digest({}))


def last_number(c: Connection, laptop: Laptop) -> int:
    """The number of the newest change in the list of this laptop's technician."""
    query: Select[int] = select(counters.c.last).where(
        counters.c.region == laptop.region, counters.c.technician == laptop.technician
    )
    return c.execute(query).scalar_one()


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


def open_bundle(office: Office, c: Connection, sealed: SealedVisit) -> Visit:
    """The visit inside a row; raises `holders.Erased`."""
    return opened(holders.key(office, c, sealed.region, sealed.holder), sealed)


def opened(key: bytes, sealed: SealedVisit) -> Visit:
    """As `open_bundle`, with the holder's key at hand."""
    return visit_body.opened(key, sealed.id, sealed.sealed)
