"""Every message between laptop and office, versioned.

JSON bodies (zstd-compressed both ways when the other side says so), described by these frozen
structs on both ends; from protocol 2 on a laptop's sync comes as MessagePack. Unknown fields
are passed over, missing ones take their defaults, so an older laptop's messages are understood
for two protocol versions. Rule: values only; who reads or writes them, and when, is the
client's and the server's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from fieldapp.domain.day_close import DayReceipt
from fieldapp.domain.designation import Permit
from fieldapp.domain.meter_keys import SealedKeys
from fieldapp.domain.operation import SignedOperation
from fieldapp.domain.recovery import RecoveryKey
from fieldapp.domain.stock import Van
from fieldapp.domain.work_order import Visit
from fieldapp.unreadable import UNREADABLE
from sync import packing
from sync.errors import BadWire

M = TypeVar("M", bound=msgspec.Struct)

PROTOCOL = 2
"""The version this code speaks; the server also takes the two before it, as they come.

1: JSON only, at most 100 operations in a request.
2: a sync may come as MessagePack (`encode_packed`); more operations at once; the laptop says
   how much waits on it, and how many changes it wants at once; a signed challenge stands for
   the token of a first sync (`PROOF`), whose answer brings the token (`TOKEN_HEADER`).
"""

PROOF = "Proof"
"""The scheme of an Authorization header whose rest is a `TokenRequest` in base64url."""

TOKEN_HEADER = "Fieldapp-Token"

MAX_OPERATIONS = 500
MAX_SET_ASIDE = 2_000
"""Operations in one request; more go in the next."""

PAGE = 50
"""Changes in one answer."""

JSON_BODY, PACKED_BODY = "application/json", "application/msgpack"
"""Media types of a request's body."""

_FIRST_MAP = b"\x80"
"""The least first byte of a MessagePack map."""


EVENT_STREAM = "text/event-stream"
CHANGED = "changed"
"""The one event of `GET /v1/changed`: something is new, and nothing of what it is."""


DROPPED = "dropped"
"""The reason of an operation that a person looked at and left out; it stays quarantined."""


Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its offset; one without is no answer."""


class Outcome(StrEnum):
    """What the office did with an operation."""

    APPLIED = "applied"
    APPLIED_WITH_CONFLICT = "applied_with_conflict"
    HELD = "held"  # its predecessor is missing: send that one first, this one is kept
    QUARANTINED = "quarantined"  # kept; a person looks
    REJECTED = "rejected"  # malformed, wrongly signed, or not this laptop's

    @property
    def received(self) -> bool:
        """Whether the office holds it now."""
        return self is not Outcome.REJECTED


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The office's word on one operation; a repeat gets the same word."""

    id: str
    outcome: Outcome
    reason: str = ""
    received_at: Moment | None = None


class ChangeKind(StrEnum):
    """What happened to a visit of this technician."""

    VISIT = "visit"  # new or changed: `visit` holds it whole
    WITHDRAWN = "withdrawn"  # re-assigned, cancelled or access taken away


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the technician's change list; numbers have no gaps.

    Attributes:
        keys: all that the laptop may have of the visit's meters now, sealed for it alone.
    """

    number: int
    kind: ChangeKind
    visit_id: str
    version: int
    visit: Visit | None = None
    keys: tuple[SealedKeys, ...] = ()


class VanLoad(msgspec.Struct, frozen=True, kw_only=True):
    """The technician's van as the office has it; None: it keeps none for this laptop.

    Attributes:
        keys: of the meters in it and of those placed at visits that are worked on, sealed for
            this laptop alone.
    """

    van: Van | None = None
    keys: tuple[SealedKeys, ...] = ()


class SyncRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Push and pull in one.

    Attributes:
        cursor: number of the last change that is stored here.
        incarnation: of this laptop's installation.
        last_sequence: the last operation made here in this incarnation.
        agreement_key: raw X25519 key to seal meters' keys to; the first one that came holds.
        held_keys: the meters whose keys are on this laptop now; None: it does not say.
        van: the version of the van that is stored here, empty for none; None: this laptop knows
            of no vans.
        permit: the version of what the technician may do that is stored here, empty for none;
            None: this laptop knows of no designations.
        closings: operations that closed a day here and were not confirmed yet.
        recovery: id of the newest recovery key that is known here, empty for none; None: this
            laptop knows of no recovery keys.
        page: changes that the answer may hold, at most `PAGE`.
        waiting: operations to send once this request is answered; None: it does not say.
        files_waiting: files that the office does not have whole; None: it does not say.
        oldest_waiting: when the oldest of either was made, by the device's clock, aware.
        set_aside: operations of which the office said that a person has to look.
    """

    protocol: int = PROTOCOL
    cursor: int = 0
    incarnation: int = 1
    last_sequence: int = 0
    operations: tuple[SignedOperation, ...] = ()
    agreement_key: bytes = b""
    held_keys: tuple[str, ...] | None = None
    van: str | None = None
    permit: str | None = None
    closings: tuple[str, ...] = ()
    recovery: str | None = None
    page: int = PAGE
    waiting: int | None = None
    files_waiting: int | None = None
    oldest_waiting: datetime | None = None
    set_aside: tuple[str, ...] = ()


class SyncAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The office's answer.

    Attributes:
        verdicts: one per operation sent, in the order sent.
        changes: the next page after the request's cursor.
        cursor: to store together with the changes.
        has_more: ask again at once.
        checksum: over the page (`page_checksum`).
        digest: over all that this laptop should hold once has_more is false (`digest`).
        known_sequence: the highest sequence the office holds of this incarnation.
        van: where it is another one than the request's; None: as it was.
        permit: what the technician may do, where it is another one than the request's.
        receipts: of those closings that the office has.
        recovery: where another one than the request's holds now, the generations since that
            one, oldest first; only the present one where they do not lead there.
        settled: what a person decided of operations that were set aside: taken, or dropped
            (`quarantined` with the reason `dropped`).
        originals_wait: whether photos and captures in full are held back on a metered
            connection; None: the office does not say.
        incarnation: the laptop's newest one by the office's books; 0: it does not say.
        files_held: how many of this laptop's files it has whole; None: it does not say.
        restored: names the last time that the office was put back from a backup; empty: never.
        server_time: aware, UTC.
    """

    protocol: int = PROTOCOL
    verdicts: tuple[Verdict, ...] = ()
    changes: tuple[Change, ...] = ()
    cursor: int = 0
    has_more: bool = False
    checksum: str = ""
    digest: str = ""
    known_sequence: int = 0
    van: VanLoad | None = None
    permit: Permit | None = None
    receipts: tuple[DayReceipt, ...] = ()
    recovery: tuple[RecoveryKey, ...] = ()
    settled: tuple[Verdict, ...] = ()
    originals_wait: bool | None = None
    incarnation: int = 0
    files_held: int | None = None
    restored: str = ""
    server_time: Moment


class EnrolRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Ties a laptop to a technician: one-time code and its raw Ed25519 public key.

    Attributes:
        agreement_key: raw X25519 key to seal meters' keys to; empty: it comes with a sync.
    """

    code: str
    public_key: bytes
    device_name: str = ""
    practice: bool = False
    agreement_key: bytes = b""


class EnrolAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the laptop is from now on.

    Attributes:
        system_title: 8 octets for DLMS, this laptop's in this incarnation.
        office: id of the office, so that another one behind the same address is noticed.
    """

    laptop: str
    technician: str
    technician_name: str
    region: str
    incarnation: int
    system_title: bytes
    office: str
    server_time: datetime


class IncarnationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A new incarnation for a restored or re-installed laptop."""

    incarnation: int
    system_title: bytes


class ChallengeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What to sign to get a token; holds for a minute by the office's clock."""

    challenge: str


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST /v1/token`: without a signature it asks for a challenge, with one for a token."""

    laptop: str
    challenge: str = ""
    signature: bytes = b""


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived bearer token."""

    token: str
    expires_in_s: int


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """An RFC 9457 problem document; `type` is stable and is what programs look at."""

    type: str
    title: str
    status: int
    detail: str = ""


def encode(message: msgspec.Struct) -> bytes:
    """The JSON bytes of a message."""
    return msgspec.json.encode(message)


def encode_packed(request: SyncRequest) -> bytes:
    """A sync as MessagePack, its operations packed; JSON where one of them can't be."""
    try:
        small = packing.packed(request.operations)
    except packing.NotPackable:
        return encode(request)
    return msgspec.msgpack.encode(msgspec.structs.replace(request, operations=small))


def is_packed(data: bytes) -> bool:
    """Whether these are the bytes of a MessagePack map and not of JSON."""
    return data[:1] >= _FIRST_MAP


def decode(data: bytes, kind: type[M]) -> M:
    """Read a message.

    Raises:
        BadWire: neither JSON nor MessagePack, or not of this shape.
    """
    try:
        if not is_packed(data):
            return msgspec.json.decode(data, type=kind)
        message = msgspec.msgpack.decode(data, type=kind)
    except UNREADABLE as e:
        raise BadWire(f"{kind.__name__}: {e}") from e
    if isinstance(message, SyncRequest):
        whole = packing.unpacked(message.operations)
        return msgspec.structs.replace(message, operations=whole)
    return message


def page_checksum(changes: Iterable[Change]) -> str:
    """SHA-256 over the page's changes as encoded, in order."""
    return checksum_of(msgspec.json.encode(change) for change in changes)


def checksum_of(encoded: Iterable[bytes]) -> str:
    """As `page_checksum`, over changes that are encoded already."""
    digest = hashlib.sha256()
    for change in encoded:
        digest.update(change)
        digest.update(b"\n")
    return digest.hexdigest()


def digest(versions: Mapping[str, int]) -> str:
    """SHA-256 over visit ids and versions, sorted: equal when both sides hold the same."""
    lines = "".join(f"{visit}:{version}\n" for visit, version in sorted(versions.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
