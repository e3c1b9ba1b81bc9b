"""A visit as it lies in its row: encoded as it travels, packed once, sealed.

In comes a visit and its holder's key; out come the octets of the row, and from them again the
encoded visit, which goes to laptops as it is, or the value. Rule: what was sealed before visits
were packed (it begins as JSON does) is read as well; a row is written anew when it changes.
"""

from __future__ import annotations

import threading

import msgspec
import zstandard

from fieldapp.domain.work_order import Visit
from sync.server.vault import seal, unseal

_LEVEL = 9
"""Packed once, when planned, and then small enough to lie in its row on PostgreSQL."""

_MOST = 16 * 1024 * 1024
_JSON = b"{"
_THREAD = threading.local()
_VISITS = msgspec.json.Decoder(Visit)


def close(key: bytes, visit: Visit) -> bytes:
    """The octets for the visit's row."""
    packed = zstandard.ZstdCompressor(level=_LEVEL).compress(msgspec.json.encode(visit))
    return seal(key, packed, _about(visit.id))


def encoded(key: bytes, visit: str, sealed: bytes) -> bytes:
    """The visit with this id as it travels (JSON); raises `vault.Unreadable`."""
    plain = unseal(key, sealed, _about(visit))
    return plain if plain.startswith(_JSON) else _unpacker().decompress(plain, _MOST)


def opened(key: bytes, visit: str, sealed: bytes) -> Visit:
    """The visit with this id; errors as `encoded`."""
    return _VISITS.decode(encoded(key, visit, sealed))


def _about(visit: str) -> str:
    return f"visit:{visit}"


def _unpacker() -> zstandard.ZstdDecompressor:
    """This thread's own."""
    found: zstandard.ZstdDecompressor | None = getattr(_THREAD, "unpacker", None)
    if found is None:
        found = _THREAD.unpacker = zstandard.ZstdDecompressor()
    return found
