"""The private half of a recovery key: a file that belongs offline, and what is done with it.

In come a path and perhaps a passphrase; out comes a `PrivateHalf` that opens what laptops
sealed and vouches for the next generation. The file holds a random seed, from which the two
private keys are made under names of their own; behind a passphrase it is wrapped (Argon2id,
AES-256-GCM). Rule: a file is never written over, and nothing of it is in an error.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from argon2.low_level import Type, hash_secret_raw

from fieldapp.domain.passphrase import SALT_SIZE, Costs
from fieldapp.domain.recovery import RecoveryKey, fingerprint, vouched
from fieldapp.unreadable import UNREADABLE
from sync.server.auth import sign, signing_key
from sync.server.vault import Unreadable, agreement_key, open_sealed, seal, unseal

SEED = 32
_KIND = "fieldapp recovery key, private half, 1"
_MOST = 64 * 1024


class KeyFileFault(Exception):
    """The file is no private half, its passphrase is wrong, or it can't be written."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    office: str
    id: str
    seed: bytes = b""
    wrapped: bytes = b""
    costs: Costs = Costs()


@dataclass(frozen=True, slots=True)
class PrivateHalf:
    """The private half of one generation."""

    office: str
    seed: bytes = field(repr=False)

    @classmethod
    def new(cls, office: str) -> PrivateHalf:
        """A random one."""
        return cls(office, secrets.token_bytes(SEED))

    @property
    def id(self) -> str:
        """The id of its public half."""
        return self.public().id

    def public(self, previous: PrivateHalf | None = None) -> RecoveryKey:
        """The public half, vouched for by the generation before."""
        keys = agreement_key(self._made("agreement")), signing_key(self._made("signing"))
        key = RecoveryKey(
            id=fingerprint(self.office, *keys), agreement_key=keys[0], signing_key=keys[1]
        )
        if previous is None:
            return key
        key = msgspec.structs.replace(key, previous=previous.id)
        signature = sign(previous._made("signing"), vouched(self.office, key))
        return msgspec.structs.replace(key, signature=signature)

    def open(self, sealed: bytes, binding: bytes) -> bytes:
        """What was sealed to the public half; raises `Unreadable`."""
        return open_sealed(self._made("agreement"), sealed, binding)

    def _made(self, use: str) -> bytes:
        return hmac.digest(self.seed, f"fieldapp-recovery:{use}".encode(), hashlib.sha256)


def write(path: Path, half: PrivateHalf, passphrase: str = "") -> None:
    """Write it to a new file (0600), on the disk when this returns.

    Raises:
        KeyFileFault: the file is there already, or can't be written; nothing is left behind.
    """
    made = _File(kind=_KIND, office=half.office, id=half.id, seed=half.seed)
    if passphrase:
        costs = Costs(salt=secrets.token_bytes(SALT_SIZE))
        wrapped = seal(stretched(passphrase, costs), half.seed, _about(made))
        made = msgspec.structs.replace(made, seed=b"", wrapped=wrapped, costs=costs)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as e:
        raise KeyFileFault(f"{path.name} can't be made: {e.strerror}") from e
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.encode(made))
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        path.unlink(missing_ok=True)
        raise KeyFileFault(f"{path.name} can't be written: {e.strerror}") from e


def read(path: Path, passphrase: str = "") -> PrivateHalf:
    """Read it back.

    Raises:
        KeyFileFault: it can't be read, is no private half, or the passphrase is wrong.
    """
    try:
        with path.open("rb") as file:
            made = msgspec.json.decode(file.read(_MOST), type=_File)
    except OSError as e:
        raise KeyFileFault(f"{path.name} can't be read: {e.strerror}") from e
    except UNREADABLE as e:
        raise KeyFileFault(f"{path.name} is no private half of a recovery key") from e
    half = PrivateHalf(made.office, made.seed or _unwrapped(path, made, passphrase))
    if made.kind != _KIND or len(half.seed) != SEED or half.id != made.id:
        raise KeyFileFault(f"{path.name} is no private half of a recovery key")
    return half


def _unwrapped(path: Path, made: _File, passphrase: str) -> bytes:
    if not made.costs.affordable:
        raise KeyFileFault(f"{path.name} is no private half of a recovery key")
    if not passphrase:
        raise KeyFileFault(f"{path.name} is behind a passphrase")
    try:
        return unseal(stretched(passphrase, made.costs), made.wrapped, _about(made))
    except Unreadable as e:
        raise KeyFileFault(f"{path.name} is behind another passphrase") from e


def _about(made: _File) -> str:
    return f"recovery-key:{made.office}:{made.id}"


def stretched(passphrase: str, costs: Costs) -> bytes:
    """A key out of a passphrase (Argon2id, RFC 9106); the costs were found affordable."""
    return hash_secret_raw(
        passphrase.encode(),
        costs.salt,
        time_cost=costs.time_cost,
        memory_cost=costs.memory_kib,
        parallelism=costs.lanes,
        hash_len=SEED,
        type=Type.ID,
    )
