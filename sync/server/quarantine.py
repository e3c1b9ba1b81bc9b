"""Operations that were set aside for a person: listed, looked at, taken or dropped.

In come a user and a decision; out come lines, and what a fact says in plain values. One that is
taken is judged and applied as any fact, in its place among what its laptop told, exactly once;
one that is dropped is kept with the reason and leaves the inbox. Rule: header, signature and
payload stay as they came, so the chain verifies as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, insert, select, update

from fieldapp.domain.operation import decode_payload
from fieldapp.unreadable import UNREADABLE
from sync.server import audit, holders
from sync.server.bell import ring
from sync.server.doors import User
from sync.server.judging import Bench, HeldOperation, Seat
from sync.server.laptops import Laptop, locked
from sync.server.office import Office
from sync.server.planning import note
from sync.server.problems import ProblemError
from sync.server.tables import laptops, operations, visits
from sync.server.tables_people import set_aside
from sync.server.vault import seal, unseal
from sync.wire import DROPPED, MAX_SET_ASIDE, Outcome, Verdict

OPEN, TAKEN = "open", "taken"
MOST = 500
"""Lines in one answer, in the order in which each laptop made them."""
_APPLIED = (Outcome.APPLIED.value, Outcome.APPLIED_WITH_CONFLICT.value)


@dataclass(frozen=True, slots=True)
class SetAside:
    """One line of the list, without any customer's data.

    Attributes:
        id: SHA-256 of the operation's header.
        number: the visit's; what the header names where no such visit is known.
        reason: why it was set aside.
        outcome: what became of it since; `quarantined` where nothing did.
    """

    id: str
    operation: str
    laptop: str
    technician: str
    withdrawn: bool
    visit: str
    number: str
    kind: str
    device_time: datetime
    received_at: datetime
    reason: str
    outcome: str
    state: str
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What it says; `fact` is None where nobody can read it any more.

    Attributes:
        words: the reason that a person gave for dropping it.
    """

    line: SetAside
    fact: dict[str, Any] | None
    words: str


def listed(office: Office, user: User, state: str = OPEN) -> list[SetAside]:
    """The region's operations that were set aside and are in this state."""
    with office.database.reading() as c:
        return _lines(c, user, _in_state(state))


def look(office: Office, user: User, which: str) -> Shown:
    """One of them with what it says; the look is in the audit trail.

    Raises:
        ProblemError: 404 for another region's or none.
    """
    with office.database.writing() as c:
        found = _shown(office, c, user, which)
        note(office, c, user, audit.Entry("quarantine_viewed", found.line.operation))
    return found


def take(office: Office, user: User, which: str, basis: str | None = None) -> Shown:
    """Judge and apply it after all; one that was taken before stays as it is.

    Args:
        office: the open office.
        user: who decides.
        which: the operation, by the SHA-256 of its header.
        basis: the state in which it was looked at; None: whatever it is now.

    Raises:
        ProblemError: 404 for another region's or none, 409 with the reason where it can't be
            taken: its visit is not known, or this version does not understand it; 409 where
            somebody decided something else since it was looked at.
    """
    with office.database.writing() as c:
        line = _line(c, user, which)
        laptop = locked(c, user.region, line.laptop)
        line = _line(c, user, which)  # as it is now that nobody else changes it
        if line.state != TAKEN:
            _check(line, basis)
            row = _row(c, user, line)
            seat = Seat(row["incarnation"], row["sequence"])
            bench = Bench(office, c, laptop, pardon=seat)
            bench.lock({row["visit"]})
            ruling = bench.rule(bench.reopen(_held(row)))
            if ruling.outcome is Outcome.QUARANTINED:
                raise ProblemError(409, "quarantine-not-ready", ruling.reason)
            values = {
                "outcome": ruling.outcome.value,
                "reason": ruling.reason,
                "counts": ruling.counts,
            }
            c.execute(update(operations).where(*_this(user, line)).values(values))
            bench.settle_state(row["visit"])
            bench.close()
            _settle(office, c, user, line, (TAKEN, ""))
        return _shown(office, c, user, which)


def drop(office: Office, user: User, which: str, words: str, basis: str | None = None) -> Shown:
    """Leave it out, with a reason; it is kept and can still be taken; `basis` as `take`.

    Raises:
        ProblemError: 404 for another region's or none, 409 where it was taken, or where
            somebody decided something else since it was looked at.
    """
    with office.database.writing() as c:
        line = _line(c, user, which)
        locked(c, user.region, line.laptop)
        line = _line(c, user, which)
        if line.state == TAKEN:
            raise ProblemError(409, "quarantine-taken")
        _check(line, basis)
        this = _this(user, line)
        c.execute(update(operations).where(*this).values(reason=DROPPED))
        _settle(office, c, user, line, (DROPPED, words))
        return _shown(office, c, user, which)


def _check(line: SetAside, basis: str | None) -> None:
    if basis not in {None, line.state}:
        raise ProblemError(409, "quarantine-changed")


def settled(c: Connection, laptop: Laptop, asked: Iterable[str]) -> tuple[Verdict, ...]:
    """What was decided of these operations of a laptop, for it to hear; the open ones not."""
    ids = list(asked)[:MAX_SET_ASIDE]
    if not ids:
        return ()
    decided = (operations.c.outcome.in_(_APPLIED)) | (operations.c.reason == DROPPED)
    query = (
        select(
            operations.c.id,
            operations.c.outcome,
            operations.c.reason,
            operations.c.received_at,
        )
        .where(operations.c.region == laptop.region, operations.c.laptop == laptop.id)
        .where(operations.c.id.in_(ids), decided)
        .order_by(operations.c.outcome.in_(_APPLIED))
    )
    found = {row.id: row for row in c.execute(query)}
    return tuple(
        Verdict(
            id=row.id,
            outcome=Outcome(row.outcome),
            reason=row.reason,
            received_at=row.received_at,
        )
        for row in found.values()
    )


def _settle(
    office: Office, c: Connection, user: User, line: SetAside, decided: tuple[str, str]
) -> None:
    """Write the decision down, in place of an earlier one."""
    state, words = decided
    row = _row(c, user, line)
    values = {
        "state": state,
        "sealed": _sealed_words(office, c, row, words),
        "settled_at": office.clock.now(),
        "settled_by": user.name,
    }
    this = (set_aside.c.region == user.region, set_aside.c.header_sha256 == line.id)
    if not c.execute(update(set_aside).where(*this).values(values)).rowcount:
        key = {"region": user.region, "laptop": line.laptop, "header_sha256": line.id}
        c.execute(insert(set_aside).values(**key, reason=line.reason[:64], **values))
    ring(c, user.region, (line.technician,))
    note(office, c, user, audit.Entry(f"quarantine_{state}", line.operation, line.reason[:64]))


def _sealed_words(office: Office, c: Connection, row: RowMapping, words: str) -> bytes:
    try:
        key = holders.key(office, c, row["region"], row["holder"])
    except holders.Erased:
        return b""
    return seal(key, words.encode(), _about(row["header_sha256"])) if words else b""


def _shown(office: Office, c: Connection, user: User, which: str) -> Shown:
    line = _line(c, user, which)
    row = _row(c, user, line)
    try:
        key = holders.key(office, c, row["region"], row["holder"])
    except holders.Erased:
        return Shown(line, None, "")
    payload = unseal(key, row["sealed"], f"operation:{row['header_sha256']}")
    query = select(set_aside.c.sealed).where(
        set_aside.c.region == user.region, set_aside.c.header_sha256 == which
    )
    words = c.execute(query).scalar_one_or_none()
    said = unseal(key, words, _about(which)).decode() if words else ""
    return Shown(line, _plain(payload), said)


def _plain(payload: bytes) -> dict[str, Any]:
    """The fact in a payload, also one of a kind that this version does not know."""
    try:
        found = msgspec.to_builtins(decode_payload(payload).fact)
    except UNREADABLE:
        found = msgspec.json.decode(payload).get("fact")
    assert isinstance(found, dict)
    return found


def _about(header_sha256: str) -> str:
    return f"set_aside:{header_sha256}"


def _this(user: User, line: SetAside) -> tuple[ColumnElement[bool], ...]:
    """The operation's row, by its whole key."""
    return (
        operations.c.region == user.region,
        operations.c.laptop == line.laptop,
        operations.c.header_sha256 == line.id,
    )


def _row(c: Connection, user: User, line: SetAside) -> RowMapping:
    return c.execute(select(operations).where(*_this(user, line))).mappings().one()


def _held(row: RowMapping) -> HeldOperation:
    names = HeldOperation.__slots__
    return HeldOperation(**{name: row[name] for name in names})


def _line(c: Connection, user: User, which: str) -> SetAside:
    found = _lines(c, user, operations.c.header_sha256 == which, _were_set_aside())
    if not found:
        raise ProblemError(404, "quarantine-unknown")
    return found[0]


def _were_set_aside() -> ColumnElement[bool]:
    quarantined = operations.c.outcome == Outcome.QUARANTINED.value
    return quarantined | set_aside.c.state.is_not(None)


def _in_state(state: str) -> ColumnElement[bool]:
    if state != OPEN:
        return set_aside.c.state == state
    quarantined = operations.c.outcome == Outcome.QUARANTINED.value
    return and_(quarantined, set_aside.c.state.is_(None))


def _lines(c: Connection, user: User, *which: ColumnElement[bool]) -> list[SetAside]:
    its_laptop = (laptops.c.region == operations.c.region) & (
        laptops.c.id == operations.c.laptop
    )
    its_visit = (visits.c.region == operations.c.region) & (visits.c.id == operations.c.visit)
    decision = (
        (set_aside.c.region == operations.c.region)
        & (set_aside.c.laptop == operations.c.laptop)
        & (set_aside.c.header_sha256 == operations.c.header_sha256)
    )
    query = (
        select(
            operations.c.header_sha256.label("id"),
            operations.c.id.label("operation"),
            operations.c.laptop,
            laptops.c.technician,
            laptops.c.withdrawn_at.is_not(None).label("withdrawn"),
            operations.c.visit,
            func.coalesce(visits.c.number, operations.c.visit).label("number"),
            operations.c.kind,
            operations.c.device_time,
            operations.c.received_at,
            func.coalesce(set_aside.c.reason, operations.c.reason).label("reason"),
            operations.c.outcome,
            func.coalesce(set_aside.c.state, OPEN).label("state"),
            set_aside.c.settled_at,
            func.coalesce(set_aside.c.settled_by, "").label("settled_by"),
        )
        .join(laptops, its_laptop)
        .join(visits, its_visit, isouter=True)
        .join(set_aside, decision, isouter=True)
        .where(operations.c.region == user.region, *which)
        .order_by(operations.c.laptop, operations.c.incarnation, operations.c.sequence)
        .limit(MOST)
    )
    return [SetAside(**row) for row in c.execute(query).mappings()]
