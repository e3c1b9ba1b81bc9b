"""Every cryptographic act of the laptop's store: signing, sealing, deriving keys.

In come raw keys and bytes; out come signatures, sealed bytes and keys, raw bytes too. Rule: the
only room of this floor that imports cryptography; nothing here is ever logged.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_SIZE = 32
"""Octets of every symmetric key and of a raw Ed25519 key."""

TAG_SIZE = 16
"""What sealing adds to the plain bytes (NIST SP 800-38D, full tag)."""

NONCE_SIZE = 12
"""Octets of an AES-GCM nonce."""


_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_AGREEMENT = "fieldapp key agreement, X25519"


class Tampered(Exception):
    """Sealed bytes that this key did not seal, or that were changed since."""


def new_key() -> bytes:
    """A random 256-bit key."""
    return os.urandom(KEY_SIZE)


def random_name() -> str:
    """An opaque name: 32 hex digits that say nothing."""
    return os.urandom(16).hex()


def public_key(private_key: bytes) -> bytes:
    """The raw Ed25519 public key (32 octets) of a raw private one (RFC 8032)."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def sign(private_key: bytes, data: bytes) -> bytes:
    """The Ed25519 signature (64 octets) over `data`."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(data)


def is_signed_by(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` was made with the private half of `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def derive(key: bytes, purpose: str, salt: bytes = b"") -> bytes:
    """A 32-byte key for one purpose out of another (HKDF-SHA256, RFC 5869)."""
    made = HKDF(algorithm=hashes.SHA256(), length=KEY_SIZE, salt=salt, info=purpose.encode())
    return made.derive(key)


def agreement_key(private_key: bytes) -> bytes:
    """The raw X25519 public key (32 octets) that belongs to a raw Ed25519 private key.

    Its private half is derived under a name of its own, so signing and opening share no key.
    """
    return _agreement(private_key).public_key().public_bytes_raw()


def open_sealed(private_key: bytes, sealed: bytes, binding: bytes) -> bytes:
    """What was sealed to `agreement_key(private_key)` (HPKE, RFC 9180, base mode).

    Raises:
        Tampered: sealed to another key or under another binding, or changed since.
    """
    try:
        return _HPKE.decrypt(sealed, _agreement(private_key), info=binding)
    except InvalidTag as e:
        raise Tampered from e


def seal_to(public: bytes, plain: bytes, binding: bytes) -> bytes:
    """Encrypt for who has the private half of a raw X25519 key (HPKE, RFC 9180, base mode).

    Raises:
        ValueError: not a key that anything can be sealed to.
    """
    return _HPKE.encrypt(plain, X25519PublicKey.from_public_bytes(public), info=binding)


def _agreement(private_key: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(derive(private_key, _AGREEMENT))


def seal(key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    """AES-256-GCM over `plain`, bound to `context`; `nonce` is never used twice with a key."""
    return AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
    """The plain bytes again.

    Raises:
        Tampered: another key, nonce or context, or changed bytes.
    """
    try:
        return AESGCM(key).decrypt(nonce, sealed, context)
    except InvalidTag as e:
        raise Tampered from e
