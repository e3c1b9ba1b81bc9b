from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.status import NotDoneReason
from fieldapp.domain.work_order import Visit
from fieldapp.store import drafts, inbox, outbox
from fieldapp.store.database import Database
from fieldapp.store.inbox import InboxChange
from fieldapp.store.retention import purge
from fieldapp.store.transaction import Transaction

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
TOUCHED = frozenset({"drafts"})


async def test_drafts_are_kept_by_visit_and_go_when_emptied(enrolled: Database) -> None:
    def save(visit: str, texts: dict[str, str]) -> Callable[[Transaction], None]:
        return lambda c: drafts.save(c, visit, texts)

    await enrolled.write(save("visit-1", {"a": "1", "b": "twee"}), touched=TOUCHED)
    await enrolled.write(save("visit-2", {"a": "x"}), touched=TOUCHED)
    await enrolled.write(save("visit-1", {"b": "drie"}), touched=TOUCHED)
    assert await enrolled.read(lambda c: drafts.load(c, "visit-1")) == {"b": "drie"}
    await enrolled.write(save("visit-1", {}), touched=TOUCHED)
    assert await enrolled.read(lambda c: drafts.load(c, "visit-1")) == {}
    assert await enrolled.read(lambda c: drafts.load(c, "visit-2")) == {"a": "x"}


async def test_drafts_leave_with_their_visit(
    enrolled: Database, plan: Callable[..., Visit], clock: Clock
) -> None:
    ended = f.VisitNotDone(at=AT, reason=NotDoneReason.NO_ACCESS)

    def work(c: Transaction) -> None:
        inbox.store_page(c, [InboxChange(plan(1).id, 1, plan(1))], 1)
        outbox.append(c, plan(1), f.VisitAccepted(at=AT), clock)
        outbox.append(c, plan(1), ended, clock)
        drafts.save(c, plan(1).id, {"note": "belt om vier uur"})
        for item in outbox.items(c):
            outbox.note_verdict(c, item.id, "applied", "", AT)

    await enrolled.write(work, touched=TOUCHED)
    later = AT + timedelta(days=2)
    assert await enrolled.write(lambda c: purge(c, later, 24), touched=TOUCHED) == ("visit-1",)
    assert await enrolled.read(lambda c: drafts.load(c, "visit-1")) == {}
