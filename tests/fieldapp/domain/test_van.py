"""Which meter may hang where, and what the facts move in and out of the van."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.meter_keys import meters_of
from fieldapp.domain.progress import Progress, fold, meter_now
from fieldapp.domain.stock import Part, StockMeter, Van
from fieldapp.domain.van import (
    Known,
    Move,
    Way,
    after,
    carrier_of,
    doubt,
    fuse_of,
    g_value_of,
    moves,
)
from fieldapp.domain.work_order import Commodity, EarlierFact, Meter, MeterKind, Visit, WorkKind
from fieldapp.errors import (
    MeterDoesNotFit,
    MeterNotInStock,
    MeterTellsOther,
    MeterUsedTwice,
    StockDoubt,
)
from tests.fieldapp.domain.working import EANS, NEW, NOW, REGISTERS, make_visit, started

SPARE, OTHER = "E0044007382999999", "E0044007382888888"
SMART, DIGITAL = MeterKind.SMART, MeterKind.DIGITAL


def placed(number: str = SPARE, carrier: str = "E", **more: Any) -> f.MeterPlaced:
    return f.MeterPlaced(
        at=NOW, step="mount", ean=EANS[carrier], number=number, meter_kind=SMART, **more
    )


def meter(
    number: str = SPARE, carrier: str = "E", kind: MeterKind = SMART, **sizes: Any
) -> StockMeter:
    one = Meter(number=number, kind=kind, registers=REGISTERS[carrier])
    return StockMeter(meter=one, commodity=Commodity(carrier), **sizes)


def after_facts(visit: Visit, *facts: f.AnyFact) -> Progress:
    progress = started(visit)
    for fact in facts:
        progress = fold(progress, fact)
    return progress


def judged(known: Known, fact: f.MeterPlaced, *before: f.AnyFact) -> StockDoubt | None:
    visit = make_visit(WorkKind.PLACEMENT, "E+G")
    return doubt(visit, after_facts(visit, *before), fact, known)


def test_a_meter_of_the_van_that_fits_raises_no_doubt() -> None:
    fits = meter(phases=3, current_a=60)
    assert judged(Known(kept=True, stock=fits), placed()) is None
    gas = meter(NEW["G"], "G", g_value="G4")
    assert judged(Known(kept=True, stock=gas), placed(NEW["G"], "G")) is None


def test_what_nobody_knows_is_not_judged() -> None:
    assert judged(Known(kept=False), placed()) is None
    assert judged(Known(kept=True, stock=meter()), placed()) is None
    elsewhere = msgspec.structs.replace(placed(), ean="0" * 18)
    assert judged(Known(kept=True), elsewhere) is None


def test_a_number_that_is_not_in_stock_is_stopped() -> None:
    assert isinstance(judged(Known(kept=True), placed()), MeterNotInStock)
    assert judged(Known(kept=True), placed(NEW["E"])) is None, "it was reserved"


@pytest.mark.parametrize(
    ("stock", "measure", "has", "wants"),
    [
        (meter(phases=1), "phases", "1", "3"),
        (meter(current_a=20), "current", "20 A", "25 A"),
        (meter(kind=DIGITAL), "meter_kind", "digital", "smart"),
        (meter(carrier="G"), "carrier", "G", "E"),
    ],
)
def test_a_meter_that_does_not_fit_is_stopped(
    stock: StockMeter, measure: str, has: str, wants: str
) -> None:
    found = judged(Known(kept=True, stock=stock), placed())
    assert isinstance(found, MeterDoesNotFit)
    assert (found.measure, found.has, found.wants) == (measure, has, wants)


def test_a_gas_meter_of_another_g_value_is_stopped() -> None:
    found = judged(Known(kept=True, stock=meter(carrier="G", g_value="G6")), placed(SPARE, "G"))
    assert isinstance(found, MeterDoesNotFit)
    assert (found.measure, found.has, found.wants) == ("g_value", "G6", "G4")


def test_a_customer_who_refused_the_smart_meter_gets_none() -> None:
    refusal = f.RefusalRecorded(at=NOW, offered=SMART, accepted_instead=DIGITAL)
    assert isinstance(
        judged(Known(kept=True, stock=meter()), placed(), refusal), MeterDoesNotFit
    )
    assert isinstance(judged(Known(kept=False), placed(NEW["E"]), refusal), MeterDoesNotFit)


def test_a_meter_that_hangs_elsewhere_is_stopped() -> None:
    known = Known(kept=True, stock=meter())
    assert isinstance(judged(Known(kept=True, elsewhere=True), placed()), MeterUsedTwice)
    assert isinstance(judged(known, placed(), placed(carrier="G")), MeterUsedTwice)
    gas = placed(NEW["G"], "G")
    assert judged(known, placed(), placed(carrier="G"), gas) is None, "it hangs there no more"


def test_the_meters_own_word_goes_before_what_was_typed() -> None:
    known = Known(kept=True, stock=meter())
    told = f.MeterContacted(
        at=NOW, channel=f.Channel.P0, purpose="placement", expected=SPARE, found=OTHER
    )
    found = judged(known, placed(), placed(), told)
    assert isinstance(found, MeterTellsOther)
    assert found.found == OTHER
    plate = msgspec.structs.replace(told, channel=f.Channel.NAMEPLATE)
    assert judged(known, placed(), placed(), plate) is None
    other = Known(kept=True, stock=meter(OTHER))
    assert judged(other, placed(OTHER), placed(), told) is None


def test_the_meter_that_hangs_there_is_the_vans_with_its_registers() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    taken = meter(kind=DIGITAL)
    progress = after_facts(visit, placed(taken=taken))
    assert meter_now(visit, progress, Commodity.ELECTRICITY) == taken.meter


def test_facts_move_meters_and_seals() -> None:
    visit = make_visit(WorkKind.PLACEMENT, "E+G")
    van = Van(version="1", meters=(meter(), meter(OTHER)), parts={Part.SEAL: 1})
    old = f.MeterRemoved(at=NOW, ean=EANS["E"], number="E1")
    seal = f.SealRecorded(at=NOW, position="new_meter", number="Z1", action="placed")
    progress = started(visit)
    for fact in (old, placed(taken=meter()), seal, seal):
        van = after(van, visit, progress, fact)
        progress = fold(progress, fact)
    assert [m.meter.number for m in van.meters] == [OTHER]
    assert (van.removed, van.parts) == (("E1",), {Part.SEAL: 0})
    assert van.meter(OTHER) == meter(OTHER)
    van = after(van, visit, progress, placed(OTHER))
    assert [m.meter.number for m in van.meters] == [SPARE], "another hangs in its stead"
    broken = msgspec.structs.replace(seal, action="broken")
    assert after(van, visit, progress, broken) == van
    unkept = Van(version="1")
    assert after(unkept, visit, progress, seal) == unkept


def test_the_same_meter_placed_again_moves_once() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    progress = after_facts(visit, placed(NEW["E"]))
    (move,) = moves(visit, progress, placed(NEW["E"]))
    assert (move.number, move.way) == (NEW["E"], Way.PLACED)
    back, _ = moves(visit, progress, placed(OTHER))
    assert back == Move(NEW["E"], Way.RETURNED, meter(NEW["E"]))


def test_the_capacity_of_a_connection_as_people_write_it() -> None:
    assert [fuse_of(t) for t in ("3x25A", "1 x 35 A", "3X80", "3\u00d763A", "G4", "")] == [
        25,
        35,
        80,
        63,
        None,
        None,
    ]
    assert [g_value_of(t) for t in ("G4", "g 2,5", "G16", "3x25A", "")] == [
        "G4",
        "G2.5",
        "G16",
        "",
        "",
    ]


def test_a_bare_number_tells_its_carrier() -> None:
    assert carrier_of(Meter(number="G1", kind=SMART)) is Commodity.GAS
    assert carrier_of(Meter(number="E1", kind=SMART)) is Commodity.ELECTRICITY
    assert carrier_of(Meter(number="E1", kind=SMART, registers=REGISTERS["G"])) is Commodity.GAS


def test_a_colleagues_meter_has_its_keys_too() -> None:
    visit = make_visit(WorkKind.PLACEMENT)
    told = msgspec.to_builtins(placed())
    handed = msgspec.structs.replace(visit, earlier=(EarlierFact("op", told),))
    assert meters_of(handed)[-1] == SPARE
