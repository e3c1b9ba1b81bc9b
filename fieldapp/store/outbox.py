"""The outbox: every fact from the site as a signed operation, until the office has it.

In comes a fact; its operation gets the next sequence, the previous header's hash and the
laptop's signature, in the caller's transaction. Out come the operations to send, and in again
the office's verdicts. Rule: header, signature and payload are exact bytes that stay as they
are; sequences have no gap within an incarnation (sync.md "Shape").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, func, insert, select, update

from fieldapp.clock import Clock
from fieldapp.domain.day_close import DayClosed, subject
from fieldapp.domain.facts import AnyFact
from fieldapp.domain.operation import (
    Header,
    SignedOperation,
    decode_header,
    encode_payload,
    sha256_hex,
)
from fieldapp.domain.work_order import Visit
from fieldapp.errors import NotEnrolled
from fieldapp.store import chain, seat
from fieldapp.store.chain import Link
from fieldapp.store.device import (
    Device,
    device,
    last_contact,
    note_time,
    store_device,
    trusted_time,
)
from fieldapp.store.tables import Moment, attachments, operations

WAITING = "waiting"
HELD = "held"
REJECTED = "rejected"
QUARANTINED = "quarantined"
DROPPED = "dropped"
"""A person at the office looked at it and left it out; kept there, and nothing more to do."""

TO_SEND = (WAITING, HELD)
"""What the next push takes along; a held one may find its predecessor there now."""

UNDELIVERED = (WAITING, HELD, REJECTED)
"""What must not leave the laptop: the office does not have it, or can't place it yet."""

REFUSED = (REJECTED, QUARANTINED)
"""What a person has to look at."""

_SALT_SIZE = 16


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """One operation and where it stands.

    Attributes:
        made_at: by the device's clock.
        size: octets of header, signature and payload.
        state: waiting | held | applied | applied_with_conflict | quarantined | dropped |
            rejected.
        reason: the office's, where it gave one.
        received_at: by the office's clock, or None.
    """

    id: str
    sequence: int
    visit: str
    kind: str
    made_at: datetime
    size: int
    state: str
    reason: str
    received_at: datetime | None
    operation: SignedOperation


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """What the screen says about the outbox: items, files and their octets.

    Attributes:
        bytes_waiting: of the files that wait.
    """

    waiting: int
    refused: int
    files_waiting: int
    bytes_waiting: int


def append(c: Connection, visit: Visit, fact: AnyFact, clock: Clock) -> str:
    """Sign a fact of a visit into the chain; answers the operation's id.

    Raises:
        NotEnrolled: this laptop has no key to sign with.
    """
    return _append(c, (visit.id, visit.flow.version, visit.version), fact, clock)


def append_closing(c: Connection, fact: DayClosed, clock: Clock) -> str:
    """Sign the closing of a day into the chain; answers and errors as `append`."""
    return _append(c, (subject(fact.day), 0, 0), fact, clock)


def _append(c: Connection, about: tuple[str, int, int], fact: AnyFact, clock: Clock) -> str:
    """`about`: the visit or day, the version of its definition, and its own."""
    owner = _owner(c)
    payload = encode_payload(fact, clock.random_bytes(_SALT_SIZE))
    contact = last_contact(c)
    trusted = trusted_time(c, clock)
    draft = Header(
        id=clock.new_id(),
        laptop=owner.laptop,
        incarnation=owner.incarnation,
        sequence=0,
        visit=about[0],
        kind=fact.kind,
        definition_version=about[1],
        visit_version=about[2],
        device_time=clock.now(),
        trusted_time=trusted,
        offset_s=contact.offset_s if contact else None,
        previous="",
        payload_sha256=sha256_hex(payload),
    )
    _insert(c, chain.link(c, owner, draft), payload)
    if trusted is not None:
        note_time(c, trusted)
    return draft.id


def to_send(c: Connection, limit: int) -> tuple[OutboxItem, ...]:
    """The next operations for the office, waiting and held, in the order they were made."""
    query = select(operations).where(operations.c.state.in_(TO_SEND))
    return _items(c, query.order_by(operations.c.position).limit(limit))


def items(c: Connection, visit_id: str | None = None) -> tuple[OutboxItem, ...]:
    """All operations kept here, or those of one visit, in the order they were made."""
    query = select(operations).order_by(operations.c.position)
    if visit_id is not None:
        query = query.where(operations.c.visit == visit_id)
    return _items(c, query)


def at(c: Connection, incarnation: int, sequence: int) -> OutboxItem | None:
    """The operation that stands there in our chain, where it is still kept."""
    here = (operations.c.incarnation == incarnation, operations.c.sequence == sequence)
    return next(iter(_items(c, select(operations).where(*here))), None)


@dataclass(frozen=True, slots=True)
class Word:
    """The office's word on an operation."""

    id: str
    outcome: str
    reason: str
    received_at: datetime | None


def note_verdict(
    c: Connection, operation_id: str, outcome: str, reason: str, received_at: datetime | None
) -> None:
    """Remember the office's word on an operation; one that is gone already is passed over."""
    note_verdicts(c, [Word(operation_id, outcome, reason, received_at)])


def note_verdicts(c: Connection, words: Sequence[Word]) -> None:
    """Remember the office's words, in their order, as one statement."""
    if words:
        rows = [
            {"of": w.id, "outcome": w.outcome, "why": w.reason, "taken": w.received_at}
            for w in words
        ]
        c.execute(_NOTE, rows)


_NOTE = (
    update(operations)
    .where(operations.c.id == bindparam("of"))
    .values(
        state=bindparam("outcome"),
        reason=bindparam("why"),
        received_at=func.coalesce(operations.c.received_at, bindparam("taken", type_=Moment())),
    )
)


def resend(c: Connection, operation_id: str) -> None:
    """Let a refused operation go with the next push once more; its bytes stay the same."""
    c.execute(
        update(operations)
        .where(operations.c.id == operation_id, operations.c.state.in_(REFUSED))
        .values(state=WAITING, reason="")
    )


def resend_all(c: Connection) -> None:
    """Send again everything that is kept, but for what was rejected.

    For an office that was restored from a backup; what it has still keeps its verdict there.
    """
    sent = operations.c.state != REJECTED
    c.execute(update(operations).where(sent).values(state=WAITING, received_at=None))


def counts(c: Connection) -> OutboxCounts:
    """How much waits, was refused, and how many files still have to go."""
    states = select(operations.c.state, func.count()).group_by(operations.c.state)
    by_state = {row[0]: row[1] for row in c.execute(states)}
    files, size = c.execute(
        select(func.count(), func.coalesce(func.sum(attachments.c.size), 0)).where(
            attachments.c.delivered_at.is_(None)
        )
    ).one()
    return OutboxCounts(
        waiting=sum(by_state.get(state, 0) for state in TO_SEND),
        refused=sum(by_state.get(state, 0) for state in REFUSED),
        files_waiting=files,
        bytes_waiting=size,
    )


def last_sequence(c: Connection) -> int:
    """The last sequence made in the present incarnation; 0 for none.

    Raises:
        NotEnrolled: this laptop has no incarnation.
    """
    return chain.end(c, _owner(c).incarnation).sequence


def start_incarnation(c: Connection, incarnation: int, system_title: bytes) -> None:
    """Begin a new chain, as the office tells a restored laptop to.

    What waits moves to the new chain: the same ids and payloads under new headers, in the order
    they were made. What the office has stays in the old one, and so does what it rejected: in
    the new one that would be a gap again, and everything after it would be held for ever.

    Raises:
        NotEnrolled: this laptop has no incarnation to leave.
    """
    owner = msgspec.structs.replace(
        _owner(c), incarnation=incarnation, system_title=system_title
    )
    store_device(c, owner)
    seat.start_anew(c, system_title)
    query = select(operations).where(operations.c.state.in_(TO_SEND))
    for row in c.execute(query.order_by(operations.c.position)).all():
        _move(c, chain.link(c, owner, decode_header(row.header)))


def _owner(c: Connection) -> Device:
    owner = device(c)
    if owner is None:
        raise NotEnrolled
    return owner


def _insert(c: Connection, made: Link, payload: bytes) -> None:
    c.execute(
        insert(operations).values(
            id=made.header.id,
            visit=made.header.visit,
            kind=made.header.kind,
            made_at=made.header.device_time,
            payload=payload,
            state=WAITING,
            reason="",
            **_place(made),
        )
    )


def _move(c: Connection, made: Link) -> None:
    """A held operation waited for a predecessor of the old chain; in the new one it has one."""
    mine = operations.c.id == made.header.id
    c.execute(update(operations).where(mine).values(state=WAITING, **_place(made)))


def _place(made: Link) -> dict[str, object]:
    return {
        "incarnation": made.header.incarnation,
        "sequence": made.header.sequence,
        "header": made.encoded,
        "signature": made.signature,
    }


def _items(c: Connection, query: Select[Any]) -> tuple[OutboxItem, ...]:
    return tuple(item_of(row) for row in c.execute(query))


def item_of(row: Row[Any]) -> OutboxItem:
    """A row of the table as an item."""
    return OutboxItem(
        id=row.id,
        sequence=row.sequence,
        visit=row.visit,
        kind=row.kind,
        made_at=row.made_at,
        size=len(row.header) + len(row.signature) + len(row.payload),
        state=row.state,
        reason=row.reason,
        received_at=row.received_at,
        operation=SignedOperation(row.header, row.signature, row.payload),
    )
