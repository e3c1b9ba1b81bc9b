import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.operation import FIRST_PREVIOUS, decode_header
from fieldapp.domain.work_order import Visit
from fieldapp.store import outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device

OUTBOX = frozenset({"outbox"})
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


async def add(db: Database, visit: Visit, clock: Clock, *facts: f.AnyFact) -> list[str]:
    return await db.write(
        lambda c: [outbox.append(c, visit, fact, clock) for fact in facts], touched=OUTBOX
    )


async def test_chain_is_gap_free_linked_and_signed(
    enrolled: Database, owner: Device, plan: Callable[..., Visit], clock: Clock
) -> None:
    await add(enrolled, plan(1), clock, f.VisitAccepted(at=AT), f.VisitTravelling(at=AT))
    await add(enrolled, plan(2), clock, f.VisitAccepted(at=AT))
    items = await enrolled.read(outbox.items)
    public = secrets.public_key(owner.private_key)
    previous = FIRST_PREVIOUS
    for sequence, item in enumerate(items, start=1):
        header = decode_header(item.operation.header)
        assert (header.sequence, header.previous) == (sequence, previous)
        assert header.payload_sha256 == hashlib.sha256(item.operation.payload).hexdigest()
        assert secrets.is_signed_by(public, item.operation.signature, item.operation.header)
        assert (header.id, header.visit, header.kind) == (item.id, item.visit, item.kind)
        previous = hashlib.sha256(item.operation.header).hexdigest()
    assert await enrolled.read(outbox.last_sequence) == len(items) == 3
