"""HDLC frames of format type 3: the whole frame and its octets.

A `Frame` goes to octets with `build`; the octets between two flags come back with
`parse_frame` (IEC 62056-46, 6.4.2; ISO/IEC 13239, 4.9). Type 3 frames have no octet stuffing:
the length field, not the flag, says where one ends. Rule: both checksums hold or there is no
frame.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.checksums import crc16_x25
from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.hdlc.address import Address, parse_address
from hardware.hdlc.control import Control, parse_control

FLAG = 0x7E
MAX_LENGTH = 0x7FF
"""The largest value of the 11-bit length field: all octets between the flags."""
LONGEST_FRAME = MAX_LENGTH + 2
"""Octets with both flags."""
MIN_LENGTH = 7
"""Format 2, two addresses 1 each, control 1, FCS 2."""

_TYPE_3 = 0xA0
_SEGMENTED = 0x08


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        destination: for whom.
        source: from whom.
        control: kind, P/F bit and sequence numbers.
        information: the information field, empty when there is none.
        segmented: more segments of the same message follow.
    """

    destination: Address
    source: Address
    control: Control
    information: bytes = b""
    segmented: bool = False

    def build(self) -> bytes:
        """The octets with both flags and both checksums.

        Raises:
            LocalProtocolError: longer than the length field can say.
        """
        head = self.destination.build() + self.source.build() + bytes([self.control.build()])
        length = 2 + len(head) + 2
        if self.information:
            length += len(self.information) + 2
        if length > MAX_LENGTH:
            raise LocalProtocolError(f"HDLC frame of {length} octets")
        kind = _TYPE_3 | (_SEGMENTED if self.segmented else 0)
        body = bytes([kind | length >> 8, length & 0xFF]) + head
        if self.information:
            body = _with_checksum(body) + self.information
        return bytes([FLAG]) + _with_checksum(body) + bytes([FLAG])


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the information field: `size` octets without their checksum."""

    destination: Address
    source: Address
    control_octet: int
    size: int


def frame_length(format_field: bytes) -> int:
    """The length that the two format octets announce, 7 to 2047.

    Raises:
        RemoteProtocolError: not format type 3, or too short to be a frame.
    """
    if format_field[0] & 0xF0 != _TYPE_3:
        raise RemoteProtocolError("not HDLC format type 3")
    length = (format_field[0] & 0x07) << 8 | format_field[1]
    if length < MIN_LENGTH:
        raise RemoteProtocolError(f"HDLC length {length}")
    return length


def parse_header(body: bytes) -> Header | None:
    """Addresses and control octet of a body (from the format field on); None: more must come.

    Raises:
        RemoteProtocolError: an address field that is none.
    """
    destination = parse_address(body[2:6])
    if destination is None:
        return None
    source_at = 2 + destination[1]
    source = parse_address(body[source_at : source_at + 4])
    if source is None:
        return None
    control_at = source_at + source[1]
    if len(body) <= control_at:
        return None
    return Header(destination[0], source[0], body[control_at], control_at + 1)


def header_holds(body: bytes, header: Header) -> bool | None:
    """Whether the header checksum (HCS) holds; None: its octets must still come."""
    if len(body) < header.size + 2:
        return None
    return _checksum_holds(body[: header.size + 2])


def parse_frame(body: bytes) -> Frame:
    """Read the octets between two flags, format field to FCS inclusive.

    Raises:
        RemoteProtocolError: any field or checksum that does not hold.
    """
    if len(body) < MIN_LENGTH or frame_length(body) != len(body):
        raise RemoteProtocolError("HDLC length differs from the octets")
    if not _checksum_holds(body):
        raise RemoteProtocolError("HDLC frame checksum")
    header = parse_header(body[:-2])
    if header is None or 0 < len(body) - header.size - 2 < 2:
        raise RemoteProtocolError("HDLC header longer than the frame")
    if not header_holds(body, header):
        raise RemoteProtocolError("HDLC header checksum")
    return Frame(
        header.destination,
        header.source,
        parse_control(header.control_octet),
        body[header.size + 2 : -2],
        bool(body[0] & _SEGMENTED),
    )


def _with_checksum(octets: bytes) -> bytes:
    return octets + crc16_x25(octets).to_bytes(2, "little")


def _checksum_holds(octets: bytes) -> bool:
    return crc16_x25(octets[:-2]) == int.from_bytes(octets[-2:], "little")
