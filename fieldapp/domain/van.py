"""Whether a meter may hang where it was hung, and what a fact moves in and out of the van.

In come a visit, its progress, a placed meter and what is known of its number; out comes the
doubt, if there is one, as the error that the technician reads. The laptop asks before it keeps
the fact, the office after it came. Rule: a doubt stops until it is answered with a reason, and
then the office sees it; what nobody knows is not judged (trade.md, "A stock meter must fit").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress, hangs_elsewhere, placed_before
from fieldapp.domain.steps import placed_kind
from fieldapp.domain.stock import Part, StockMeter, Van
from fieldapp.domain.work_order import Commodity, Connection, Meter, Visit, WorkKind
from fieldapp.errors import (
    MeterDoesNotFit,
    MeterNotInStock,
    MeterTellsOther,
    MeterUsedTwice,
    StockDoubt,
)

_PORTS = frozenset({f.Channel.P0, f.Channel.P1})
_FUSES = re.compile(r"([13])\s*[x\u00d7]\s*(\d{1,4})\s*A?", re.IGNORECASE)
_G_VALUE = re.compile(r"G\s*(\d{1,4}(?:[.,]\d)?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a number.

    Attributes:
        kept: the office keeps stock for this van; else a number that is not there says nothing.
        stock: the van's meter of that number, None where it has none.
        elsewhere: it was placed at another visit.
    """

    kept: bool
    stock: StockMeter | None = None
    elsewhere: bool = False


class Way(StrEnum):
    """Where a meter goes."""

    PLACED = "placed"
    REMOVED = "removed"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Move:
    """A meter that a fact moves; `stock` is what it was in the van, None where nobody knows."""

    number: str
    way: Way
    stock: StockMeter | None = None


def doubt(
    visit: Visit, progress: Progress, placed: f.MeterPlaced, known: Known
) -> StockDoubt | None:
    """What speaks against this meter at this connection; None where nothing does."""
    number = placed.number
    connection = next((c for c in visit.connections if c.ean == placed.ean), None)
    if known.elsewhere or hangs_elsewhere(progress, placed):
        return MeterUsedTwice(number)
    if connection is None:
        return None
    told = _told(progress, placed.ean)
    if told and told != number:
        return MeterTellsOther(number, told)
    stock = known.stock or reserved(visit, number)
    if stock is None:
        return MeterNotInStock(number) if known.kept else None
    return _misfit(stock, connection, visit, progress)


def reserved(visit: Visit, number: str) -> StockMeter | None:
    """The meter that the office reserved for this visit; its size is not known."""
    meter = next((m for m in visit.new_meters if m.number == number), None)
    return None if meter is None else StockMeter(meter=meter, commodity=carrier_of(meter))


def carrier_of(meter: Meter) -> Commodity:
    """Which carrier a meter measures, by the unit of its registers, else by its number."""
    if meter.registers:
        gas = meter.registers[0].unit == "m3"
    else:
        gas = meter.number.startswith(Commodity.GAS)
    return Commodity.GAS if gas else Commodity.ELECTRICITY


def moves(visit: Visit, progress: Progress, fact: f.AnyFact) -> tuple[Move, ...]:
    """Which meters a fact moves; `progress` is as it was before."""
    match fact:
        case f.MeterRemoved():
            return (Move(fact.number, Way.REMOVED),)
        case f.MeterPlaced():
            now = Move(fact.number, Way.PLACED, fact.taken or reserved(visit, fact.number))
            before = placed_before(progress, fact.ean)
            if before is None or before.number == fact.number:
                return (now,)
            stock = before.taken or reserved(visit, before.number)
            return (Move(before.number, Way.RETURNED, stock), now)
        case _:
            return ()


def part_used(fact: f.AnyFact) -> Part | None:
    """The part that a fact takes out of the van."""
    used = isinstance(fact, f.SealRecorded) and fact.action == "placed"
    return Part.SEAL if used else None


def after(van: Van, visit: Visit, progress: Progress, fact: f.AnyFact) -> Van:
    """The van after a fact that the office does not know yet."""
    for move in moves(visit, progress, fact):
        van = _moved(van, move)
    used = part_used(fact)
    if used is None or used not in van.parts:
        return van
    left = {**van.parts, used: max(0, van.parts[used] - 1)}
    return msgspec.structs.replace(van, parts=left)


def _moved(van: Van, move: Move) -> Van:
    meters = tuple(m for m in van.meters if m.meter.number != move.number)
    old = tuple(number for number in van.removed if number != move.number)
    if move.way is Way.REMOVED:
        old = (*old, move.number)
    elif move.way is Way.RETURNED and move.stock is not None:
        meters = tuple(sorted((*meters, move.stock), key=lambda m: m.meter.number))
    return msgspec.structs.replace(van, meters=meters, removed=old)


def _told(progress: Progress, ean: str) -> str:
    """The number that the meter placed here told over a port, or empty."""
    before = placed_before(progress, ean)
    contacts = [
        c.found
        for c in progress.of(f.MeterContacted)
        if before is not None and c.expected == before.number and c.channel in _PORTS
    ]
    return contacts[-1] if contacts else ""


def _misfit(
    stock: StockMeter, connection: Connection, visit: Visit, progress: Progress
) -> MeterDoesNotFit | None:
    """The first of carrier, kind, phases, current and G-value that differs."""
    for measure, has, wants in _measures(stock, connection, visit, progress):
        if has and wants and has != wants:
            return MeterDoesNotFit(stock.meter.number, measure, has, wants)
    return None


def _measures(
    stock: StockMeter, connection: Connection, visit: Visit, progress: Progress
) -> tuple[tuple[str, str, str], ...]:
    """What is compared: its name, what the meter has, what is wanted; empty: not known."""
    carrier = ("carrier", stock.commodity.value, connection.commodity.value)
    if connection.commodity is Commodity.GAS:
        sizes = (g_value_of(stock.g_value), g_value_of(connection.capacity))
        return carrier, ("g_value", *sizes)
    is_placement = visit.kind is WorkKind.PLACEMENT
    kind = placed_kind(visit, progress).value if is_placement else ""
    fuse = fuse_of(connection.capacity) or 0
    enough = stock.current_a is None or stock.current_a >= fuse
    return (
        carrier,
        ("meter_kind", stock.meter.kind.value, kind),
        ("phases", str(stock.phases or ""), str(connection.phases)),
        ("current", "" if enough else f"{stock.current_a} A", f"{fuse} A"),
    )


def fuse_of(capacity: str) -> int | None:
    """The amperes of a connection's capacity, `3x25A`; None where it says none."""
    found = _FUSES.fullmatch(capacity.strip())
    return None if found is None else int(found[2])


def g_value_of(capacity: str) -> str:
    """The G-value in a capacity, `G4`; empty where it says none."""
    found = _G_VALUE.fullmatch(capacity.strip())
    return "" if found is None else f"G{found[1].replace(',', '.')}"
