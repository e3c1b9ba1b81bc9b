"""What a laptop says of itself, and how it hears what a person decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fieldapp.domain.facts import VisitCorrected
from fieldapp.store import orders
from sync.client.http import Http
from sync.client.people import Judge
from sync.server import laptops
from tests.sync.conftest import DAY, QUICK, day_visit

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, RealOffice


async def test_a_sync_says_what_waits_once_it_is_answered(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine, line = laptop.meddled()
    await engine.sync_once()
    await laptop.work(120)
    engine._sizes.operations = 100
    await engine.sync_once()
    await engine.close()
    said = [(one.waiting, one.files_waiting) for one in line.requests]
    assert said == [(0, 0), (20, 0), (0, 0)]
    oldest = [one.oldest_waiting for one in line.requests]
    items = await laptop.items()
    assert oldest == [None, items[100].made_at, None]


async def test_what_was_taken_and_dropped_is_heard_at_the_next_sync(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    office = back_office.office
    with office.database.writing() as c:
        laptops.withdraw(office, c, laptop.owner.laptop)
    taken, dropped, left = await laptop.work(3)
    await laptop.engine.sync_once()
    assert await laptop.states() == ["quarantined"] * 3
    http = Http(back_office.url, limits=QUICK)
    judge = Judge(http, back_office.dispatcher(http)._token)
    lines = {one.operation: one for one in judge.quarantine()}
    assert judge.take(lines[taken].id).line.outcome == "applied"
    assert judge.drop(lines[dropped].id, "dubbel").words == "dubbel"
    assert judge.set_aside(lines[left].id).fact is not None
    report = await laptop.engine.sync_once()
    http.close()
    assert report.error is None
    assert await laptop.states() == ["applied", "dropped", "quarantined"]
    assert [item.reason for item in await laptop.items()] == [
        "",
        "dropped",
        "laptop_withdrawn",
    ]


async def test_a_decision_about_a_field_comes_to_the_laptop(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled()
    await laptop.engine.sync_once()
    http = Http(back_office.url, limits=QUICK)
    dispatcher = back_office.dispatcher(http)
    (stored,) = await laptop.db.read(lambda c: orders.day(c, DAY))
    changed = {**day_visit(stored.visit.number, ""), "technician": None}
    dispatcher.import_day(DAY, [{**changed, "access_note": "Bel aan"}])
    mended = VisitCorrected(
        at=datetime.now(UTC), field="access_note", old="", new="Achterom", reason="x", by="T"
    )
    await laptop.work(1, mended)
    await laptop.engine.sync_once()
    (item,) = await laptop.items()
    assert (item.state, item.reason) == ("applied_with_conflict", "fields:access_note")
    judge = Judge(http, dispatcher._token)
    (line,) = [one for one in judge.conflicts() if one.operation == item.id]
    assert judge.conflict(line.id).site == "Achterom"
    judge.decide(line.id, "merge", "Bel, dan achterom")
    http.close()
    report = await laptop.engine.sync_once()
    assert report.error is None
    (now,) = await laptop.db.read(lambda c: orders.day(c, DAY))
    assert now.visit.access_note == "Bel, dan achterom"
