"""The office's keys: one key file, and under it one key per connection holder.

In come plain bytes and a holder's key; out come sealed bytes (AES-256-GCM, NIST SP 800-38D,
nonce in front), or bytes that only one laptop can open (HPKE, RFC 9180). A holder's key lies in
the database wrapped by the office key and is all that must go to make everything sealed under
it unreadable. Rule: the office key never leaves this room, other rooms get keys derived from it
for one named use.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fieldapp.unreadable import UNREADABLE

KEY_SIZE = 32
_NONCE_SIZE = 12
_HPKE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class VaultError(Exception):
    """The key file is missing, damaged, or belongs to another office."""


class Unreadable(Exception):
    """These bytes were not sealed under this key for this purpose, or were changed."""


class _KeyFile(msgspec.Struct, frozen=True):
    office: str
    key: bytes


class Vault:
    """Seals and opens with keys derived from the office key."""

    def __init__(self, office: str, key: bytes) -> None:
        self.office = office
        self._key = key
        self._wrapping = self.derive("holder-keys")
        self._naming = self.derive("pseudonyms")

    @classmethod
    def open(cls, key_file: Path) -> Vault:
        """Read the key file, or make it (0600) where there is none yet; errors as `read`."""
        if not key_file.exists():
            _make_key_file(key_file)
        return cls.read(key_file)

    @classmethod
    def read(cls, key_file: Path) -> Vault:
        """Read the key file.

        Raises:
            OSError: it is not there, or may not be read.
            VaultError: the file is not a key file.
        """
        try:
            found = msgspec.json.decode(key_file.read_bytes(), type=_KeyFile)
        except UNREADABLE as e:
            raise VaultError(f"not a key file: {key_file.name}") from e
        if len(found.key) != KEY_SIZE or not found.office:
            raise VaultError(f"not a key file: {key_file.name}")
        return cls(found.office, found.key)

    def derive(self, use: str) -> bytes:
        """The 32-octet key for one named use (HMAC-SHA-256 over the name)."""
        return hmac.digest(self._key, f"fieldapp-office:{use}".encode(), "sha256")

    def pseudonym(self, what: str) -> str:
        """A name for `what` that only this office can make again; 32 hex digits."""
        mac = hmac.digest(self._naming, what.encode(), "sha256")
        return mac.hex()[:32]

    def new_wrapped_key(self, holder: str) -> bytes:
        """A fresh holder's key, wrapped for the database."""
        return seal(self._wrapping, secrets.token_bytes(KEY_SIZE), holder)

    def unwrap(self, wrapped: bytes, holder: str) -> bytes:
        """The holder's key; raises `Unreadable` when it is not this office's."""
        return unseal(self._wrapping, wrapped, holder)


def seal(key: bytes, plain: bytes, about: str) -> bytes:
    """Encrypt and authenticate; `about` is bound to the result and not part of it."""
    nonce = secrets.token_bytes(_NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """The plain bytes.

    Raises:
        Unreadable: another key, another `about`, or changed bytes.
    """
    nonce, body = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
    try:
        return AESGCM(key).decrypt(nonce, body, about.encode())
    except (InvalidTag, ValueError) as e:
        raise Unreadable(about) from e


def seal_to(public_key: bytes, plain: bytes, binding: bytes) -> bytes:
    """Encrypt for the one who has the private half of this raw X25519 key.

    HPKE in base mode (RFC 9180) with `binding` as its info.

    Raises:
        ValueError: not a key that anything can be sealed to.
    """
    return _HPKE.encrypt(plain, X25519PublicKey.from_public_bytes(public_key), info=binding)


def agreement_key(private_key: bytes) -> bytes:
    """The raw X25519 public key of a raw private one."""
    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def open_sealed(private_key: bytes, sealed: bytes, binding: bytes) -> bytes:
    """What was sealed to `agreement_key(private_key)`.

    Raises:
        Unreadable: to another key, under another binding, or changed since.
    """
    try:
        key = X25519PrivateKey.from_private_bytes(private_key)
        return _HPKE.decrypt(sealed, key, info=binding)
    except (InvalidTag, ValueError) as e:
        raise Unreadable("sealed to a key") from e


def unseal_piece(key: bytes, nonce: bytes, sealed: bytes, context: bytes) -> bytes:
    """One piece of a stream whose nonces follow from the place; errors as `unseal`."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, context)
    except (InvalidTag, ValueError) as e:
        raise Unreadable("piece") from e


def is_agreement_key(public_key: bytes) -> bool:
    """Whether something can be sealed to it; a point of small order is no key."""
    try:
        seal_to(public_key, b"", b"")
    except ValueError:
        return False
    return True


def _make_key_file(path: Path) -> None:
    """Write a new key file; where another process was first, its file holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = _KeyFile(_office_name(), secrets.token_bytes(KEY_SIZE))
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    handle = os.open(draft, flags, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(made))
        file.flush()
        os.fsync(file.fileno())
    try:
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()


def _office_name() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def from_base64(text: str) -> bytes:
    """URL-safe base64 without padding; raises `Unreadable`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as e:
        raise Unreadable("base64") from e


def to_base64(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
