"""What comes from the office: pages of changes, checked whole before anything is stored.

In come an answer's bytes; out come the page for the inbox and whether both sides then hold the
same. Rule: rows and cursor are stored in one transaction or not at all, and the outbox is never
touched from here.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import pairwise

import msgspec

from fieldapp.store import (
    attachments,
    closings,
    departures,
    inbox,
    meter_keys,
    orders,
    permit,
    recovery,
    van,
)
from fieldapp.store.inbox import InboxChange
from fieldapp.store.transaction import Transaction
from fieldapp.unreadable import UNREADABLE
from sync.client import answers
from sync.client.answers import Answer
from sync.errors import BadWire
from sync.wire import Change, ChangeKind, SyncAnswer, VanLoad, digest


class _RawPage(msgspec.Struct):
    """The changes as they came: fields that this version does not know count in the sum."""

    changes: tuple[msgspec.Raw, ...] = ()


_RAW_PAGES = msgspec.json.Decoder(_RawPage)


def read(answer: Answer, cursor: int) -> SyncAnswer:
    """The office's answer to a request with this cursor.

    Raises:
        BadWire: not such an answer, a wrong checksum, or changes that don't follow the cursor.
    """
    page = answers.message(answer, SyncAnswer)
    if _checksum(answer.body) != page.checksum:
        raise BadWire("page checksum")
    if page.cursor >= cursor:
        _check_order(page, cursor)
    elif page.changes or page.has_more:
        raise BadWire("page from before the cursor")
    for change in page.changes:
        _check(change)
    return page


def is_behind(page: SyncAnswer, cursor: int) -> bool:
    """Whether the office's list ends before what was pulled already: it was set back."""
    return page.cursor < cursor


def store(c: Transaction, page: SyncAnswer) -> None:
    """Put the page and its cursor into the inbox."""
    inbox.store_page(
        c,
        [InboxChange(o.visit_id, o.version, o.visit, o.keys) for o in page.changes],
        page.cursor,
        last=not page.has_more,
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


def _checksum(body: bytes) -> str:
    """`wire.page_checksum` over the changes as they stand in the body."""
    sha256 = hashlib.sha256()
    try:
        changes = _RAW_PAGES.decode(body).changes
    except UNREADABLE as e:  # no JSON, though it could be read
        raise BadWire(str(e)) from e
    for change in changes:
        sha256.update(bytes(change))
        sha256.update(b"\n")
    return sha256.hexdigest()


def _check_order(page: SyncAnswer, cursor: int) -> None:
    numbers = [cursor, *(change.number for change in page.changes)]
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
