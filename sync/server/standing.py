"""Where a laptop stands, in one look: all that a sync tells it, unless something else is new.

In come who asks, what it has and what this process remembers; out come the laptop, the next
page of its list with the visits as they lie sealed, and what it should hold. Rule: one
statement, so that it all belongs to one moment and a sync that changes nothing costs no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
)

from sync.server.audit import Head
from sync.server.digests import Digests
from sync.server.laptops import COLUMNS, Laptop
from sync.server.prepared import Prepared
from sync.server.tables import (
    audit_heads,
    changes,
    counters,
    handed_keys,
    holders,
    laptops,
    visits,
)
from sync.server.tables_chains import chain_ends
from sync.server.tables_choices import ORIGINALS, RESTORED, choices
from sync.server.tables_people import REPORTED, Report, laptop_reports
from sync.server.tables_recovery import recovery_keys
from sync.server.tables_stock import designations, vans
from sync.wire import PAGE, digest

_MOST = 2**31 - 1
_END = 2**62
"""After every change: a bound that leaves nothing out. Of a stretch with two ends PostgreSQL
expects few rows; of one with an open end a third of the list, and plans anew for each sync."""
_SEPARATOR = ","
"""Stands in no id. Written out in the statement: what is filled in last costs at every look."""
_WRITTEN_OUT: Any = literal_column(f"'{_SEPARATOR}'")


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody asks from.

    Attributes:
        cursor: the last change that is stored there.
        incarnation: the laptop's own.
        most: changes that it takes at once.
    """

    region: str
    laptop: str
    cursor: int
    incarnation: int
    most: int = PAGE


@dataclass(frozen=True, slots=True)
class Next:
    """A change; its visit is there where it is this technician's now and can be read."""

    number: int
    visit: str
    version: int
    version_now: int | None
    sealed: bytes | None
    planned_on: date | None
    state: str | None
    holder: str | None
    wrapped_key: bytes | None


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
        digest: over all that it should hold (`wire.digest`).
        recovery: id of the recovery key that holds now; None: there is none.
        originals: what the office chose of them (`choices`); None: nothing.
        restored: names the last time that the office was put back; None: it never was.
        reported: what the laptop said of itself last, in the order of `REPORTED`.
        trail: the end of the laptop's audit trail; None: it has none yet.
        news: the changes after the cursor, at most `PAGE`; none for a withdrawn laptop.
    """

    laptop: Laptop
    last_contact: datetime | None
    last: int
    van: str | None
    known_sequence: int
    has_keys: bool
    designated: bool
    digest: str
    recovery: str | None
    originals: str | None
    restored: str | None
    reported: Report
    trail: Head | None
    news: tuple[Next, ...]


def standing(c: Connection, digests: Digests, place: Place) -> Standing | None:
    """Where the laptop stands; None: there is none with this id."""
    known_at, known = digests.of(place.region, place.laptop)
    values = {
        "of_region": place.region,
        "of_laptop": place.laptop,
        "of_incarnation": place.incarnation if 0 < place.incarnation <= _MOST else 0,
        "after": min(max(place.cursor, 0), _END),
        "until": _END,
        "of_chain": f"laptop:{place.laptop}",
        "known_at": known_at,
        "most": min(max(1, place.most), PAGE),
    }
    rows = _LOOK.rows(c, values)
    if not rows:
        return None
    first = rows[0]
    contact, last, van, sequence, has_keys, designated, held, *trail = first[_KNOWN:_OFFICE]
    recovery, originals, restored, *reported = first[_OFFICE:_NEWS]
    if last != known_at:
        # a list with a gap has no row that it goes with: no digest, which no laptop minds
        known = "" if held is None else digest(_versions(held))
    if held is not None:
        digests.keep(place.region, place.laptop, last, known)
    return Standing(
        laptop=Laptop(*first[:_KNOWN]),
        last_contact=contact,
        last=last,
        van=van,
        known_sequence=sequence or 0,
        has_keys=bool(has_keys),
        designated=bool(designated),
        digest=known,
        recovery=recovery,
        originals=originals,
        restored=restored,
        reported=tuple(reported),
        trail=None if trail[0] is None else Head(*trail),
        news=tuple(Next(*row[_NEWS:]) for row in rows if row[_NEWS] is not None),
    )


def _versions(text: str) -> dict[str, int]:
    pairs = (line.rpartition(":") for line in text.split(_SEPARATOR) if line)
    return {visit: int(version) for visit, _, version in pairs}


_HELD = (
    select(
        func.coalesce(
            func.aggregate_strings(
                visits.c.id + ":" + cast(visits.c.version, String), _WRITTEN_OUT
            ),
            "",
        )
    )
    .where(
        visits.c.region == laptops.c.region,
        visits.c.technician == laptops.c.technician,
        visits.c.published,
        ~visits.c.cancelled,
    )
    .correlate(laptops)
    .scalar_subquery()
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
_TOLD = visits.alias("told")
_IS_FIRST = or_(changes.c.number.is_(None), changes.c.number == bindparam("after") + 1)
"""Of the rows of one look, which have no gap: what is gathered once goes with this one."""

_KNOWN = len(COLUMNS)
_ABOUT = (
    laptops.c.last_contact,
    counters.c.last,
    vans.c.version,
    chain_ends.c.sequence,
    _KEYS,
    _DESIGNATED,
    case((and_(counters.c.last != bindparam("known_at"), _IS_FIRST), _HELD)),
    audit_heads.c.number,
    audit_heads.c.hash,
)
_OF_OFFICE = (
    select(recovery_keys.c.id)
    .where(recovery_keys.c.retired_at.is_(None))
    .order_by(recovery_keys.c.generation.desc())
    .limit(1)
    .scalar_subquery(),
    select(choices.c.value).where(choices.c.name == ORIGINALS).scalar_subquery(),
    select(choices.c.value).where(choices.c.name == RESTORED).scalar_subquery(),
)
_OFFICE = _KNOWN + len(_ABOUT)
_NEWS = _OFFICE + len(_OF_OFFICE) + len(REPORTED)


def _look() -> Select[Any]:
    of = laptops.c
    his_list = and_(counters.c.region == of.region, counters.c.technician == of.technician)
    his_van = and_(vans.c.region == of.region, vans.c.technician == of.technician)
    its_chain = and_(
        chain_ends.c.region == of.region,
        chain_ends.c.laptop == of.id,
        chain_ends.c.incarnation == bindparam("of_incarnation"),
    )
    its_report = and_(laptop_reports.c.region == of.region, laptop_reports.c.laptop == of.id)
    is_new = and_(
        changes.c.region == of.region,
        changes.c.technician == of.technician,
        changes.c.number > bindparam("after"),
        changes.c.number <= bindparam("until"),
        of.withdrawn_at.is_(None),
    )
    is_his = and_(
        _TOLD.c.region == changes.c.region,
        _TOLD.c.id == changes.c.visit,
        _TOLD.c.technician == changes.c.technician,
        _TOLD.c.published,
        ~_TOLD.c.cancelled,
    )
    its_holder = and_(holders.c.region == _TOLD.c.region, holders.c.id == _TOLD.c.holder)
    told = (
        changes.c.number,
        changes.c.visit,
        changes.c.version,
        _TOLD.c.version,
        _TOLD.c.sealed,
        _TOLD.c.planned_on,
        _TOLD.c.state,
        _TOLD.c.holder,
        holders.c.wrapped_key,
    )
    return (
        select(*COLUMNS, *_ABOUT, *_OF_OFFICE, *REPORTED, *told)
        .select_from(laptops)
        .join(counters, his_list)
        .join(vans, his_van, isouter=True)
        .join(chain_ends, its_chain, isouter=True)
        .join(audit_heads, audit_heads.c.chain == bindparam("of_chain"), isouter=True)
        .join(laptop_reports, its_report, isouter=True)
        .join(changes, is_new, isouter=True)
        .join(_TOLD, is_his, isouter=True)
        .join(holders, its_holder, isouter=True)
        .where(of.region == bindparam("of_region"), of.id == bindparam("of_laptop"))
        .order_by(changes.c.number)
        .limit(bindparam("most", type_=Integer))
    )


_LOOK = Prepared(_look())
