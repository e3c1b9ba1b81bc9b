from __future__ import annotations

from typing import TYPE_CHECKING

from sync.client.report import OperationSent, VisitReceived

if TYPE_CHECKING:
    from sync.client.report import Event
    from tests.sync.client.conftest import Enrolled, RealOffice


async def test_one_sync_brings_the_visits_and_takes_the_work(
    enrolled: Enrolled, back_office: RealOffice
) -> None:
    laptop = await enrolled(3)
    first = await laptop.engine.sync_once()
    assert (first.received, first.sent, first.error) == (3, 0, None)
    assert len(await laptop.visits()) == 3

    ids = await laptop.work(5)
    events: list[Event] = []
    second = await laptop.engine.sync_once(events.append)
    assert (second.sent, second.received, second.waiting, second.error) == (5, 0, 0, None)
    assert [event.id for event in events if isinstance(event, OperationSent)] == ids
    assert not [event for event in events if isinstance(event, VisitReceived)]
    held = back_office.operations(laptop.owner.laptop)
    assert [(row.id, row.outcome) for row in held] == [(i, "applied") for i in ids]
