"""Closed days at the office: taken whatever they say, and counted anew for the receipt."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.day_close import DayReceipt, DayVisit, subject
from fieldapp.domain.status import VisitState
from fieldapp.domain.stock import Part
from fieldapp.domain.work_order import MeterKind
from sync.server import planning
from sync.server.exchange import sync
from sync.server.tables import files
from sync.wire import SyncRequest
from tests.sync.server.doubles import DAY, START
from tests.sync.server.test_stock import Depot

if TYPE_CHECKING:
    from fieldapp.domain.operation import SignedOperation
    from tests.sync.server.doubles import Backyard, Signer

EAN, METER = "871687000000200010", "E0044007382311125"
STOCK = (f"T1;;{METER};smart;E;;3;60;;;", "T1;seal;;;;;;;;40;")


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


def closed(*visits: DayVisit, **more: Any) -> f.DayClosed:
    return f.DayClosed(at=START, day=more.pop("day", DAY), visits=visits, **more)


def close(laptop: Signer, fact: f.DayClosed, name: str = "closing") -> SignedOperation:
    return laptop.operation(subject(fact.day), fact, id=name)


def receipts(yard: Backyard, signer: Signer, *names: str) -> tuple[DayReceipt, ...]:
    request = SyncRequest(closings=names or ("closing",))
    return sync(yard.office, yard.known(signer), request).receipts


def test_a_day_is_taken_and_answered_with_what_is_there(
    backyard: Backyard, laptop: Signer
) -> None:
    first, second = backyard.visits(number=2)
    accepted = [laptop.operation(visit, f.VisitAccepted(at=START)) for visit in (first, second)]
    backyard.push(laptop, *accepted)
    assert receipts(backyard, laptop) == (), "it is not closed yet"
    visits = [
        DayVisit(id=visit, state=VisitState.ACCEPTED) for visit in (first, second, "gone")
    ]
    ended = close(laptop, closed(*visits, operations=2))
    assert backyard.push(laptop, ended) == [("applied", "")]
    assert backyard.push(laptop, ended) == [("applied", "")]
    later = laptop.operation(first, f.VisitTravelling(at=START))
    backyard.push(laptop, later)
    (receipt,) = receipts(backyard, laptop)
    assert (receipt.day, receipt.closing, receipt.moves) == (DAY, "closing", None)
    assert receipt.operations == 2, "what came after it is another day's end"
    assert [(one.id, one.state) for one in receipt.visits] == [
        (first, "travelling"),
        (second, "accepted"),
    ]


def test_only_what_was_made_on_that_local_date_counts(
    backyard: Backyard, laptop: Signer
) -> None:
    (visit,) = backyard.visits()
    midnight = START.replace(hour=23, minute=0) - timedelta(days=1)
    for moment in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(days=1)):
        fact = f.ItemConfirmed(at=START, item="leaflet")
        backyard.push(laptop, laptop.operation(visit, fact, device_time=moment))
    backyard.push(laptop, close(laptop, closed()))
    (receipt,) = receipts(backyard, laptop)
    assert receipt.operations == 1


def test_files_count_once_the_office_has_read_them_back(
    backyard: Backyard, laptop: Signer
) -> None:
    (visit,) = backyard.visits()
    backyard.push(laptop, close(laptop, closed(DayVisit(id=visit, state=VisitState.PLANNED))))
    with backyard.office.database.writing() as c:
        holder = c.exec_driver_sql("SELECT holder FROM visits").scalar_one()
        small = {"original": "a" * 64}
        for name, done, more in (("a", START, {}), ("b", None, {}), ("c", START, small)):
            row = {
                "region": "Westland",
                "id": name,
                "laptop": laptop.laptop,
                "visit": visit,
                "holder": holder,
                "slot": "door",
                "media_type": "image/jpeg",
                "sha256": name * 64,
                "length": 1,
                "started_at": START,
                "complete_at": done,
                **more,
            }
            c.execute(files.insert().values(row))
    (receipt,) = receipts(backyard, laptop)
    assert [one.files for one in receipt.visits] == [1]


def test_the_last_closing_and_another_laptops_are_told_apart(
    backyard: Backyard, laptop: Signer
) -> None:
    backyard.push(laptop, close(laptop, closed()))
    again = close(laptop, closed(operations=1), "again")
    before = close(laptop, closed(day=DAY - timedelta(days=1)), "before")
    backyard.push(laptop, again, before)
    found = receipts(backyard, laptop, "closing", "again", "before", "none")
    assert {one.closing: one.operations for one in found} == {
        "closing": 0,
        "again": 1,
        "before": 0,
    }
    assert receipts(backyard, backyard.laptop()) == ()


def test_a_visit_that_a_colleague_has_now_is_as_the_office_has_it(
    backyard: Backyard, laptop: Signer
) -> None:
    backyard.technician("T2")
    (visit,) = backyard.visits()
    backyard.push(laptop, laptop.operation(visit, f.VisitAccepted(at=START)))
    planning.reassign(backyard.office, backyard.dispatcher, visit, "T2")
    backyard.push(laptop, close(laptop, closed(DayVisit(id=visit, state=VisitState.ACCEPTED))))
    (receipt,) = receipts(backyard, laptop)
    assert [one.state for one in receipt.visits] == [VisitState.PLANNED]


def test_the_technicians_count_holds_for_parts_and_a_person_looks(
    backyard: Backyard, laptop: Signer, tmp_path: Path
) -> None:
    depot = Depot(backyard, tmp_path)
    depot.take(*STOCK)
    (visit,) = backyard.visits()
    placed = f.MeterPlaced(at=START, ean=EAN, number=METER, meter_kind=MeterKind.SMART)
    seal = f.SealRecorded(at=START, position="new", number="Z1", action="placed")
    removed = f.MeterRemoved(at=START, ean=EAN, number="E0044007382246019")
    depot.tell(laptop, visit, removed, placed, seal, seal)
    wanted = {"E": 0, "G": 0, "removed": 1, "seal": 38}
    short = closed(expected=wanted, counted={**wanted, "seal": 36})
    assert backyard.push(laptop, close(laptop, short)) == [
        ("applied_with_conflict", "stock_differs")
    ]
    assert depot.van(laptop).parts == {Part.SEAL: 36}
    (receipt,) = receipts(backyard, laptop)
    assert receipt.moves == {"placed": 1, "removed": 1, "parts": 2}
    whole = closed(expected=wanted, counted=wanted)
    assert backyard.push(laptop, close(laptop, whole, "again")) == [("applied", "")]
    meters = closed(expected=wanted, counted={**wanted, "removed": 0, "seal": -1})
    backyard.push(laptop, close(laptop, meters, "third"))
    assert depot.van(laptop).parts == {Part.SEAL: 0}


def test_a_count_where_no_stock_is_kept_changes_nothing(
    backyard: Backyard, laptop: Signer
) -> None:
    short = closed(expected={"seal": 2}, counted={"seal": 1})
    assert backyard.push(laptop, close(laptop, short)) == [
        ("applied_with_conflict", "stock_differs")
    ]
    assert backyard.one("SELECT count(*) FROM stock_parts") == 0


def test_a_summer_night_is_a_day_too(backyard: Backyard, laptop: Signer) -> None:
    on = date(2026, 3, 29)
    backyard.push(laptop, close(laptop, closed(day=on)))
    (receipt,) = receipts(backyard, laptop)
    assert receipt.day == on


def test_a_withdrawn_laptop_gets_no_receipt(backyard: Backyard, laptop: Signer) -> None:
    backyard.push(laptop, close(laptop, closed()))
    with backyard.office.database.writing() as c:
        c.exec_driver_sql("UPDATE laptops SET withdrawn_at = '2026-03-02 07:00:00+00:00'")
    assert receipts(backyard, laptop) == ()
    late = close(laptop, closed(), "late")
    assert backyard.push(laptop, late) == [("quarantined", "laptop_withdrawn")]
