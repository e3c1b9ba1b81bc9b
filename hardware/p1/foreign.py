"""Frames of other kinds that stand on a customer port: where one begins, and how long it is.

The octets of a line in; places and sizes out, from the header alone. Two kinds are known:
sealed telegrams (general-glo-ciphering, `DB 08`, system title, length, `30`, frame counter;
DLMS Green Book 9.2.7) and HDLC frames (ISO/IEC 13239), which binary ports push and optical
ports exchange. Rule: only a header that can hardly be chance counts, a sealed one by its fixed
octets and an HDLC one by its own checksum; neither can stand inside a telegram, which is text.
"""

from dataclasses import dataclass

from hardware.checksums import crc16_x25

SEAL = b"\xdb\x08"
"""Tag of general-glo-ciphering and the length of a system title."""
SECURITY = b"\x30"
"""Encrypted and authenticated, suite 0."""
LEAST_SEALED = 1 + 4 + 12
"""Security octet, frame counter and tag around an empty telegram."""
MOST_SEALED = 16384
HEADER = 16
"""Octets that always suffice to tell a frame by."""

_LENGTH_AT = 10
_FLAG = b"\x7e"
_FORMAT = 0xA0
_ADDRESS_OCTETS = 4


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where the parts of a sealed frame lie: `header` octets, then `size` with security on."""

    header: int
    size: int


def sealed(octets: bytes | bytearray, at: int = 0) -> Sealed | None:
    """The frame that begins with the `SEAL` at `at`; None when that needs more octets.

    A size of 0 stands for what has no valid form: a length (A-XDR: short, 81 or 82) or a
    security octet that no such meter sends.
    """
    if len(octets) <= at + _LENGTH_AT:
        return None
    first = octets[at + _LENGTH_AT]
    width = {0x81: 1, 0x82: 2}.get(first, 0)
    header = _LENGTH_AT + 1 + width
    if len(octets) <= at + header:
        return None
    long = int.from_bytes(octets[at + _LENGTH_AT + 1 : at + header], "big")
    size = long if width else first if first < 0x80 else 0
    right = octets[at + header] == SECURITY[0] and LEAST_SEALED <= size <= MOST_SEALED
    return Sealed(header, size if right else 0)


def frame_from(octets: bytes | bytearray, at: int, stop: int) -> tuple[int, int | None]:
    """The first frame that begins in `octets[at:stop]`: where, and how long.

    `(stop, 0)` where none does. A size of None: it needs more octets to be told.
    """
    while (start := _opening(octets, at, stop)) < stop:
        size = _sealed_size(octets, start) if octets[start] == SEAL[0] else _hdlc(octets, start)
        if size is None or size:
            return start, size
        at = start + 1
    return stop, 0


def _opening(octets: bytes | bytearray, at: int, stop: int) -> int:
    found = (octets.find(SEAL[:1], at, stop), octets.find(_FLAG, at, stop))
    return min((start for start in found if start >= 0), default=stop)


def _sealed_size(octets: bytes | bytearray, at: int) -> int | None:
    if not SEAL.startswith(octets[at : at + 2]):
        return 0
    frame = sealed(octets, at)
    if frame is None:
        return None
    return frame.size and frame.header + frame.size


def _hdlc(octets: bytes | bytearray, at: int) -> int | None:
    """An HDLC frame of format type 3, both flags included; its header's checksum holds."""
    head = octets[at + 1 : at + 3]
    if head and head[0] & 0xF0 != _FORMAT:
        return 0
    checked = _behind_addresses(octets, at + 3) + 1
    if len(octets) < checked + 2:
        return None
    length = (head[0] & 0x07) << 8 | head[1]
    told = int.from_bytes(octets[checked : checked + 2], "little")
    fits = checked + 2 <= at + 1 + length
    return length + 2 if fits and crc16_x25(bytes(octets[at + 1 : checked])) == told else 0


def _behind_addresses(octets: bytes | bytearray, at: int) -> int:
    """Behind two addresses, each of which ends with an odd octet (ISO/IEC 13239, 4.7.1)."""
    for _ in range(2):
        ends = (n for n in range(at, at + _ADDRESS_OCTETS) if n < len(octets) and octets[n] & 1)
        at = next(ends, at + _ADDRESS_OCTETS - 1) + 1
    return at
