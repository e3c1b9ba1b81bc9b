"""What must hold in the end, whatever happened: nothing lost, nothing twice, nothing stuck.

In come an office and its laptops after the line was good again; out come `Finding`s, none where
all is well. Rule: only looked at, never mended; each check says in words what it found.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from fieldapp.domain.day_close import FILES, OPERATIONS
from fieldapp.domain.progress import continued
from fieldapp.store import attachments, chain, closings, device, orders, outbox, secrets
from fieldapp.store.database import Database
from fieldapp.store.outbox import OutboxItem
from fieldapp.store.transaction import Transaction
from sync.server import files, holders
from sync.server.changes import SEALED, SealedVisit, open_bundle
from sync.server.laptops import Laptop, find
from sync.server.office import Office
from sync.server.tables import changes, counters, operations, visits
from sync.server.tables import files as files_table
from sync.server.told import told
from sync.server.vault import unseal
from sync.wire import DROPPED
from tests.sync.server.doubles import DAY
from tests.sync.torture.machine import Book


class Examined(Protocol):
    """A laptop that is looked at."""

    @property
    def db(self) -> Database:
        """Its open store."""
        ...

    @property
    def book(self) -> Book:
        """What it showed as saved."""
        ...

    @property
    def laptop(self) -> str:
        """Its id at the office."""
        ...


class Trouble(StrEnum):
    """What kind of failure it is."""

    LOST = "lost"
    DOUBLED = "doubled"
    STUCK = "stuck"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Finding:
    """Something that must not be."""

    trouble: Trouble
    what: str

    def __str__(self) -> str:
        return f"{self.trouble}: {self.what}"


SET_ASIDE = frozenset({"laptop_withdrawn", "unknown_visit", "never_assigned", DROPPED})
"""Why the office may keep an operation for a person instead of letting it count."""


def told_truly(office: Office, machine: Examined, received: Iterable[str]) -> Iterator[Finding]:
    """What a laptop was told of is at the office at that very moment."""
    with office.database.reading() as c:
        there = {row.id for row in _operations(c, machine.laptop)}
    for one in received:
        if one not in there:
            yield Finding(Trouble.LOST, f"{one} was told to be received and is not there")


async def cursor_holds(office: Office, machine: Examined) -> list[Finding]:
    """The laptop holds every visit whose last change it says to have."""

    def look(c: Transaction) -> tuple[int, dict[str, int]]:
        return device.cursor(c), orders.versions(c)

    cursor, held = await machine.db.read(look)
    with office.database.reading() as c:
        laptop = find(c, machine.laptop)
        if laptop is None or laptop.withdrawn:
            return []
        rows = c.execute(_changes(laptop)).all()
        wanted = _wanted(c, laptop)
    last = {row.visit: row.number for row in rows}
    told = {visit for visit, number in last.items() if number <= cursor}
    return [
        Finding(Trouble.LOST, f"cursor {cursor} but {visit} is {held.get(visit)}")
        for visit in sorted(told)
        if held.get(visit) != wanted.get(visit)
    ]


def of_the_office(office: Office) -> Iterator[Finding]:
    """The change lists have no gap, and what facts set going is there once."""
    with office.database.reading() as c:
        lasts = {row.technician: row.last for row in c.execute(select(counters))}
        for technician, last in sorted(lasts.items()):
            mine = changes.c.technician == technician
            query = select(changes.c.number).where(mine).order_by(changes.c.number)
            numbers = list(c.execute(query).scalars())
            if numbers != list(range(1, last + 1)):
                yield Finding(Trouble.LOST, f"changes of {technician}: {numbers}, last {last}")


async def of_a_laptop(office: Office, machine: Examined) -> list[Finding]:
    """Everything that must be the same on both sides, and what must be at the office."""
    audit = await machine.db.read(_Laptop.seen)
    with office.database.reading() as c:
        laptop = find(c, machine.laptop)
        assert laptop is not None
        rows = _operations(c, machine.laptop)
        found = [
            *_at_the_office(office, c, machine, rows),
            *_on_the_laptop(machine, audit, rows),
            *_visits(office, c, laptop, audit, complete=not machine.book.set_back),
        ]
        stored = c.execute(
            select(files_table).where(files_table.c.laptop == machine.laptop)
        ).all()
    return [*found, *_files(office, laptop, machine, stored)]


async def receipt(machine: Examined) -> list[Finding]:
    """A day that was closed is answered, and both sides count the same."""
    closing = await machine.db.read(lambda c: closings.closing(c, DAY))
    if closing is None:
        return []
    if closing.receipt is None:
        return [Finding(Trouble.STUCK, "a day without its receipt")]
    counted = {OPERATIONS, FILES}
    return [
        Finding(Trouble.DIFFERS, f"a closed day: {difference}")
        for difference in closing.differences
        if difference.what in counted
    ]


@dataclass(frozen=True)
class _Laptop:
    """What a laptop's store says."""

    items: tuple[OutboxItem, ...]
    waiting: tuple[attachments.Attachment, ...]
    versions: dict[str, int]
    held: tuple[orders.StoredVisit, ...]
    files: frozenset[str]
    cursor: int
    broken: str | None

    @classmethod
    def seen(cls, c: Transaction) -> _Laptop:
        owner = device.device(c)
        assert owner is not None
        held = orders.held(c)
        return cls(
            outbox.items(c),
            attachments.waiting(c),
            orders.versions(c),
            held,
            frozenset(v.visit.id for v in held if attachments.of_visit(c, v.visit.id)),
            device.cursor(c),
            chain.broken_at(c, secrets.public_key(owner.private_key)),
        )


def _at_the_office(
    office: Office, c: Connection, machine: Examined, rows: list[Row[Any]]
) -> Iterator[Finding]:
    counted = Counter(row.id for row in rows if row.counts)
    for made, times in counted.items():
        if times > 1:
            yield Finding(Trouble.DOUBLED, f"operation {made} counts {times} times")
    for made, payload in machine.book.operations.items():
        mine = [row for row in rows if row.id == made]
        good = [row for row in mine if row.counts] or [
            row for row in mine if row.outcome == outbox.QUARANTINED and row.reason in SET_ASIDE
        ]
        if not good:
            words = [f"{row.kind} {row.outcome} {row.reason}" for row in mine]
            trouble = Trouble.STUCK if mine else Trouble.LOST
            yield Finding(trouble, f"operation {made} at the office: {words}")
            continue
        key = holders.key(office, c, good[0].region, good[0].holder)
        if unseal(key, good[0].sealed, f"operation:{good[0].header_sha256}") != payload:
            yield Finding(Trouble.LOST, f"operation {made} has another payload")


def _on_the_laptop(machine: Examined, seen: _Laptop, rows: list[Row[Any]]) -> Iterator[Finding]:
    if seen.broken is not None:
        yield Finding(Trouble.DIFFERS, f"the chain breaks at {seen.broken}")
    here = {item.id: item for item in seen.items}
    outcomes = {row.header_sha256: _outcome(row) for row in rows}
    counted = {row.id: _outcome(row) for row in rows if row.counts}  # maybe an earlier copy
    for made, payload in machine.book.operations.items():
        item = here.get(made)
        if item is None or item.operation.payload != payload:
            yield Finding(Trouble.LOST, f"operation {made} on the laptop: {item}")
    for item in seen.items:
        name = hashlib.sha256(item.operation.header).hexdigest()
        if item.state in outbox.UNDELIVERED:
            what = f"operation {item.sequence} {item.kind} is {item.state} {item.reason}"
            yield Finding(Trouble.STUCK, what)
        elif item.state not in {outcomes.get(name), counted.get(item.id)}:
            what = f"{item.kind} is {item.state} {item.reason}, there {outcomes.get(name)}"
            yield Finding(Trouble.DIFFERS, what)
        elif item.state == outbox.QUARANTINED and item.reason not in SET_ASIDE:
            yield Finding(Trouble.STUCK, f"{item.kind} set aside: {item.reason}")


def _outcome(row: Row[Any]) -> str:
    dropped = row.outcome == outbox.QUARANTINED and row.reason == DROPPED
    return outbox.DROPPED if dropped else str(row.outcome)


def _visits(
    office: Office, c: Connection, laptop: Laptop, seen: _Laptop, *, complete: bool
) -> Iterator[Finding]:
    """`complete`: the laptop was never set back, so both know the same facts."""
    wanted = {} if laptop.withdrawn else _wanted(c, laptop)
    if seen.versions != wanted:
        yield Finding(Trouble.DIFFERS, f"visits {seen.versions}, wanted {wanted}")
    if not laptop.withdrawn and seen.cursor != max(
        (row.number for row in c.execute(_changes(laptop))), default=0
    ):
        yield Finding(Trouble.DIFFERS, f"cursor {seen.cursor} is not the last change")
    worked_on = {item.visit for item in seen.items} | seen.files
    for stored in seen.held:
        visit = stored.visit
        if visit.id in wanted:
            row = c.execute(select(*SEALED).where(visits.c.id == visit.id)).one()
            if open_bundle(office, c, SealedVisit(*row)) != visit:
                yield Finding(Trouble.DIFFERS, f"visit {visit.number} is another one")
            there = continued(visit, told(office, c, laptop, visit.id))
            if complete and there.facts != stored.progress.facts:
                what = f"{visit.number} is {stored.progress.state}, there {there.state}"
                yield Finding(Trouble.DIFFERS, what)
        elif not stored.withdrawn or visit.id not in worked_on:
            yield Finding(Trouble.DIFFERS, f"visit {visit.number} is nobody's here")


def _files(
    office: Office, laptop: Laptop, machine: Examined, rows: Iterable[Row[Any]]
) -> Iterator[Finding]:
    there = {(row.visit, row.sha256): row for row in rows}
    for (visit, sha256), content in machine.book.files.items():
        row = there.get((visit, sha256))
        if row is None or row.complete_at is None:
            yield Finding(Trouble.LOST, f"a file of {len(content)} octets is not there")
            continue
        upload = files.find(office, laptop, row.id)
        if b"".join(files.content(office, upload).read()) != content:
            yield Finding(Trouble.LOST, f"a file of {len(content)} octets is another one")


def _operations(c: Connection, laptop: str) -> list[Row[Any]]:
    return list(c.execute(select(operations).where(operations.c.laptop == laptop)))


def _changes(laptop: Laptop) -> Any:
    return (
        select(changes.c.visit, changes.c.number)
        .where(changes.c.region == laptop.region, changes.c.technician == laptop.technician)
        .order_by(changes.c.number)
    )


def _wanted(c: Connection, laptop: Laptop) -> dict[str, int]:
    """The visits that are this laptop's, by the office's rows."""
    query = select(visits.c.id, visits.c.version).where(
        visits.c.region == laptop.region,
        visits.c.technician == laptop.technician,
        visits.c.published,
        visits.c.cancelled.is_(False),
    )
    return {row.id: row.version for row in c.execute(query)}
