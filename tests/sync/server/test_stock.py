"""What is in the vans: what facts move, what is flagged, and what goes to the laptop."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.stock import MOST, Part, Van
from fieldapp.domain.work_order import Commodity, MeterKind
from sync.server import importing_stock, laptops
from sync.server.exchange import sync
from sync.server.importing_stock import import_stock
from sync.server.rowfile import Done
from sync.wire import SyncRequest, VanLoad
from tests.sync.server.doubles import START, Signer
from tests.sync.server.test_meter_keys import AK, EK, Machine

if TYPE_CHECKING:
    from tests.sync.server.conftest import Import
    from tests.sync.server.doubles import Backyard

HEADING = "technician;item;number;kind;commodity;type;phases;current;g_value;count;issued"
FIRST, SECOND, GAS = "E0044007382311125", "E0044007382311226", "G0039001936990625"
OLD, EAN = "E0044007382246019", "871687000000200010"
SEALS = "T1;seal;;;;;;;;40;"


def line(number: str, technician: str = "T1", *, phases: int = 3, issued: str = "") -> str:
    return f"{technician};;{number};smart;E;Sagemcom S210;{phases};60;;;{issued}"


STOCK = (line(FIRST), line(SECOND, phases=1), f"T1;;{GAS};;G;BK-G4;;;g4;;", SEALS)


class Depot:
    """An office that keeps stock, and the folder of what is imported."""

    def __init__(self, yard: Backyard, folder: Path) -> None:
        self.yard = yard
        self._file = folder / "stock.csv"

    def take(self, *lines: str, dry_run: bool = False) -> Done:
        self._file.write_text("\n".join((HEADING, *lines)) + "\n", "utf-8")
        return import_stock(self.yard.office, self._file, dry_run=dry_run)

    def load(self, signer: Signer, has: str | None = "") -> VanLoad | None:
        request = SyncRequest(cursor=0, van=has)
        return sync(self.yard.office, self.yard.known(signer), request).van

    def van(self, signer: Signer) -> Van:
        loaded = self.load(signer)
        assert loaded is not None
        assert loaded.van is not None
        return loaded.van

    def numbers(self, signer: Signer) -> list[str]:
        return [one.meter.number for one in self.van(signer).meters]

    def tell(self, signer: Signer, visit: str, *facts: f.AnyFact) -> list[tuple[str, str]]:
        return self.yard.push(signer, *(signer.operation(visit, fact) for fact in facts))


@pytest.fixture
def depot(backyard: Backyard, tmp_path: Path) -> Depot:
    return Depot(backyard, tmp_path)


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


def placed(number: str = FIRST, **more: Any) -> f.MeterPlaced:
    kind = MeterKind.SMART
    return f.MeterPlaced(at=START, ean=EAN, number=number, meter_kind=kind, **more)


def test_the_van_travels_once_for_each_version(depot: Depot, laptop: Signer) -> None:
    assert depot.load(laptop) is None, "no stock is kept"
    done = depot.take(*STOCK)
    assert (done.new, done.changed, done.known, done.faults) == (4, 0, 0, ())
    van = depot.van(laptop)
    assert depot.numbers(laptop) == [FIRST, SECOND, GAS]
    first, gas = van.meters[0], van.meters[2]
    assert (first.type, first.phases, first.current_a) == ("Sagemcom S210", 3, 60)
    assert [r.obis for r in first.meter.registers][::3] == ["1-0:1.8.1", "1-0:2.8.2"]
    assert (gas.commodity, gas.g_value, gas.phases) == (Commodity.GAS, "G4", None)
    assert van.parts == {Part.SEAL: 40}
    assert depot.load(laptop, van.version) is None
    assert depot.load(laptop, None) is None, "a laptop that knows of no vans"
    assert depot.load(laptop, "another") is not None


def test_the_same_file_changes_nothing(depot: Depot, laptop: Signer) -> None:
    depot.take(*STOCK)
    before = depot.van(laptop).version
    assert depot.take(*STOCK, dry_run=True).known == 4
    assert (depot.take(*STOCK).known, depot.van(laptop).version) == (4, before)
    assert depot.take(line("E0044007382311327"), dry_run=True).new == 1
    assert depot.van(laptop).version == before
    more = depot.take(
        "T1;seal;;;;;;;;39;", line(SECOND, issued="2026-03-02"), "T1;antenna;;;;;;;;2;"
    )
    assert (more.new, more.changed) == (1, 2)
    assert depot.van(laptop).parts == {Part.SEAL: 39, Part.ANTENNA: 2}


BAD = {
    line(FIRST, "T9"): "no technician T9",
    "T1;;;;;;;;;;": "number: Field required",
    "T1;seal;;;;;;;;;": "seal: technician and count are needed",
    f"T1;;{GAS};;G;;;;4;;": "g_value:",
    line("E0044007382311428", phases=7): "phases:",
    line("E1", ""): "number:",
    line("E0044007382311529", ""): "technician: Field required for a meter that is not known",
}


def test_bad_rows_are_listed_and_cost_the_others_nothing(depot: Depot, laptop: Signer) -> None:
    done = depot.take(*BAD, line(FIRST))
    assert done.new == 1
    for fault, reason in zip(done.faults, BAD.values(), strict=True):
        assert fault.reason.startswith(reason), fault
    assert depot.numbers(laptop) == [FIRST]


def test_a_van_holds_so_many_meters(
    depot: Depot, laptop: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_stock, "MOST", 2)
    monkeypatch.setattr(importing_stock, "PIECE", 2)
    done = depot.take(*(line(f"E004400738231{n:04}") for n in range(3)))
    assert done.new == 2
    assert done.faults[0].reason == "technician: the van holds 2 meters"
    assert len(depot.numbers(laptop)) == 2 < MOST


def test_placing_takes_and_removing_brings(depot: Depot, laptop: Signer) -> None:
    (visit,) = depot.yard.visits()
    depot.take(*STOCK)
    before = depot.van(laptop).version
    seal = f.SealRecorded(at=START, position="new", number="Z1", action="placed")
    removed = f.MeterRemoved(at=START, ean=EAN, number=OLD)
    depot.tell(laptop, visit, removed, placed(), seal)
    van = depot.van(laptop)
    assert van.version != before
    assert depot.numbers(laptop) == [SECOND, GAS]
    assert (van.removed, van.parts) == ((OLD,), {Part.SEAL: 39})
    depot.tell(laptop, visit, placed(SECOND))
    assert depot.numbers(laptop) == [FIRST, GAS], "another hangs in its stead"
    assert depot.take(*STOCK).known == 4
    assert depot.numbers(laptop) == [FIRST, GAS], "the same rows bring nothing back"
    back = (line(OLD, ""), line(SECOND, issued="2026-03-03"))
    assert (depot.take(*back).changed, depot.van(laptop).removed) == (2, ())
    assert depot.numbers(laptop) == [FIRST, SECOND, GAS]
    ways = depot.yard.one("SELECT count(*) FROM stock_moves WHERE technician = 'T1'")
    assert ways == 5


def test_an_operation_told_twice_moves_once(depot: Depot, laptop: Signer) -> None:
    (visit,) = depot.yard.visits()
    depot.take(*STOCK)
    seal = f.SealRecorded(at=START, position="new", number="Z1", action="placed")
    operation = laptop.operation(visit, seal)
    for _ in range(2):
        depot.yard.push(laptop, operation)
    assert depot.van(laptop).parts == {Part.SEAL: 39}


def begun(depot: Depot, laptop: Signer, visit: str, beginning: list[f.AnyFact]) -> None:
    told = depot.tell(laptop, visit, *beginning)
    assert {outcome for outcome, _ in told} == {"applied"}


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (placed(FIRST), ""),
        (placed("E0044007382999999"), "rule:meter_not_in_stock"),
        (placed(SECOND), "rule:meter_does_not_fit"),
        (placed(SECOND, despite="niets anders bij me"), "rule:meter_does_not_fit"),
        (placed(FIRST, despite="dubbel volgens de laptop"), "rule:meter_all_the_same"),
    ],
)
def test_what_speaks_against_a_meter_is_flagged_and_the_fact_is_taken(
    depot: Depot,
    laptop: Signer,
    beginning: list[f.AnyFact],
    fact: f.MeterPlaced,
    reason: str,
) -> None:
    (visit,) = depot.yard.visits()
    depot.take(*STOCK)
    begun(depot, laptop, visit, beginning)
    outcome = "applied_with_conflict" if reason else "applied"
    assert depot.tell(laptop, visit, fact) == [(outcome, reason)]
    assert fact.number not in depot.numbers(laptop)


def test_a_meter_that_hangs_at_another_visit_is_flagged(
    depot: Depot, laptop: Signer, beginning: list[f.AnyFact]
) -> None:
    first, second = depot.yard.visits(number=2)
    depot.take(*STOCK)
    for visit in (first, second):
        begun(depot, laptop, visit, beginning)
    assert depot.tell(laptop, first, placed(), placed()) == [("applied", "")] * 2
    assert depot.tell(laptop, second, placed()) == [
        ("applied_with_conflict", "rule:meter_used_twice")
    ]


def test_a_meter_out_of_a_colleagues_van_leaves_it(
    depot: Depot, laptop: Signer, beginning: list[f.AnyFact]
) -> None:
    depot.yard.technician("T2")
    colleague = depot.yard.laptop("T2")
    (visit,) = depot.yard.visits()
    depot.take(*STOCK, line("E0044007382311327", "T2"))
    begun(depot, laptop, visit, beginning)
    before = depot.van(colleague).version
    told = depot.tell(laptop, visit, placed("E0044007382311327"))
    assert told == [("applied_with_conflict", "rule:meter_not_in_stock")]
    assert (depot.numbers(colleague), depot.van(colleague).version == before) == ([], False)


def test_without_stock_nothing_is_judged_or_moved(
    depot: Depot, laptop: Signer, beginning: list[f.AnyFact]
) -> None:
    (visit,) = depot.yard.visits()
    begun(depot, laptop, visit, beginning)
    assert depot.tell(laptop, visit, placed("E0044007382999999")) == [("applied", "")]
    assert depot.yard.one("SELECT count(*) FROM stock_meters") == 0


def test_no_number_stands_in_the_clear(depot: Depot, laptop: Signer) -> None:
    (visit,) = depot.yard.visits()
    depot.take(*STOCK)
    depot.tell(laptop, visit, f.MeterRemoved(at=START, ean=EAN, number=OLD), placed())
    with depot.yard.office.database.reading() as c:
        names = ("stock_meters", "stock_moves")
        rows = [c.exec_driver_sql(f"SELECT * FROM {name}").all() for name in names]
    assert not [n for n in (FIRST, SECOND, GAS, OLD) if n in repr(rows)]


def test_keys_go_with_the_van_and_with_what_was_placed_from_it(
    depot: Depot, take: Import
) -> None:
    machine = Machine(depot.yard)
    depot.take(*STOCK)
    assert take(depot.yard.office, f"{FIRST},{EK},{AK},,").new == 1
    loaded = machine.sync(van="").van
    assert loaded is not None
    assert loaded.van is not None
    (sealed,) = loaded.keys
    assert machine.open(sealed).meter == FIRST
    assert machine.to_change() == [FIRST]
    (visit,) = depot.yard.visits()
    key = Ed25519PrivateKey.from_private_bytes(machine.private)
    signer = Signer(key, machine.id)
    depot.yard.push(signer, signer.operation(visit, placed()))
    again = machine.sync(van=loaded.van.version).van
    assert again is not None
    assert [keys.meter for keys in again.keys] == [FIRST], "its visit is worked on"
    ended = f.VisitNotDone(at=START, reason=NotDoneReason.OTHER)
    depot.yard.push(signer, signer.operation(visit, ended))
    last = machine.sync(van="").van
    assert last is not None
    assert last.keys == ()


def test_a_van_is_new_once_its_keys_can_be_sealed(depot: Depot, take: Import) -> None:
    late = Machine(depot.yard, late=True)
    depot.take(*STOCK)
    take(depot.yard.office, f"{FIRST},{EK},{AK},,")
    first = late.sync(van="").van
    assert first is not None
    assert first.van is not None
    assert first.keys == ()
    second = late.sync(van=first.van.version, agreement_key=late.agreement).van
    assert second is not None
    assert [keys.meter for keys in second.keys] == [FIRST]


def test_a_withdrawn_laptop_has_no_van(depot: Depot) -> None:
    machine = Machine(depot.yard)
    depot.take(*STOCK)
    loaded = machine.sync(van="").van
    assert loaded is not None
    assert loaded.van is not None
    with depot.yard.office.database.writing() as c:
        laptops.withdraw(depot.yard.office, c, machine.id)
    assert machine.sync(van=loaded.van.version).van == VanLoad()
    assert machine.sync(van="").van is None


def test_a_reserved_meter_that_is_replaced_comes_into_the_van(
    depot: Depot, laptop: Signer
) -> None:
    reserved = {"number": GAS, "kind": "smart", "registers": []}
    row = depot.yard.row(technician="T1", new_meters=[reserved])
    depot.yard.day(row)
    depot.yard.visits()
    depot.take(line(FIRST), line(SECOND))
    visit = depot.yard.id_of(row["number"])
    depot.tell(laptop, visit, placed(GAS), placed(FIRST))
    assert depot.numbers(laptop) == [SECOND, GAS]
