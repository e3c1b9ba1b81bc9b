from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, inbox, orders, outbox
from fieldapp.store.database import Database
from fieldapp.store.device import contact_at, note_contact
from fieldapp.store.inbox import InboxChange
from fieldapp.store.retention import purge
from fieldapp.store.transaction import Transaction
from fieldapp.work.tidying import let_delivered_go

TOUCHED = frozenset({"visits", "outbox", "files"})
RECEIVED = datetime(2026, 3, 2, 16, tzinfo=UTC)
LATER = RECEIVED + timedelta(hours=24)
ENDED = f.VisitNotDone(at=RECEIVED, reason=NotDoneReason.NO_ACCESS)
Plan = Callable[..., Visit]


@pytest.fixture
async def worked(enrolled: Database, plan: Plan, clock: Clock) -> Database:
    """Visit 1 was ended and has a photo; visit 2 was only accepted."""

    def work(c: Transaction) -> None:
        changes = [InboxChange(plan(n).id, 1, plan(n)) for n in (1, 2)]
        inbox.store_page(c, changes, 2)
        outbox.append(c, plan(1), f.VisitAccepted(at=RECEIVED), clock)
        outbox.append(c, plan(1), ENDED, clock)
        outbox.append(c, plan(2), f.VisitAccepted(at=RECEIVED), clock)
        attachments.add(c, b"photo", visit="visit-1", slot="door", media_type="image/jpeg")

    await enrolled.write(work, touched=TOUCHED)
    return enrolled


async def deliver(db: Database, outcome: str = "applied", *, files: bool = True) -> None:
    at = None if outcome == "rejected" else RECEIVED

    def change(c: Transaction) -> None:
        for item in outbox.items(c):
            outbox.note_verdict(c, item.id, outcome, "", at)
        for file in attachments.waiting(c) if files else ():
            attachments.note_delivered(c, file.visit, file.sha256, RECEIVED)

    await db.write(change, touched=TOUCHED)


async def purge_at(db: Database, now: datetime | None) -> tuple[str, ...]:
    return await db.write(lambda c: purge(c, now, 24), touched=TOUCHED)


def sealed_files(path: Path) -> int:
    return len(list(path.with_suffix(".files").iterdir()))


@pytest.mark.parametrize("outcome", ["applied", "applied_with_conflict", "quarantined"])
async def test_a_delivered_visit_leaves_with_all_it_has(
    worked: Database, path: Path, outcome: str
) -> None:
    await deliver(worked, outcome)
    assert await purge_at(worked, LATER) == ("visit-1",)
    assert await worked.read(lambda c: orders.visit(c, "visit-1")) is None
    assert await worked.read(lambda c: outbox.items(c, "visit-1")) == ()
    assert sealed_files(path) == 0
    assert await purge_at(worked, LATER) == ()


async def test_the_digest_and_the_chain_outlast_the_visit(
    worked: Database, plan: Plan, clock: Clock
) -> None:
    await deliver(worked)
    await purge_at(worked, LATER)
    assert await worked.read(orders.versions) == {"visit-1": 1, "visit-2": 1}
    await worked.write(
        lambda c: outbox.append(c, plan(2), f.VisitTravelling(at=LATER), clock), touched=TOUCHED
    )
    assert await worked.read(outbox.last_sequence) == 4


async def test_a_purged_visit_does_not_come_back(worked: Database, plan: Plan) -> None:
    await deliver(worked)
    await purge_at(worked, LATER)
    change = InboxChange("visit-1", 2, plan(1, version=2))
    await worked.write(lambda c: inbox.store_page(c, [change], 3), touched=TOUCHED)
    assert await worked.read(lambda c: orders.visit(c, "visit-1")) is None
    assert await worked.read(orders.versions) == {"visit-1": 2, "visit-2": 1}


async def test_a_withdrawn_visit_leaves_once_its_facts_are_delivered(worked: Database) -> None:
    change = InboxChange("visit-2", 2, None)
    await worked.write(lambda c: inbox.store_page(c, [change], 3), touched=TOUCHED)
    assert await purge_at(worked, LATER) == ()
    await deliver(worked)
    assert await purge_at(worked, LATER) == ("visit-1", "visit-2")
    assert await worked.read(orders.versions) == {"visit-1": 1}


@pytest.mark.parametrize("outcome", ["waiting", "held", "rejected"])
async def test_what_the_office_does_not_have_stays(worked: Database, outcome: str) -> None:
    await deliver(worked)
    last = (await worked.read(lambda c: outbox.items(c, "visit-1")))[-1].id
    await worked.write(
        lambda c: outbox.note_verdict(c, last, outcome, "", None), touched=TOUCHED
    )
    assert await purge_at(worked, LATER + timedelta(days=400)) == ()


async def test_a_photo_that_waits_keeps_its_visit(worked: Database, path: Path) -> None:
    await deliver(worked, files=False)
    assert await purge_at(worked, LATER) == ()
    assert sealed_files(path) == 1


async def test_a_receipt_without_a_time_keeps_its_visit(worked: Database) -> None:
    def change(c: Transaction) -> None:
        for item in outbox.items(c):
            outbox.note_verdict(c, item.id, "applied", "", None)
        attachments.note_delivered(c, "visit-1", attachments.waiting(c)[0].sha256, RECEIVED)

    await worked.write(change, touched=TOUCHED)
    assert await purge_at(worked, LATER) == ()


async def test_a_visit_without_facts_stays(db: Database, plan: Plan) -> None:
    change = InboxChange("visit-1", 1, plan(1))
    await db.write(lambda c: inbox.store_page(c, [change], 1), touched=TOUCHED)
    assert await purge_at(db, LATER) == ()


async def test_nothing_leaves_early_or_at_an_unknown_time(worked: Database) -> None:
    await deliver(worked)
    assert await purge_at(worked, None) == ()
    assert await purge_at(worked, LATER - timedelta(microseconds=1)) == ()


async def test_a_file_at_the_office_for_another_visit_only_keeps_its_visit(
    worked: Database, plan: Plan, clock: Clock, path: Path
) -> None:
    def work(c: Transaction) -> None:
        outbox.append(c, plan(2), ENDED, clock)
        attachments.add(c, b"photo", visit="visit-2", slot="door", media_type="image/jpeg")
        for item in outbox.items(c):
            outbox.note_verdict(c, item.id, "applied", "", RECEIVED)
        attachments.note_delivered(c, "visit-1", attachments.waiting(c)[0].sha256, RECEIVED)

    await worked.write(work, touched=TOUCHED)
    assert await purge_at(worked, LATER) == ("visit-1",)
    (left,) = await worked.read(attachments.waiting)
    assert (left.visit, sealed_files(path)) == ("visit-2", 1)


async def test_a_purge_that_is_rolled_back_keeps_the_files(
    worked: Database, path: Path
) -> None:
    await deliver(worked)

    def change(c: Transaction) -> None:
        purge(c, LATER, 24)
        raise LookupError

    with pytest.raises(LookupError):
        await worked.write(change, touched=TOUCHED)
    assert sealed_files(path) == 1
    photo = (await worked.read(lambda c: attachments.of_visit(c, "visit-1")))[0]
    assert (
        await worked.read(lambda c: attachments.open_plain(c, "visit-1", photo.sha256))
        == b"photo"
    )


async def test_the_program_lets_delivered_visits_go_by_itself(
    worked: Database, clock: Clock
) -> None:
    await deliver(worked)

    def meet(c: Transaction) -> None:
        note_contact(c, contact_at(clock, LATER))

    assert await let_delivered_go(worked, clock) == ()
    await worked.write(meet, touched=frozenset({"device"}))
    assert await let_delivered_go(worked, clock) == ("visit-1",)
    assert await let_delivered_go(worked, clock) == ()
