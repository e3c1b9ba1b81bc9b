"""The technician's PIN, which leaves the customer view: kept as a hash, checked, taken away.

In come digits; out comes whether they are the ones. Rule: the PIN itself is nowhere; what is
kept is Argon2id over it with a salt of its own, inside the encrypted store.
"""

from __future__ import annotations

import hmac
import os

import msgspec
from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import Connection, delete

from fieldapp.store import secrets, state, tables

FEWEST, MOST = 4, 8
"""How many digits a PIN has."""

_NAME = "pin"
_SALT_SIZE = 16


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The hash, and how it was made (RFC 9106, second recommended choice)."""

    salt: bytes
    hash: bytes
    time_cost: int = 3
    memory_kib: int = 64 * 1024
    lanes: int = 4


def is_pin(text: str) -> bool:
    """Whether this can be a PIN: four to eight digits."""
    return FEWEST <= len(text) <= MOST and text.isascii() and text.isdigit()


def is_set(c: Connection) -> bool:
    """Whether this laptop has one."""
    return state.load(c, _NAME, _Kept) is not None


def keep(c: Connection, digits: str) -> None:
    """Use this PIN from now on.

    Raises:
        ValueError: it is none (`is_pin`).
    """
    if not is_pin(digits):
        raise ValueError("not a PIN")
    blank = _Kept(salt=os.urandom(_SALT_SIZE), hash=b"")
    state.save(c, _NAME, msgspec.structs.replace(blank, hash=_hashed(blank, digits)))


def remove(c: Connection) -> None:
    """Do without one from now on."""
    c.execute(delete(tables.state).where(tables.state.c.name == _NAME))


def matches(c: Connection, digits: str) -> bool:
    """Whether these are the digits; never where no PIN is set. Takes a tenth of a second."""
    kept = state.load(c, _NAME, _Kept)
    return kept is not None and hmac.compare_digest(kept.hash, _hashed(kept, digits))


def _hashed(kept: _Kept, digits: str) -> bytes:
    return hash_secret_raw(
        digits.encode(),
        kept.salt,
        time_cost=kept.time_cost,
        memory_cost=kept.memory_kib,
        parallelism=kept.lanes,
        hash_len=secrets.KEY_SIZE,
        type=Type.ID,
    )
