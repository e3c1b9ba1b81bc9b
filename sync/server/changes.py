"""What a technician's laptop still has to hear: gap-free numbered changes, page by page.

A change row says which visit; what goes out is the visit as it is now, or `withdrawn` when it
is not this technician's any more. Rule: the counter row is locked in the transaction that
writes the change, in ascending technician id, so numbers have no gap and no twin, and a row
never becomes visible after a later one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Select, insert, select, update

from fieldapp.domain.meter_keys import SealedKeys, meters_of
from fieldapp.domain.work_order import Visit
from sync.server import holders, meter_keys
from sync.server.bell import ring
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables import changes, counters, visits
from sync.server.vault import unseal
from sync.wire import PAGE, Change, ChangeKind, digest


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
    """A piece of a technician's list, and what a laptop that has all of it holds."""

    changes: tuple[Change, ...]
    cursor: int
    has_more: bool
    digest: str


def announce(office: Office, c: Connection, region: str, news: Iterable[News]) -> None:
    """Give every change its technician's next number."""
    ordered = sorted(news, key=lambda n: n.technician)
    last = _lock_counters(c, region, sorted({n.technician for n in ordered}))
    now = office.clock.now()
    for item in ordered:
        last[item.technician] += 1
        c.execute(
            insert(changes).values(
                region=region,
                technician=item.technician,
                number=last[item.technician],
                kind=item.kind.value,
                visit=item.visit,
                version=item.version,
                made_at=now,
            )
        )
    for technician, number in last.items():
        c.execute(
            update(counters)
            .where(counters.c.region == region, counters.c.technician == technician)
            .values(last=number)
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


def page(office: Office, c: Connection, laptop: Laptop, cursor: int, most: int = PAGE) -> Page:
    """The changes after `cursor`, at most `most`, for a laptop that is not withdrawn."""
    last = last_number(c, laptop)
    start = max(0, min(cursor, last))
    rows = c.execute(
        select(changes)
        .where(
            changes.c.region == laptop.region,
            changes.c.technician == laptop.technician,
            changes.c.number > start,
        )
        .order_by(changes.c.number)
        .limit(most)
    ).all()
    bundles = _bundles(office, c, laptop, {row.visit for row in rows})
    keys = meter_keys.sealed(office, c, laptop, bundles)
    told = tuple(_change(row.number, row.visit, row.version, bundles, keys) for row in rows)
    reached = told[-1].number if told else start
    return Page(told, reached, reached < last, _digest(c, laptop))


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
    told = tuple(_change(row.number, row.visit, row.version, {}, {}) for row in rows)
    reached = told[-1].number if told else start
    return Page(told, reached, reached < laptop.handed_out, digest({}))


def last_number(c: Connection, laptop: Laptop) -> int:
    """The number of the newest change in the list of this laptop's technician."""
    query: Select[int] = select(counters.c.last).where(
        counters.c.region == laptop.region, counters.c.technician == laptop.technician
    )
    return c.execute(query).scalar_one()


def _change(
    number: int,
    visit: str,
    version: int,
    bundles: Mapping[str, Visit],
    keys: Mapping[str, tuple[SealedKeys, ...]],
) -> Change:
    bundle = bundles.get(visit)
    return Change(
        number=number,
        kind=ChangeKind.WITHDRAWN if bundle is None else ChangeKind.VISIT,
        visit_id=visit,
        version=version if bundle is None else bundle.version,
        visit=bundle,
        keys=keys.get(visit, ()),
    )


def _bundles(office: Office, c: Connection, laptop: Laptop, ids: set[str]) -> dict[str, Visit]:
    """Those of the visits that are this technician's now and can still be read."""
    rows = c.execute(_held(laptop).where(visits.c.id.in_(sorted(ids))))
    found = {}
    for row in rows:
        try:
            found[row.id] = open_bundle(office, c, SealedVisit(*row))
        except holders.Erased:
            continue
    return found


def _held(laptop: Laptop) -> Select[str, str, str, int, bytes]:
    return select(*SEALED).where(
        visits.c.region == laptop.region,
        visits.c.technician == laptop.technician,
        visits.c.published,
        visits.c.cancelled.is_(False),
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


def _digest(c: Connection, laptop: Laptop) -> str:
    held = _held(laptop).with_only_columns(visits.c.id, visits.c.version)
    return digest({row.id: row.version for row in c.execute(held)})


def open_bundle(office: Office, c: Connection, sealed: SealedVisit) -> Visit:
    """The visit inside a row; raises `holders.Erased`."""
    secret = holders.key(office, c, sealed.region, sealed.holder)
    plain = unseal(secret, sealed.sealed, f"visit:{sealed.id}")
    return msgspec.json.decode(plain, type=Visit)
