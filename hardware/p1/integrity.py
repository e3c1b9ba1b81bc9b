"""Whether the octets of a telegram are what the meter sent.

Raw octets as read from the line or a recording come in, from `/` to the end line; out goes
`ok`, `bad` or `absent`. Only two disguises are looked through, both only where they hold for
the whole telegram: characters with even parity in bit 7 (a 7E1 line read as 8N1) and line ends
that a recording reduced to LF. A single changed octet never passes for either.

Where few characters of a 7E1 line have odd parity, those are damaged: the telegram is `bad`,
with a checksum or without, and the lines they stand in are known.
"""

import re
from typing import Literal, TypeAlias

from hardware.checksums import crc16_arc

Crc: TypeAlias = Literal["ok", "bad", "absent"]

WITHOUT_BIT_7 = bytes(octet & 0x7F for octet in range(256))
"""Translation table that clears the parity bit."""

_EVEN = bytes(octet for octet in range(256) if octet.bit_count() % 2 == 0)
_MARKING = bytes(o | 0x80 if o.bit_count() % 2 else o & 0x7F for o in range(256))
_MOSTLY = 10
"""One odd character in so many is damage; more of them are 8N1."""
_END_LINE = re.compile(rb"!([^!\r\n]*)[\r\n]*\Z")
_HEX = re.compile(rb"[0-9A-Fa-f]{1,4}")


def without_parity(raw: bytes) -> bytes:
    """`raw` with bit 7 cleared if all of it is 7E1 read as 8N1, else `raw` unchanged."""
    if raw.isascii() or raw.translate(None, _EVEN):
        return raw
    return raw.translate(WITHOUT_BIT_7)


def parity_errors(raw: bytes) -> list[int]:
    """Where 7E1 has characters of odd parity; none where it is no 7E1, or all is well."""
    if raw.isascii():
        return []
    odd = [at for at, octet in enumerate(raw) if octet.bit_count() % 2]
    return odd if len(odd) * _MOSTLY <= len(raw) else []


def as_characters(raw: bytes) -> bytes:
    """As `without_parity`, but damaged characters of 7E1 keep a bit 7 that is set.

    No character of a telegram has it: a damaged one is never taken for another.
    """
    if raw.isascii():
        return raw
    return raw.translate(_MARKING) if parity_errors(raw) else without_parity(raw)


def holds(checked: bytes, digits: bytes) -> bool:
    """Whether the checksum `digits` (1..4 hexadecimal characters) fits `checked`.

    `checked` runs from `/` up to and including `!`, free of parity bits (DSMR P1 5.0.2, 6.2).
    Letters of either case and missing leading zeros are accepted: meters send both.
    """
    expected = int(digits, 16)
    if crc16_arc(checked) == expected:
        return True
    if b"\r" in checked:
        return False
    return crc16_arc(checked.replace(b"\n", b"\r\n")) == expected


def judge(raw: bytes) -> Crc:
    """What a whole telegram says about itself; `absent` where nothing in it is checked."""
    plain = without_parity(raw)
    end = _END_LINE.search(plain)
    if end is None or not end[1]:
        return unchecked(raw)
    if not _HEX.fullmatch(end[1]):
        return "bad"
    return "ok" if holds(plain[: end.start() + 1], end[1]) else "bad"


def unchecked(raw: bytes) -> Crc:
    """What a telegram without a checksum is: `bad` where a character's parity says so."""
    return "bad" if parity_errors(raw) else "absent"
