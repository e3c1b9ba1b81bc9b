"""The office's recovery key as a laptop knows it: to what it seals, and whom it believes.

In come public halves as the office tells them; out comes which of them a laptop takes. The
private half lies offline and is no business of this room. A generation is vouched for by the
one before it, whose private half signs it. Rule: the first key that came holds; another one is
taken only where each step from the known one to it is signed, so that whoever gets hold of the
office's database leads no laptop's key elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

import msgspec

KEY_SIZE = 32
_ID_DIGITS = 20

Signed = Callable[[bytes, bytes, bytes], bool]
"""Whether, under a raw Ed25519 public key, a signature is over some octets."""


class RecoveryKey(msgspec.Struct, frozen=True, kw_only=True):
    """The public half of one generation.

    Attributes:
        id: made from the two keys and the office; people compare it, in groups of four.
        agreement_key: raw X25519, to seal to.
        signing_key: raw Ed25519, by which the next generation is vouched for.
        previous: id of the generation that vouches for this one, or empty.
        signature: of `previous` over `vouched`; empty where there is none.
    """

    id: str
    agreement_key: bytes
    signing_key: bytes
    previous: str = ""
    signature: bytes = b""


def fingerprint(office: str, agreement_key: bytes, signing_key: bytes) -> str:
    """The id of a key: 20 hex digits (80 bits) of a SHA-256."""
    told = msgspec.json.encode([_PURPOSE, office, agreement_key.hex(), signing_key.hex()])
    return hashlib.sha256(told).hexdigest()[:_ID_DIGITS]


def vouched(office: str, key: RecoveryKey) -> bytes:
    """What the generation before signs."""
    return msgspec.json.encode([_PURPOSE, "next", office, key.id, key.previous])


def grouped(key_id: str) -> str:
    """An id as people read it out: `1a2b 3c4d …`."""
    return " ".join(key_id[i : i + 4] for i in range(0, len(key_id), 4))


def is_sound(office: str, key: RecoveryKey) -> bool:
    """Whether the id is that of the keys, and these have their size."""
    sizes = {len(key.agreement_key), len(key.signing_key)}
    return sizes == {KEY_SIZE} and key.id == fingerprint(
        office, key.agreement_key, key.signing_key
    )


def successor(
    office: str, known: RecoveryKey, told: Iterable[RecoveryKey], is_signed: Signed
) -> RecoveryKey:
    """The newest of the told keys that the known one vouches for, step by step; else itself."""
    for key in told:
        follows = key.previous == known.id and is_sound(office, key)
        if follows and is_signed(known.signing_key, key.signature, vouched(office, key)):
            known = key
    return known


def store_key_binding(office: str, laptop: str, key_id: str) -> bytes:
    """What the sealed copy of a database's key is bound to."""
    return msgspec.json.encode(["fieldapp store key 1", office, laptop, key_id])


class StoreKeyCopy(msgspec.Struct, frozen=True, kw_only=True):
    """The file beside a laptop's database: its key, for the office's recovery key alone.

    Attributes:
        recovery: id of the generation that it is sealed to.
        mark: made from the database's key, so that a copy of an older key is noticed.
        sealed: the 32 octets, sealed (HPKE, RFC 9180) under `store_key_binding`.
    """

    office: str
    laptop: str
    recovery: str
    mark: str
    sealed: bytes


_PURPOSE = "fieldapp recovery key 1"
