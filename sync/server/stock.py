"""The vans in the office: what is in each, who takes what out, and what goes to a laptop.

In come facts that counted and rows that were imported; out come what is known of a number, and
a technician's van under a version that is another one after every change. Rule: the van's row
is held before anything in it changes; where no stock was ever imported for a technician nothing
is kept and nothing is judged.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Select, delete, insert, select, update

from fieldapp.domain import facts as f
from fieldapp.domain import van as rules
from fieldapp.domain.progress import Progress
from fieldapp.domain.stock import MOST, Part, StockMeter, Van
from fieldapp.domain.van import Known, Move, Way
from fieldapp.domain.work_order import Meter, MeterKind, Visit
from sync.server.bell import ring
from sync.server.laptops import Laptop
from sync.server.office import Office
from sync.server.tables_stock import stock_meters, stock_moves, stock_parts, vans
from sync.server.vault import seal, unseal

IN_VAN, PLACED, REMOVED, DEPOT = "in_van", "placed", "removed", "depot"
_STATE_AFTER = {Way.PLACED: PLACED, Way.REMOVED: REMOVED, Way.RETURNED: IN_VAN}


@dataclass(frozen=True, slots=True)
class Row:
    """A meter's row; `stock` is what was sealed in it."""

    technician: str | None
    state: str
    visit: str | None
    source_hash: str
    stock: StockMeter


@dataclass(frozen=True, slots=True)
class Put:
    """Where a meter goes: into a van, to a visit or to the depot."""

    technician: str | None
    state: str
    visit: str | None = None
    source_hash: str = ""


def hold(c: Connection, region: str, technicians: Collection[str]) -> frozenset[str]:
    """Hold these vans until the transaction ends; answers for which of them stock is kept."""
    query = select(vans.c.technician).where(
        vans.c.region == region, vans.c.technician.in_(sorted(technicians))
    )
    held = c.execute(query.order_by(vans.c.technician).with_for_update())
    return frozenset(held.scalars())


def renew(office: Office, c: Connection, region: str, technicians: Collection[str]) -> None:
    """Say that what is in these vans has changed."""
    for technician in sorted(technicians):
        this = (vans.c.region == region, vans.c.technician == technician)
        c.execute(update(vans).where(*this).values(version=office.clock.new_id()))
    ring(c, region, technicians)


def renew_with(office: Office, c: Connection, numbers: Collection[str]) -> None:
    """Say so of the vans that carry one of these meters, or from which one was placed."""
    names = sorted(_name(office, number) for number in numbers)
    query = select(stock_meters.c.region, stock_meters.c.technician).distinct()
    there = stock_meters.c.state.in_((IN_VAN, PLACED))
    owners: dict[str, set[str]] = {}
    for region, technician in c.execute(query.where(there, stock_meters.c.meter.in_(names))):
        if technician is not None:
            owners.setdefault(region, set()).add(technician)
    for region in sorted(owners):
        hold(c, region, owners[region])
        renew(office, c, region, owners[region])


def row_of(office: Office, c: Connection, region: str, number: str) -> Row | None:
    """What the office knows of a meter as stock."""
    name = _name(office, number)
    query = select(stock_meters).where(
        stock_meters.c.region == region, stock_meters.c.meter == name
    )
    row = c.execute(query).one_or_none()
    if row is None:
        return None
    stock = _open(office, name, row.sealed)
    return Row(row.technician, row.state, row.visit, row.source_hash, stock)


def put(office: Office, c: Connection, region: str, stock: StockMeter, place: Put) -> None:
    """Write down where a meter is now, in place of where it was."""
    name = _name(office, stock.meter.number)
    this = (stock_meters.c.region == region, stock_meters.c.meter == name)
    c.execute(delete(stock_meters).where(*this))
    c.execute(
        insert(stock_meters).values(
            region=region,
            meter=name,
            technician=place.technician,
            state=place.state,
            visit=place.visit,
            source_hash=place.source_hash,
            sealed=seal(_key(office), msgspec.json.encode(stock), _about(name)),
            changed_at=office.clock.now(),
        )
    )


def known_of(office: Office, c: Connection, laptop: Laptop, visit: str, number: str) -> Known:
    """What the office knows of a number that this laptop's technician placed at a visit."""
    this = (vans.c.region == laptop.region, vans.c.technician == laptop.technician)
    kept = c.execute(select(vans.c.version).where(*this)).first() is not None
    row = row_of(office, c, laptop.region, number)
    if row is None:
        return Known(kept)
    if row.state == PLACED:
        here = row.visit == visit
        return Known(kept, row.stock if here and row.source_hash else None, not here)
    mine = row.state == IN_VAN and row.technician == laptop.technician
    return Known(kept, row.stock if mine else None)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact that counted: by whom, in which operation, at which visit as it was before."""

    laptop: Laptop
    operation: str
    visit: Visit
    before: Progress


def note(office: Office, c: Connection, told: Told, fact: f.AnyFact) -> None:
    """Let a fact move what it moves."""
    moves = rules.moves(told.visit, told.before, fact)
    part = rules.part_used(fact)
    if not moves and part is None:
        return
    region, technician = told.laptop.region, told.laptop.technician
    rows = {move.number: row_of(office, c, region, move.number) for move in moves}
    owners = {row.technician for row in rows.values() if row and row.technician}
    if technician not in hold(c, region, {technician, *owners}):
        return
    for move in moves:
        _move(office, c, told, move, rows[move.number])
    if part is not None:
        _use(office, c, told, part)
    renew(office, c, region, {technician, *owners})


def _move(office: Office, c: Connection, told: Told, move: Move, row: Row | None) -> None:
    laptop = told.laptop
    stock = row.stock if row is not None else move.stock
    place = Put(
        laptop.technician,
        _STATE_AFTER[move.way],
        told.visit.id,
        row.source_hash if row is not None else "",
    )
    put(office, c, laptop.region, stock or _bare(told.visit, move.number), place)
    _write_down(office, c, told, (_name(office, move.number), move.way))


def _use(office: Office, c: Connection, told: Told, part: Part) -> None:
    this = (
        stock_parts.c.region == told.laptop.region,
        stock_parts.c.technician == told.laptop.technician,
        stock_parts.c.part == part.value,
    )
    left = stock_parts.c.count - 1
    c.execute(update(stock_parts).where(*this, stock_parts.c.count > 0).values(count=left))
    _write_down(office, c, told, (part.value, Way.PLACED))


def _write_down(office: Office, c: Connection, told: Told, what: tuple[str, Way]) -> None:
    c.execute(
        insert(stock_moves).values(
            region=told.laptop.region,
            id=told.operation,
            what=what[0],
            technician=told.laptop.technician,
            visit=told.visit.id,
            way=what[1].value,
            moved_at=office.clock.now(),
        )
    )


def van_of(office: Office, c: Connection, laptop: Laptop) -> Van | None:
    """The technician's van, at most `MOST` meters of each kind; None where none is kept."""
    version = version_of(c, laptop)
    if not version:
        return None
    return Van(
        version=version,
        meters=tuple(_there(office, c, laptop, IN_VAN)),
        removed=tuple(m.meter.number for m in _there(office, c, laptop, REMOVED)),
        parts=parts_of(c, laptop.region, laptop.technician),
    )


def version_of(c: Connection, laptop: Laptop) -> str:
    """The version of the technician's van; empty where none is kept."""
    mine = (vans.c.region == laptop.region, vans.c.technician == laptop.technician)
    return c.execute(select(vans.c.version).where(*mine)).scalar_one_or_none() or ""


def parts_of(c: Connection, region: str, technician: str) -> dict[Part, int]:
    """How many parts of each kind are in a van."""
    query = select(stock_parts.c.part, stock_parts.c.count).where(
        stock_parts.c.region == region, stock_parts.c.technician == technician
    )
    rows = c.execute(query.order_by(stock_parts.c.part))
    return {Part(part): count for part, count in rows}


def placed_by(office: Office, c: Connection, laptop: Laptop) -> dict[str, str]:
    """Number to visit of the meters that this technician placed last, at most `MOST`."""
    rows = c.execute(_newest(laptop, PLACED)).all()
    return {_open(office, r.meter, r.sealed).meter.number: str(r.visit) for r in rows}


def _there(office: Office, c: Connection, laptop: Laptop, state: str) -> list[StockMeter]:
    rows = c.execute(_newest(laptop, state)).all()
    found = [_open(office, row.meter, row.sealed) for row in rows]
    return sorted(found, key=lambda one: one.meter.number)


def _newest(laptop: Laptop, state: str) -> Select[str, bytes, str | None]:
    query = select(stock_meters.c.meter, stock_meters.c.sealed, stock_meters.c.visit).where(
        stock_meters.c.region == laptop.region,
        stock_meters.c.technician == laptop.technician,
        stock_meters.c.state == state,
    )
    return query.order_by(stock_meters.c.changed_at.desc(), stock_meters.c.meter).limit(MOST)


def _bare(visit: Visit, number: str) -> StockMeter:
    """A meter that was never stock: what the visit says of it, without its readings."""
    there = (s for s in visit.connections if s.meter and s.meter.number == number)
    supply = next(there, None)
    if supply is None or supply.meter is None:
        meter = Meter(number=number, kind=MeterKind.SMART)
        return StockMeter(meter=meter, commodity=rules.carrier_of(meter))
    return StockMeter(
        meter=Meter(number=number, kind=supply.meter.kind), commodity=supply.commodity
    )


def _key(office: Office) -> bytes:
    return office.vault.derive("stock")


def _name(office: Office, number: str) -> str:
    return office.vault.pseudonym(f"meter\x1f{number}")


def _about(name: str) -> str:
    return f"stock:{name}"


def _open(office: Office, name: str, body: bytes) -> StockMeter:
    return msgspec.json.decode(unseal(_key(office), body, _about(name)), type=StockMeter)
