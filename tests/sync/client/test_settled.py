"""What a laptop says of itself, and how it hears what a person decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.client.http import Http
from sync.client.people import Judge
from sync.server import laptops
from tests.sync.conftest import QUICK

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, RealOffice


async def test_a_sync_says_what_waits_once_it_is_answered(enrolled: Enrolled) -> None:
    laptop = await enrolled()
    engine, line = laptop.meddled()
    await engine.sync_once()
    await laptop.work(120)
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
