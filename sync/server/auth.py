"""Who is asking: signatures of laptops, short tokens, users' tokens, enrolment codes.

In come texts from the other side and keys derived from the office key; out come yes, no, or
whom a token names. Nothing is stored here and no clock is kept. Rule: every comparison with a
secret takes the same time whatever it finds, and every no looks the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from sync.server.vault import Unreadable, Vault, from_base64, to_base64

TOKEN_LIFE_S = 600
CHALLENGE_LIFE_S = 60
_CODE_SIZE = 10


class Ticket(msgspec.Struct, frozen=True):
    """What a signed text says; `use` keeps a challenge from being taken for a token."""

    use: str
    region: str
    laptop: str
    expires: int
    nonce: str

    @property
    def id(self) -> str:
        """The laptop's."""
        return self.laptop


_TICKETS = msgspec.json.Decoder(Ticket)


class Doorkeeper:
    """Makes and checks the texts that only this office can have made."""

    def __init__(self, vault: Vault) -> None:
        self._tickets = vault.derive("tickets")
        self._codes = vault.derive("enrolment-codes")

    def challenge(self, laptop: str, now: datetime) -> str:
        """A text for the laptop to sign; holds for a minute."""
        return self._issue("challenge", "", laptop, now + timedelta(seconds=CHALLENGE_LIFE_S))

    def is_challenge(self, text: str, laptop: str, now: datetime) -> bool:
        """Whether this office gave `text` to this laptop within the last minute."""
        ticket = self._read(text, "challenge", now)
        return ticket is not None and ticket.laptop == laptop

    @staticmethod
    def challenge_end(now: datetime) -> datetime:
        """When every challenge given until now has expired."""
        return now + timedelta(seconds=CHALLENGE_LIFE_S)

    def token(self, region: str, laptop: str, now: datetime) -> str:
        """A bearer token for a laptop; holds for ten minutes."""
        return self._issue("token", region, laptop, now + timedelta(seconds=TOKEN_LIFE_S))

    def bearer(self, token: str, now: datetime) -> Ticket | None:
        """Whom a laptop's token names; None where it is not valid now."""
        return self._read(token, "token", now)

    def hash_code(self, code: str) -> str:
        """How an enrolment code is kept; case and dashes do not matter."""
        plain = "".join(c for c in code.upper() if c.isalnum())
        return hmac.digest(self._codes, plain.encode(), hashlib.sha256).hex()

    def _issue(self, use: str, region: str, laptop: str, until: datetime) -> str:
        ticket = Ticket(use, region, laptop, int(until.timestamp()), secrets.token_hex(8))
        body = msgspec.json.encode(ticket)
        return f"{to_base64(body)}.{to_base64(self._mac(body))}"

    def _read(self, text: str, use: str, now: datetime) -> Ticket | None:
        body_text, _, mac_text = text.partition(".")
        try:
            body, mac = from_base64(body_text), from_base64(mac_text)
        except Unreadable:
            return None
        if not hmac.compare_digest(mac, self._mac(body)):
            return None
        ticket = _TICKETS.decode(body)
        alive = now < datetime.fromtimestamp(ticket.expires, UTC)
        return ticket if ticket.use == use and alive else None

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._tickets, body, "sha256")


def signed_by(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` over `data` is this key's (Ed25519, RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def signing_key(private_key: bytes) -> bytes:
    """The raw Ed25519 public key of a raw private one."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def sign(private_key: bytes, data: bytes) -> bytes:
    """An Ed25519 signature over `data`."""
    return Ed25519PrivateKey.from_private_bytes(private_key).sign(data)


def is_public_key(data: bytes) -> bool:
    """Whether these bytes can be an Ed25519 public key."""
    try:
        Ed25519PublicKey.from_public_bytes(data)
    except ValueError:
        return False
    return True


def new_code() -> str:
    """A one-time enrolment code as people type it: `ABCD-EFGH-IJKL-MNOP`, 80 bits."""
    text = base64.b32encode(secrets.token_bytes(_CODE_SIZE)).decode()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def new_user_token() -> str:
    """A bearer token for a user of the office, 256 bits."""
    return secrets.token_urlsafe(32)


def hash_user_token(token: str) -> str:
    """How a user's token is kept."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def hash_challenge(challenge: str) -> str:
    """How a used challenge is remembered until it expires."""
    return hashlib.sha256(challenge.encode(errors="surrogatepass")).hexdigest()
