"""Reads the outbox and the list of files out of a database of which pages may be unreadable.

In comes an open store; out come rows one batch after the other, and the numbers of those that
can't be read. Which numbers there are is asked of an index, whose pages are others than the
rows'; where that is damaged too they are tried one by one. SQLCipher answers nothing after a
damaged page, so each time a connection of its own begins. Rule: nothing is written, and a row
that can't be read costs no other.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, literal_column, select, text

from fieldapp.errors import StoreCorrupt, StoreError
from fieldapp.store.attachments import Attachment
from fieldapp.store.database import Database, vault_of
from fieldapp.store.outbox import OutboxItem, item_of
from fieldapp.store.tables import attachments, operations

T = TypeVar("T")

_BATCH = 50
_GIVES_UP_AFTER = 1000
"""So many numbers that can't be read in a row, where nobody knows the last one, is the end."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that is there and can't be read; `which` names it where that is known."""

    number: int
    which: str = ""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as its row tells it, and the opaque name under which it lies sealed."""

    about: Attachment
    name: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """One table: how its numbers are listed, the last of them is found, and rows are read."""

    index: str
    last: str
    fetch: Callable[[Connection, Sequence[int]], dict[int, object]]


async def attempt(db: Database, query: Callable[[Connection], T]) -> T | None:
    """What a query answers; None where a page is in its way that can't be read."""
    try:
        return await db.read(query)
    except StoreError:  # damaged, or the disk itself does not give it
        await db.reconnect()
        return None


async def outbox_items(db: Database) -> AsyncIterator[OutboxItem | Unreadable]:
    """Every operation kept here, in the order they were made."""
    async for found in _each(db, _OPERATIONS):
        assert isinstance(found, OutboxItem | Unreadable)
        yield found


async def files(db: Database) -> AsyncIterator[KeptFile | Unreadable]:
    """Every file that there should be."""
    async for found in _each(db, _FILES):
        assert isinstance(found, KeptFile | Unreadable)
        yield found


async def content(db: Database, file: KeptFile, start: int, size: int) -> bytes:
    """Octets of a file from `start`, without a look at the database's pages.

    Raises:
        StoreCorrupt: the file is gone, cut or changed.
    """
    end = min(file.about.size, start + size)
    found = await db.read(lambda c: vault_of(c).read(file.name, start, end))
    if len(found) != end - start:
        raise StoreCorrupt(file.name)
    return found


async def _each(db: Database, kind: _Kind) -> AsyncIterator[object]:
    listed = await attempt(db, lambda c: c.execute(text(kind.index)).all())
    if listed is None:
        async for found in _tried(db, kind):
            yield found
        return
    names = {row[0]: str(row[1] or "") for row in listed}
    numbers = sorted(names)
    for start in range(0, len(numbers), _BATCH):
        batch = numbers[start : start + _BATCH]
        rows = await _fetched(db, kind, batch)
        for number in batch:
            found = await _fetched(db, kind, (number,)) if rows is None else rows
            if found is None:
                yield Unreadable(number, names[number])
            elif number in found:  # not let go meanwhile
                yield found[number]


async def _fetched(
    db: Database, kind: _Kind, numbers: Sequence[int]
) -> dict[int, object] | None:
    """The rows that there are of these; None: a damaged page is among theirs."""
    return await attempt(db, lambda c: kind.fetch(c, numbers))


async def _tried(db: Database, kind: _Kind) -> AsyncIterator[object]:
    """Row by row, up to the last number where it is known; what is missing is passed over."""
    last = await attempt(db, lambda c: c.execute(text(kind.last)).scalar())
    lost: list[int] = []
    missed, number = 0, 1
    while number <= last if last is not None else missed < _GIVES_UP_AFTER:
        found = await _fetched(db, kind, (number,))
        missed = 0 if found else missed + 1
        if found is None:
            lost.append(number)
        elif found:
            for one in lost:
                yield Unreadable(one)
            lost = []
            yield found[number]
        number += 1
    for one in lost if last is not None else lost[:1]:
        yield Unreadable(one)


def _fetch_operations(c: Connection, numbers: Sequence[int]) -> dict[int, object]:
    query = select(operations).where(operations.c.position.in_(numbers))
    return {row.position: item_of(row) for row in c.execute(query)}


def _fetch_files(c: Connection, numbers: Sequence[int]) -> dict[int, object]:
    """By columns that every schema has: what does not open is not brought to today's."""
    number: ColumnElement[int] = literal_column("rowid")
    a = attachments.c
    about = (a.sha256, a.size, a.media_type, a.slot, a.visit, a.delivered_at)
    query = select(number.label("number"), a.file, *about).where(number.in_(numbers))
    return {row[0]: KeptFile(Attachment(*row[2:]), row.file) for row in c.execute(query)}


_OPERATIONS = _Kind(
    index="SELECT position, NULL FROM operations INDEXED BY operations_state",
    last="SELECT seq FROM sqlite_sequence WHERE name = 'operations'",
    fetch=_fetch_operations,
)
_FILES = _Kind(
    index="SELECT rowid, sha256 FROM attachments INDEXED BY sqlite_autoindex_attachments_1",
    last="SELECT max(rowid) FROM attachments",
    fetch=_fetch_files,
)
