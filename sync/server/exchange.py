"""One sync: operations in, verdicts and changes out.

In come a laptop and its request; out comes the whole answer. Pushing is one transaction that
writes, pulling one that looks at one moment; an answer that is lost is simply asked for again.
Rule: a withdrawn laptop's operations are kept for a person and nothing goes out to it.
"""

from __future__ import annotations

from sqlalchemy import Connection

from fieldapp.domain.designation import Permit
from sync.server import audit, meter_keys, stock
from sync.server.changes import Page, announce_keys, farewell, page
from sync.server.day_closing import receipts
from sync.server.designations import permit_of
from sync.server.laptops import (
    Laptop,
    find,
    learn_agreement_key,
    locked,
    note_handed_out,
)
from sync.server.ledger import known_sequence, push
from sync.server.office import Office
from sync.server.problems import ProblemError
from sync.server.van_load import van_for
from sync.wire import (
    MAX_OPERATIONS,
    PROTOCOL,
    ChangeKind,
    SyncAnswer,
    SyncRequest,
    VanLoad,
    page_checksum,
)


def sync(office: Office, laptop: Laptop, request: SyncRequest) -> SyncAnswer:
    """Push, then pull.

    Raises:
        ProblemError: 400 for a protocol that is too new or too old, 413 for too many
            operations; nothing was taken in.
    """
    if not PROTOCOL - 2 <= request.protocol <= PROTOCOL:
        raise ProblemError(400, "protocol-unknown")
    if len(request.operations) > MAX_OPERATIONS:
        raise ProblemError(413, "too-many-operations")
    verdicts = push(office, laptop, request.operations)
    if request.held_keys is not None:
        meter_keys.note_held(office, laptop, request.held_keys)
    if laptop.agreement_key is None and request.agreement_key:
        _learn_key(office, laptop, request.agreement_key)
    with office.database.reading() as c:
        now_known = find(c, laptop.id) or laptop
        told = _page(office, c, now_known, request.cursor)
        van = van_for(office, c, now_known, request.van)
        given = () if now_known.withdrawn else receipts(office, c, now_known, request.closings)
        permit = _permit(c, now_known, request.permit)
        known = known_sequence(c, laptop, request.incarnation)
    _note(office, laptop, told, van)
    return SyncAnswer(
        verdicts=verdicts,
        changes=told.changes,
        cursor=told.cursor,
        has_more=told.has_more,
        checksum=page_checksum(told.changes),
        digest=told.digest,
        known_sequence=known,
        van=van,
        permit=permit,
        receipts=given,
        incarnation=now_known.incarnation,
        files_held=now_known.files_held,
        server_time=office.clock.now(),
    )


def _permit(c: Connection, laptop: Laptop, has: str | None) -> Permit | None:
    """What its technician may do, for a laptop that has another version of it."""
    if has is None or laptop.withdrawn:
        return None
    permit = permit_of(c, laptop.region, laptop.technician)
    return None if permit.version == has else permit


def _learn_key(office: Office, laptop: Laptop, key: bytes) -> None:
    """The key of a laptop that enrolled without one; its visits go out again with keys."""
    with office.database.writing() as c:
        held = locked(c, laptop.region, laptop.id)
        if learn_agreement_key(office, c, held, key) and not held.withdrawn:
            announce_keys(office, c, held)
            stock.hold(c, held.region, {held.technician})
            stock.renew(office, c, held.region, {held.technician})


def _page(office: Office, c: Connection, laptop: Laptop, cursor: int) -> Page:
    """`laptop` was asked for once more: it may have been withdrawn since its token."""
    return farewell(c, laptop, cursor) if laptop.withdrawn else page(office, c, laptop, cursor)


def _note(office: Office, laptop: Laptop, told: Page, van: VanLoad | None) -> None:
    """Write down, before they go out, which customers' data and meters' keys go out."""
    given = sum(change.kind is ChangeKind.VISIT for change in told.changes)
    meters = {keys.meter for change in told.changes for keys in change.keys}
    meters |= {keys.meter for keys in (van.keys if van else ())}
    if not given and not meters and told.cursor <= laptop.handed_out:
        return
    with office.database.writing() as c:
        note_handed_out(c, laptop, told.cursor)
        if given:
            first = told.changes[0].number
            entry = audit.Entry("visits_handed_out", f"{first}-{told.cursor}")
            audit.append(c, office.clock.now(), f"laptop:{laptop.id}", entry)
        if meters:
            meter_keys.note_handed_out(office, c, laptop, meters)
