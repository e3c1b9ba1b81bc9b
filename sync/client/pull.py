"""What comes from the office: pages of changes, checked whole before anything is stored.

In come an answer's bytes; out come the page for the inbox and whether both sides then hold the
same. Rule: rows and cursor are stored in one transaction or not at all, and the outbox is never
touched from here; a visit that this program can't read keeps nothing else from coming.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import msgspec

from fieldapp.store import (
    attachments,
    closings,
    departures,
    device,
    inbox,
    meter_keys,
    orders,
    permit,
    recovery,
    van,
)
from fieldapp.store.inbox import InboxChange
from fieldapp.store.transaction import Transaction
from sync.client import answers
from sync.client.answers import Answer
from sync.errors import BadWire
from sync.wire import (
    Change,
    ChangeKind,
    SyncAnswer,
    VanLoad,
    checksum_of,
    decode,
    digest,
)


class _Raw(SyncAnswer, frozen=True, kw_only=True):
    """The changes as they came: fields that this version does not know count in the sum."""

    changes: tuple[msgspec.Raw, ...] = ()  # type: ignore[assignment]  # the same octets


class _Named(msgspec.Struct, frozen=True):
    """What every change says, in whatever form its visit is."""

    number: int
    visit_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that was checked.

    Attributes:
        answer: with those changes that this program can read.
        too_new: ids of visits in a form that it does not know: a newer office planned them.
    """

    answer: SyncAnswer
    too_new: tuple[str, ...] = ()


def read(answer: Answer, cursor: int) -> Page:
    """The office's answer to a request with this cursor.

    Raises:
        BadWire: not such an answer, a wrong checksum, or changes that don't follow the cursor.
    """
    raw = answers.message(answer, _Raw)
    if checksum_of(bytes(change) for change in raw.changes) != raw.checksum:
        raise BadWire("page checksum")
    named = [decode(bytes(change), _Named) for change in raw.changes]
    if raw.cursor >= cursor:
        _check_order(raw, [cursor, *(one.number for one in named)])
    elif named or raw.has_more:
        raise BadWire("page from before the cursor")
    read_ones, too_new = [], []
    for octets, name in zip(raw.changes, named, strict=True):
        change = _change(bytes(octets))
        if change is None:
            too_new.append(name.visit_id)
        else:
            _check(change)
            read_ones.append(change)
    fields = {**msgspec.structs.asdict(raw), "changes": tuple(read_ones)}
    return Page(SyncAnswer(**fields), tuple(too_new))


def is_behind(page: SyncAnswer, cursor: int) -> bool:
    """Whether the office's list ends before what was pulled already: it was set back."""
    return page.cursor < cursor


def is_of_another_life(c: Transaction, page: SyncAnswer) -> bool:
    """Whether the office was put back from a backup since what is here was pulled.

    It counts on from the copy, so a version of a visit may stand for another content than the
    same one here.
    """
    return page.restored not in {"", device.life(c)}


def store(c: Transaction, page: Page, *, is_first: bool) -> None:
    """Put the page and its cursor into the inbox; a first page begins the list anew."""
    told = page.answer
    if is_first:
        device.note_life(c, told.restored)
    inbox.store_page(
        c,
        [InboxChange(o.visit_id, o.version, o.visit, o.keys) for o in told.changes],
        told.cursor,
        last=not told.has_more,
        named=page.too_new,
    )


def store_besides(c: Transaction, page: SyncAnswer, now_trusted: datetime | None) -> None:
    """Keep whatever else the office said; what it did not say stays as it is."""
    if page.van is not None:
        _store_van(c, page.van, now_trusted)
    if page.permit is not None:
        permit.store(c, page.permit)
    if page.receipts:
        closings.note_receipts(c, page.receipts)
    if page.files_held is not None:
        attachments.note_held(c, page.files_held)
    if page.originals_wait is not None:
        departures.note_wish(c, wait=page.originals_wait)
    recovery.learn(c, page.recovery)


def _store_van(c: Transaction, load: VanLoad, now_trusted: datetime | None) -> None:
    """Put the van and its meters' keys in place of those that were here."""
    van.store(c, load.van, orders.local_day(now_trusted) if now_trusted else None)
    meter_keys.store(c, meter_keys.VAN, load.keys)


def agrees(c: Transaction, page: SyncAnswer) -> bool:
    """Whether what is stored now has the office's digest; an office that gives none agrees."""
    return page.digest in {"", digest(orders.versions(c))}


def _change(octets: bytes) -> Change | None:
    try:
        return decode(octets, Change)
    except BadWire:
        return None


def _check_order(page: SyncAnswer, numbers: list[int]) -> None:
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise BadWire("changes out of order")
    if page.changes and page.cursor != numbers[-1]:
        raise BadWire("cursor is not the page's last change")
    if page.has_more and not page.changes:
        raise BadWire("more announced, none given")


def _check(change: Change) -> None:
    visit = change.visit
    if change.kind is ChangeKind.WITHDRAWN:
        if visit is not None or change.keys:
            raise BadWire("a withdrawn visit that is given")
    elif visit is None or (visit.id, visit.version) != (change.visit_id, change.version):
        raise BadWire("a change that is not its visit's")
