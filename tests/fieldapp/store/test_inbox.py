from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, inbox, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.device import cursor
from fieldapp.store.inbox import InboxChange

VISITS = frozenset({"visits"})
DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
Plan = Callable[..., Visit]


def planned(visit: Visit) -> InboxChange:
    return InboxChange(visit.id, visit.version, visit)


def withdrawn(visit: Visit) -> InboxChange:
    return InboxChange(visit.id, visit.version + 1, None)


async def receive(db: Database, *changes: InboxChange, number: int, last: bool = False) -> None:
    await db.write(lambda c: inbox.store_page(c, changes, number, last=last), touched=VISITS)


async def accept(db: Database, visit: Visit, clock: Clock) -> str:
    fact = f.VisitAccepted(at=AT)
    return await db.write(lambda c: outbox.append(c, visit, fact, clock), touched=VISITS)


async def day(db: Database, on: date = DAY) -> list[str]:
    return [stored.visit.id for stored in await db.read(lambda c: orders.day(c, on))]


async def test_rows_and_cursor_are_stored_together(db: Database, plan: Plan) -> None:
    visit = plan(1)
    await receive(db, planned(visit), number=7)
    stored = await db.read(lambda c: orders.day(c, DAY))
    assert [s.visit for s in stored] == [visit]
    assert await db.read(cursor) == 7


async def test_neither_rows_nor_cursor_are_stored_without_the_other(
    db: Database, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise LookupError

    monkeypatch.setattr("fieldapp.store.device.store_cursor", fail)
    with pytest.raises(LookupError):
        await receive(db, planned(plan(1)), number=7)
    assert await day(db) == []
    assert await db.read(cursor) == 0


async def test_the_day_is_the_local_one_in_route_order(db: Database, plan: Plan) -> None:
    late = plan(3, start=datetime(2026, 3, 2, 22, 59, tzinfo=UTC))
    next_day = plan(1, start=datetime(2026, 3, 2, 23, 0, tzinfo=UTC))
    await receive(db, *map(planned, (late, next_day, plan(2))), number=3)
    assert await day(db) == ["visit-2", "visit-3"]
    assert await day(db, DAY + timedelta(days=1)) == ["visit-1"]
    assert [s.visit.id for s in await db.read(orders.held)] == ["visit-2", "visit-3", "visit-1"]


async def test_a_newer_version_replaces_the_visit_and_keeps_its_facts(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    await receive(enrolled, planned(plan(1)), number=1)
    await accept(enrolled, plan(1), clock)
    later = plan(1, version=2, start=AT + timedelta(days=1))
    await receive(enrolled, planned(later), number=2)
    stored = await enrolled.read(lambda c: orders.visit(c, "visit-1"))
    assert stored is not None
    assert stored.visit == later
    assert (stored.progress.state, stored.undelivered) == (VisitState.ACCEPTED, 1)
    assert await day(enrolled) == []
    assert await enrolled.read(orders.versions) == {"visit-1": 2}


async def test_a_page_from_before_the_cursor_changes_nothing(db: Database, plan: Plan) -> None:
    await receive(db, planned(plan(1, version=2)), number=5)
    await receive(db, planned(plan(1)), planned(plan(2)), number=4, last=True)
    assert await db.read(orders.versions) == {"visit-1": 2}
    assert await db.read(cursor) == 5


async def test_a_page_again_is_the_same_page(db: Database, plan: Plan) -> None:
    for _ in range(2):
        await receive(db, planned(plan(1)), withdrawn(plan(2)), number=5)
    assert await day(db) == ["visit-1"]


async def test_a_withdrawn_visit_leaves(db: Database, plan: Plan) -> None:
    await receive(db, planned(plan(1)), planned(plan(2)), number=2)
    await receive(db, withdrawn(plan(1)), number=3)
    assert await day(db) == ["visit-2"]
    assert await db.read(lambda c: orders.visit(c, "visit-1")) is None
    assert await db.read(orders.versions) == {"visit-2": 1}


async def test_a_withdrawn_visit_with_facts_stays_and_says_so(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    await receive(enrolled, planned(plan(1)), number=1)
    operation = await accept(enrolled, plan(1), clock)
    await receive(enrolled, withdrawn(plan(1)), number=2)
    stored = await enrolled.read(lambda c: orders.visit(c, "visit-1"))
    assert stored is not None
    assert (stored.withdrawn, stored.undelivered) == (True, 1)
    assert stored.progress.state is VisitState.ACCEPTED
    assert await enrolled.read(orders.versions) == {}
    assert [i.id for i in await enrolled.read(outbox.items)] == [operation]


async def test_a_withdrawn_visit_with_a_photo_stays(db: Database, plan: Plan) -> None:
    await receive(db, planned(plan(1)), number=1)
    await db.write(
        lambda c: attachments.add(c, b"x", visit="visit-1", slot="a", media_type="image/png"),
        touched=VISITS,
    )
    await receive(db, withdrawn(plan(1)), number=2)
    assert await day(db) == ["visit-1"]


async def test_a_visit_that_is_given_back_counts_again(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    await receive(enrolled, planned(plan(1)), number=1)
    await accept(enrolled, plan(1), clock)
    await receive(enrolled, withdrawn(plan(1)), number=2)
    await receive(enrolled, planned(plan(1, version=3)), number=3)
    stored = await enrolled.read(lambda c: orders.visit(c, "visit-1"))
    assert stored is not None
    assert not stored.withdrawn
    assert await enrolled.read(orders.versions) == {"visit-1": 3}


async def test_a_rebaseline_drops_what_does_not_come_again(db: Database, plan: Plan) -> None:
    await receive(db, *(planned(plan(n)) for n in (1, 2, 3)), number=3)
    await db.write(inbox.rebaseline, touched=VISITS)
    assert await db.read(cursor) == 0
    assert await db.read(orders.versions) == {}
    assert await day(db) == ["visit-1", "visit-2", "visit-3"]
    await receive(db, planned(plan(1)), number=1)
    assert await day(db) == ["visit-1", "visit-2", "visit-3"]
    await receive(db, planned(plan(3, version=2)), number=3, last=True)
    assert await day(db) == ["visit-1", "visit-3"]
    assert await db.read(orders.versions) == {"visit-1": 1, "visit-3": 2}


async def test_a_rebaseline_never_touches_the_outbox(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    await receive(enrolled, planned(plan(1)), number=1)
    await accept(enrolled, plan(1), clock)
    before = await enrolled.read(outbox.items)
    await enrolled.write(inbox.rebaseline, touched=VISITS)
    await receive(enrolled, number=9, last=True)
    assert await enrolled.read(outbox.items) == before
    stored = await enrolled.read(lambda c: orders.visit(c, "visit-1"))
    assert stored is not None
    assert stored.withdrawn
