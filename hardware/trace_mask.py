"""Takes secrets out of octets before a capture keeps them, by where they stand.

In come the octets of one message as sent, out come as many, with zeros in the place of the
password of an AARQ (LLS) and of the parameters that carry keys: of the security setup (class
64, method 2) and of an M-Bus client (class 72, methods 6 to 8). Rule: framing does not matter
and lengths stay; a checksum that no longer fits marks the message as masked.
"""

from __future__ import annotations

import re

# mechanism name 2.16.756.5.8.2.1 (LLS), then calling-authentication-value as a charstring
_PASSWORD = re.compile(rb"\x8b\x07\x60\x85\x74\x05\x08\x02\x01\xac.\x80(.)", re.DOTALL)
# ACTION-Request-Normal: invoke id, class, instance, method, and a parameter that is there
_KEYS = re.compile(rb"\xc3\x01.(?:\x00\x40.{6}\x02|\x00\x48.{6}[\x06-\x08])\x01", re.DOTALL)


def masked(octets: bytes) -> bytes:
    """The same octets, without the secrets that stand in them in the clear."""
    if found := _PASSWORD.search(octets):
        size = found.group(1)[0]
        return _blank(octets, found.end(), found.end() + size)
    if found := _KEYS.search(octets):
        return _blank(octets, found.end(), len(octets))
    return octets


def _blank(octets: bytes, start: int, end: int) -> bytes:
    hidden = octets[start:end]
    return octets[:start] + bytes(len(hidden)) + octets[end:]
