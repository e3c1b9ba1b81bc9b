"""Looks at one operation as it came in: is it well-formed, this laptop's, and what does it say?

In come the exact bytes and the laptop that sent them; out comes a `Parcel` that may be kept, or
the verdict `rejected`. Rule: only what is malformed, wrongly signed or not this
laptop's is rejected; everything else is kept, understood or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec

from fieldapp.domain.facts import AnyFact
from fieldapp.domain.operation import (
    Header,
    SignedOperation,
    decode_header,
    decode_payload,
    sha256_hex,
)
from fieldapp.unreadable import UNREADABLE
from sync.server.auth import signed_by
from sync.server.chain import Link
from sync.server.laptops import Laptop
from sync.wire import Outcome, Verdict

BAD_SIGNATURE = "bad_signature"

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST = 2**31 - 1


class _Envelope(msgspec.Struct, frozen=True):
    """What every payload has, also one of a kind that this version does not know."""

    salt: bytes
    fact: dict[str, object]


@dataclass(frozen=True, slots=True)
class Parcel:
    """An operation that names this laptop as its own.

    Attributes:
        sha256: of the header's bytes; names the operation in the chain.
        fact: None where this version can't read it; `trouble` then says why.
        refusal: why it is rejected, or empty.
    """

    header: Header
    sha256: str
    signed: SignedOperation
    fact: AnyFact | None = None
    trouble: str = ""
    refusal: str = ""

    @property
    def made_on(self) -> date:
        """The day it lies under, UTC.

        A repeat has the same header, and what a restored laptop signs anew keeps its times.
        """
        return self.header.device_time.astimezone(UTC).date()

    @property
    def link(self) -> Link:
        """Its place in the chain; only a good signature gives it one of its own."""
        header, trusted = self.header, self.refusal != BAD_SIGNATURE
        return Link(header.sequence, self.sha256, header.previous, trusted)


def examine(laptop: Laptop, signed: SignedOperation) -> Parcel | Verdict:
    """Open one operation.

    Returns:
        The parcel, which may be refused (`bad_signature`, `payload_changed`, `malformed`); or
        a `rejected` verdict (`malformed`, `other_laptop`) where there is nothing to keep.
    """
    try:
        header = decode_header(signed.header)
    except UNREADABLE:
        return _rejected(_claimed_id(signed.header), "malformed")
    if not _is_sound(header):
        return _rejected(header.id[:64], "malformed")
    if header.laptop != laptop.id:
        return _rejected(header.id, "other_laptop")
    if not signed_by(laptop.public_key, signed.signature, signed.header):
        return Parcel(header, sha256_hex(signed.header), signed, refusal=BAD_SIGNATURE)
    if sha256_hex(signed.payload) != header.payload_sha256:
        return Parcel(header, sha256_hex(signed.header), signed, refusal="payload_changed")
    return _open(header, signed)


def reopen(signed: SignedOperation) -> Parcel:
    """An operation that was good when it came in; `erased` where its payload is gone."""
    header = decode_header(signed.header)
    if not signed.payload:
        return Parcel(header, sha256_hex(signed.header), signed, trouble="erased")
    return _open(header, signed)


def _is_sound(header: Header) -> bool:
    """Whether every field has a form that can be kept as it is."""
    return (
        all(_ID.fullmatch(text) for text in (header.id, header.laptop, header.visit))
        and _KIND.fullmatch(header.kind) is not None
        and all(_SHA256.fullmatch(text) for text in (header.previous, header.payload_sha256))
        and all(0 < n <= _MOST for n in (header.incarnation, header.sequence))
        and all(0 <= n <= _MOST for n in (header.definition_version, header.visit_version))
        and _is_moment(header.device_time)
        and (header.trusted_time is None or _is_moment(header.trusted_time))
    )


def _is_moment(time: datetime) -> bool:
    """Aware, and still a time once it is turned to UTC."""
    try:
        return time.tzinfo is not None and time.astimezone(UTC).year > 1
    except OverflowError:
        return False


def _open(header: Header, signed: SignedOperation) -> Parcel:
    sha256 = sha256_hex(signed.header)
    try:
        fact = decode_payload(signed.payload).fact
    except UNREADABLE:
        if not _is_envelope(signed.payload):
            return Parcel(header, sha256, signed, refusal="malformed")
        return Parcel(header, sha256, signed, trouble="unknown_fact")
    if fact.kind != header.kind:
        return Parcel(header, sha256, signed, trouble="kind_differs")
    return Parcel(header, sha256, signed, fact)


def _is_envelope(payload: bytes) -> bool:
    try:
        msgspec.json.decode(payload, type=_Envelope)
    except UNREADABLE:
        return False
    return True


def _claimed_id(header: bytes) -> str:
    """The id that a malformed header names, so that the verdict can be told apart."""
    try:
        found = msgspec.json.decode(header)
    except UNREADABLE:
        return ""
    claimed = found.get("id") if isinstance(found, dict) else None
    return claimed[:64] if isinstance(claimed, str) else ""


def _rejected(operation: str, reason: str) -> Verdict:
    return Verdict(id=operation, outcome=Outcome.REJECTED, reason=reason)
