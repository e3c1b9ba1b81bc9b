import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import pytest
from sqlalchemy import Connection

from fieldapp.clock import Clock
from fieldapp.domain import facts as f
from fieldapp.domain.operation import (
    FIRST_PREVIOUS,
    decode_header,
    decode_payload,
)
from fieldapp.domain.work_order import Visit
from fieldapp.errors import NotEnrolled
from fieldapp.store import attachments, chain, outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.device import Device, device, store_device

OUTBOX = frozenset({"outbox"})
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
ACCEPTED = f.VisitAccepted(at=AT)
TRAVELLING = f.VisitTravelling(at=AT)
Plan = Callable[..., Visit]


class MovingClock(Clock, Protocol):
    def pass_s(self, seconds: float) -> None: ...


async def add(db: Database, visit: Visit, clock: Clock, *facts: f.AnyFact) -> list[str]:
    return await db.write(
        lambda c: [outbox.append(c, visit, fact, clock) for fact in facts], touched=OUTBOX
    )


async def verdict(db: Database, operation: str, outcome: str, reason: str = "") -> None:
    at = None if outcome == "rejected" else AT
    await db.write(
        lambda c: outbox.note_verdict(c, operation, outcome, reason, at), touched=OUTBOX
    )


async def states(db: Database) -> list[str]:
    return [item.state for item in await db.read(outbox.items)]


async def test_chain_is_gap_free_linked_and_signed(
    enrolled: Database, owner: Device, plan: Plan, clock: Clock
) -> None:
    await add(enrolled, plan(1), clock, ACCEPTED, TRAVELLING)
    await add(enrolled, plan(2), clock, ACCEPTED)
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
    assert await enrolled.read(lambda c: chain.broken_at(c, public)) is None


async def test_an_operation_tells_its_times_and_hides_its_fact(
    enrolled: Database, plan: Plan, clock: MovingClock
) -> None:
    clock.pass_s(90)
    await add(enrolled, plan(1), clock, ACCEPTED, ACCEPTED)
    first, second = await enrolled.read(outbox.items)
    header = decode_header(first.operation.header)
    assert header.device_time == first.made_at == clock.now()
    assert (header.trusted_time, header.offset_s) == (clock.now(), 0.0)
    assert header.definition_version == plan(1).flow.version
    assert header.visit_version == plan(1).version
    one, other = (decode_payload(i.operation.payload) for i in (first, second))
    assert one.fact == other.fact == ACCEPTED
    assert len(one.salt) == 16
    assert one.salt != other.salt
    assert first.size == sum(len(part) for part in msgspec.structs.astuple(first.operation))


async def test_without_a_contact_the_trusted_time_is_unknown(
    db: Database, owner: Device, plan: Plan, clock: Clock
) -> None:
    await db.write(lambda c: store_device(c, owner), touched=OUTBOX)
    await add(db, plan(1), clock, ACCEPTED)
    (item,) = await db.read(outbox.items)
    header = decode_header(item.operation.header)
    assert (header.trusted_time, header.offset_s) == (None, None)


async def test_a_laptop_without_an_owner_signs_nothing(
    db: Database, plan: Plan, clock: Clock
) -> None:
    with pytest.raises(NotEnrolled):
        await add(db, plan(1), clock, ACCEPTED)
    with pytest.raises(NotEnrolled):
        await db.read(outbox.last_sequence)
    with pytest.raises(NotEnrolled):
        await db.write(lambda c: outbox.start_incarnation(c, 2, bytes(8)), touched=OUTBOX)


async def test_an_edit_that_fails_leaves_no_gap(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    def edit(c: Connection) -> None:
        outbox.append(c, plan(1), ACCEPTED, clock)
        raise LookupError

    await add(enrolled, plan(1), clock, ACCEPTED)
    with pytest.raises(LookupError):
        await enrolled.write(edit, touched=OUTBOX)
    await add(enrolled, plan(1), clock, TRAVELLING)
    assert [i.sequence for i in await enrolled.read(outbox.items)] == [1, 2]


async def test_what_waits_goes_in_order_and_in_pages(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    ids = await add(enrolled, plan(1), clock, *[ACCEPTED] * 5)
    await verdict(enrolled, ids[0], "applied")
    await verdict(enrolled, ids[1], "held", "predecessor")
    await verdict(enrolled, ids[2], "quarantined", "fork")
    assert [i.id for i in await enrolled.read(lambda c: outbox.to_send(c, 2))] == [
        ids[1],
        ids[3],
    ]
    assert [i.id for i in await enrolled.read(lambda c: outbox.to_send(c, 9))] == [
        ids[1],
        ids[3],
        ids[4],
    ]


async def test_a_refused_operation_is_kept_shown_and_sent_again(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    (first,) = await add(enrolled, plan(1), clock, ACCEPTED)
    await add(enrolled, plan(2), clock, ACCEPTED)
    before = (await enrolled.read(outbox.items))[0].operation
    await verdict(enrolled, first, "rejected", "signature")
    item = (await enrolled.read(lambda c: outbox.items(c, "visit-1")))[0]
    assert (item.state, item.reason, item.received_at) == ("rejected", "signature", None)
    assert (await enrolled.read(outbox.counts)).refused == 1
    await enrolled.write(lambda c: outbox.resend(c, first), touched=OUTBOX)
    again = (await enrolled.read(lambda c: outbox.to_send(c, 9)))[0]
    assert (again.id, again.operation, again.reason) == (first, before, "")


async def test_only_what_was_refused_is_sent_again(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    (first,) = await add(enrolled, plan(1), clock, ACCEPTED)
    await verdict(enrolled, first, "applied")
    await enrolled.write(lambda c: outbox.resend(c, first), touched=OUTBOX)
    assert await states(enrolled) == ["applied"]


async def test_the_first_receipt_counts(enrolled: Database, plan: Plan, clock: Clock) -> None:
    (first,) = await add(enrolled, plan(1), clock, ACCEPTED)
    await verdict(enrolled, first, "held")
    later = AT + timedelta(hours=1)
    await enrolled.write(
        lambda c: outbox.note_verdict(c, first, "applied", "", later), touched=OUTBOX
    )
    (item,) = await enrolled.read(outbox.items)
    assert (item.state, item.received_at) == ("applied", AT)


async def test_a_verdict_on_something_gone_is_passed_over(enrolled: Database) -> None:
    await verdict(enrolled, "gone", "applied")
    assert await states(enrolled) == []


async def test_counts_tell_items_and_files(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    ids = await add(enrolled, plan(1), clock, *[ACCEPTED] * 4)
    for operation, outcome in zip(ids, ("applied", "held", "quarantined"), strict=False):
        await verdict(enrolled, operation, outcome)

    def photo(c: Connection, content: bytes) -> str:
        return attachments.add(
            c, content, visit="visit-1", slot="meter", media_type="image/jpeg"
        ).sha256

    sent = await enrolled.write(lambda c: photo(c, b"12345"), touched=OUTBOX)
    await enrolled.write(lambda c: photo(c, b"123"), touched=OUTBOX)
    await enrolled.write(
        lambda c: attachments.note_delivered(c, "visit-1", sent, AT), touched=OUTBOX
    )
    assert await enrolled.read(outbox.counts) == outbox.OutboxCounts(
        waiting=2,
        refused=1,
        files_waiting=1,
        bytes_waiting=3,
    )


async def test_nothing_waits_in_an_empty_outbox(enrolled: Database) -> None:
    assert await enrolled.read(outbox.counts) == outbox.OutboxCounts(0, 0, 0, 0)
    assert await enrolled.read(outbox.last_sequence) == 0


async def test_an_office_that_was_restored_gets_all_again_but_what_it_rejected(
    enrolled: Database, plan: Plan, clock: Clock
) -> None:
    for operation, outcome in zip(
        await add(enrolled, plan(1), clock, *[ACCEPTED] * 3),
        ("applied", "rejected", "quarantined"),
        strict=True,
    ):
        await verdict(enrolled, operation, outcome)
    await enrolled.write(outbox.resend_all, touched=OUTBOX)
    assert await states(enrolled) == ["waiting", "rejected", "waiting"]


async def test_a_new_incarnation_takes_along_what_the_office_does_not_have(
    enrolled: Database, owner: Device, plan: Plan, clock: Clock
) -> None:
    ids = await add(enrolled, plan(1), clock, *[ACCEPTED] * 5)
    for operation, outcome in zip(ids, ("applied", "held", "rejected"), strict=False):
        await verdict(enrolled, operation, outcome)
    old = await enrolled.read(outbox.items)
    title = b"FLD\x00\x00\x00\x00\x02"
    await enrolled.write(lambda c: outbox.start_incarnation(c, 2, title), touched=OUTBOX)
    new = await enrolled.read(outbox.items)
    assert [i.id for i in new] == ids
    assert [i.state for i in new] == ["applied", "waiting", "rejected", "waiting", "waiting"]
    assert new[0] == old[0]
    headers = [decode_header(i.operation.header) for i in new]
    assert [(h.incarnation, h.sequence) for h in headers] == [
        (1, 1),
        (2, 1),
        (1, 3),
        (2, 2),
        (2, 3),
    ]
    assert [i.operation.payload for i in new] == [i.operation.payload for i in old]
    assert [h.device_time for h in headers] == [i.made_at for i in old]
    stored = await enrolled.read(device)
    assert stored == msgspec.structs.replace(owner, incarnation=2, system_title=title)
    public = secrets.public_key(owner.private_key)
    assert await enrolled.read(lambda c: chain.broken_at(c, public)) is None
    await add(enrolled, plan(1), clock, TRAVELLING)
    assert await enrolled.read(outbox.last_sequence) == 4
