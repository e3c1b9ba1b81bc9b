"""One sync: operations in, verdicts and changes out.

In come who asks and the request; out comes the whole answer. Pushing is one transaction that
writes, pulling one look at one moment (`standing`); van, permit and receipts are versioned on
their own and looked up where they are another one. An answer that is lost is asked for again.
Where nothing changed nothing is written, except once a minute that the laptop was heard. Rule:
a withdrawn laptop's operations are kept for a person and nothing goes out to it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from fieldapp.domain.day_close import DayReceipt
from fieldapp.domain.designation import Permit
from fieldapp.domain.recovery import RecoveryKey
from sync.server import meter_keys, quarantine, reports, stock
from sync.server.changes import Page, announce_keys, farewell, page
from sync.server.choices import Originals
from sync.server.contact import Handed, handed_out_at_once, note_contact, note_handed_out
from sync.server.day_closing import receipts
from sync.server.designations import permit_of, permit_without
from sync.server.laptops import Laptop, find, learn_agreement_key, locked
from sync.server.ledger import push
from sync.server.office import Office
from sync.server.problems import ProblemError, unauthorized
from sync.server.recovery_keys import generations_since
from sync.server.standing import Place, Standing, standing
from sync.server.van_load import van_for
from sync.wire import (
    MAX_OPERATIONS,
    PROTOCOL,
    SyncAnswer,
    SyncRequest,
    VanLoad,
    Verdict,
    checksum_of,
)

HEARD_EVERY = timedelta(minutes=1)
"""How much older than the truth a laptop's last contact may stand in its row."""


class Caller(Protocol):
    """Who asks, as far as a token says it: the laptop's region and its id."""

    @property
    def region(self) -> str: ...  # noqa: D102  see the class
    @property
    def id(self) -> str: ...  # noqa: D102  see the class


class Answer(SyncAnswer, frozen=True, kw_only=True):
    """The answer with its changes as they were encoded before."""

    changes: tuple[msgspec.Raw, ...] = ()  # type: ignore[assignment]  # the same octets


def sync(office: Office, caller: Caller, request: SyncRequest) -> Answer:
    """Push, then pull.

    Raises:
        ProblemError: 400 for a protocol that is too new or too old, 413 for too many
            operations, 401 for a laptop that is not this office's; nothing was taken in.
    """
    if request.protocol < max(1, PROTOCOL - 2):
        raise ProblemError(400, "protocol-too-old")
    if request.protocol > PROTOCOL:
        raise ProblemError(400, "protocol-unknown")
    if len(request.operations) > MAX_OPERATIONS:
        raise ProblemError(413, "too-many-operations")
    verdicts: tuple[Verdict, ...] = ()
    if request.operations:
        verdicts = _push(office, caller, request)
    now = _stands(office, caller, request)
    if now.laptop.agreement_key is None and request.agreement_key:
        _learn_key(office, now.laptop, request.agreement_key)
        now = _stands(office, caller, request)
    told, van = _page(office, now, request.cursor), _van(office, now, request.van)
    answer = Answer(
        verdicts=verdicts,
        changes=tuple(msgspec.Raw(change) for change in told.changes),
        cursor=told.cursor,
        has_more=told.has_more,
        checksum=checksum_of(told.changes),
        digest=told.digest,
        known_sequence=now.known_sequence,
        van=van,
        permit=_permit(office, now, request.permit),
        receipts=_receipts(office, now.laptop, request.closings),
        recovery=_recovery(office, now, request.recovery),
        settled=_settled(office, now.laptop, request.set_aside),
        originals_wait=now.originals == Originals.UNMETERED,
        incarnation=now.laptop.incarnation,
        files_held=now.laptop.files_held,
        restored=now.restored or "",
        server_time=office.clock.now(),
    )
    _note(office, now, request, (told, van))
    return answer


def _push(office: Office, caller: Caller, request: SyncRequest) -> tuple[Verdict, ...]:
    laptop = _sender(office, caller)

    def report(c: Connection) -> None:
        reports.keep(office, c, laptop, request)

    return push(office, laptop, request.operations, report)


def _sender(office: Office, caller: Caller) -> Laptop:
    with office.database.glancing() as c:
        found = find(c, caller.id)
    if found is None or found.practice != office.settings.practice:
        raise unauthorized()
    return found


def _stands(office: Office, caller: Caller, request: SyncRequest) -> Standing:
    """Where the laptop stands now: it may have been withdrawn since its token."""
    place = Place(caller.region, caller.id, request.cursor, request.incarnation, request.page)
    with office.database.glancing() as c:
        found = standing(c, office.digests, place)
    if found is None or found.laptop.practice != office.settings.practice:
        raise unauthorized()
    return found


def _page(office: Office, now: Standing, cursor: int) -> Page:
    if now.laptop.withdrawn:
        with office.database.reading() as c:
            return farewell(c, now.laptop, cursor)
    return page(office, now, cursor)


def _van(office: Office, now: Standing, has: str | None) -> VanLoad | None:
    """Its technician's van, for a laptop that has another version of it."""
    current = "" if now.laptop.withdrawn else now.van or ""
    if has in {None, current}:
        return None
    with office.database.reading() as c:
        return van_for(office, c, now.laptop, has)


def _permit(office: Office, now: Standing, has: str | None) -> Permit | None:
    """What its technician may do, for a laptop that has another version of it."""
    laptop, permit = now.laptop, permit_without()
    if has is None or laptop.withdrawn:
        return None
    if now.designated:
        with office.database.reading() as c:
            permit = permit_of(c, laptop.region, laptop.technician)
    return None if permit.version == has else permit


def _receipts(
    office: Office, laptop: Laptop, closings: tuple[str, ...]
) -> tuple[DayReceipt, ...]:
    if laptop.withdrawn or not closings:
        return ()
    with office.database.reading() as c:
        return receipts(office, c, laptop, closings)


def _recovery(office: Office, now: Standing, known: str | None) -> tuple[RecoveryKey, ...]:
    """The generations since the one that is known there, where another one holds now."""
    if known is None or now.laptop.withdrawn or known == (now.recovery or known):
        return ()
    with office.database.reading() as c:
        return generations_since(c, known)


def _settled(office: Office, laptop: Laptop, asked: tuple[str, ...]) -> tuple[Verdict, ...]:
    if not asked:
        return ()
    with office.database.reading() as c:
        return quarantine.settled(c, laptop, asked)


def _learn_key(office: Office, laptop: Laptop, key: bytes) -> None:
    """The key of a laptop that enrolled without one; its visits go out again with keys."""
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        if learn_agreement_key(office, c, held, key) and not held.withdrawn:
            announce_keys(office, c, held)
            stock.hold(c, held.region, {held.technician})
            stock.renew(office, c, held.region, {held.technician})


def _note(
    office: Office, now: Standing, request: SyncRequest, out: tuple[Page, VanLoad | None]
) -> None:
    """Write down, before they go out, which customers' data and meters' keys go out."""
    (told, van), laptop = out, now.laptop
    reports.note(office, laptop, request, now.reported)
    if request.held_keys is not None and now.has_keys:
        meter_keys.note_held(office, laptop, request.held_keys)
    meters = {*told.meters, *(keys.meter for keys in (van.keys if van else ()))}
    at = office.clock.now()
    handed = Handed(laptop, at, told.first, told.cursor, now.trail) if told.given else None
    if handed is not None and not meters and handed_out_at_once(office, handed):
        return
    if handed is None and not meters and told.cursor <= laptop.handed_out:
        _note_heard(office, now)
        return
    with office.database.writing() as c:
        if handed is not None:
            note_handed_out(c, handed)
        else:
            note_contact(c, laptop, at, told.cursor)
        if meters:
            meter_keys.note_handed_out(office, c, laptop, meters)


def _note_heard(office: Office, now: Standing) -> None:
    """Write down that the laptop was heard, where that is not known well enough."""
    at = office.clock.now()
    if now.last_contact is None or not now.last_contact <= at < now.last_contact + HEARD_EVERY:
        with office.database.glancing() as c:
            note_contact(c, now.laptop, at)
