"""An operation: a fact on its way to the office, signed and chained.

Header and payload are exact bytes, made once and never encoded again. The header names the
laptop, its incarnation and sequence, the visit and kind, the times, the hash of the previous
header and the SHA-256 of the payload; the laptop's key signs it. The payload holds the fact
with a random salt, so that its hash tells nothing. Rule: hashes and bytes here, keys elsewhere.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from fieldapp.domain.facts import AnyFact

FIRST_PREVIOUS = "0" * 64
"""The `previous` of an incarnation's first operation."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the office may keep in the clear.

    Attributes:
        id: UUIDv7, the operation's own.
        sequence: 1, 2, 3, ... within (laptop, incarnation).
        definition_version: of the visit's flow.
        visit_version: the office's version of the visit that the technician had before eyes;
            conflicts are judged against it.
        device_time: by the laptop's clock.
        trusted_time: last server time + elapsed, or None where it is unknown.
        offset_s: device clock minus server clock at the last contact, or None.
        previous: SHA-256 (hex) of the previous header's bytes; zeros for the first.
        payload_sha256: hex.
    """

    id: str
    laptop: str
    incarnation: int
    sequence: int
    visit: str
    kind: str
    definition_version: int
    visit_version: int
    device_time: datetime
    trusted_time: datetime | None
    offset_s: float | None
    previous: str
    payload_sha256: str


class Payload(msgspec.Struct, frozen=True):
    """The fact with its 16-byte salt."""

    salt: bytes
    fact: AnyFact


class SignedOperation(msgspec.Struct, frozen=True):
    """As sent and as kept: the header's bytes, its Ed25519 signature, the payload's bytes."""

    header: bytes
    signature: bytes
    payload: bytes


_HEADERS = msgspec.json.Decoder(Header)
_PAYLOADS = msgspec.json.Decoder(Payload)


def sha256_hex(data: bytes) -> str:
    """The SHA-256 of `data`, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def encode_payload(fact: AnyFact, salt: bytes) -> bytes:
    """The payload's bytes; `salt` is 16 random bytes."""
    return msgspec.json.encode(Payload(salt, fact))


def decode_payload(data: bytes) -> Payload:
    """Read a payload; unknown fields are passed over (the bytes are kept).

    Raises:
        msgspec.DecodeError: not JSON, or not a fact that this version knows.
    """
    return _PAYLOADS.decode(data)


def encode_header(header: Header) -> bytes:
    """The header's bytes, which are signed and hashed as they are."""
    return msgspec.json.encode(header)


def decode_header(data: bytes) -> Header:
    """Read a header; errors as `decode_payload`."""
    return _HEADERS.decode(data)
