"""The wrapper's message: eight octets of header and one APDU.

A `Message` goes to octets with `build`; the header comes back with `parse_header` (IEC
62056-47, 5.2: version, source wPort, destination wPort, length, 16 bits each, high octet
first). Rule: version 1 or no message.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from hardware.errors import LocalProtocolError, RemoteProtocolError

VERSION = 1
HEADER_SIZE = 8
MAX_LENGTH = 0xFFFF

_HEADER = struct.Struct(">4H")


@dataclass(frozen=True, slots=True)
class Message:
    """One APDU on its way.

    Attributes:
        source: wPort of the sender, a client (1 management, 16 public) or a logical device.
        destination: wPort of the receiver.
    """

    source: int
    destination: int
    apdu: bytes

    def build(self) -> bytes:
        """The octets.

        Raises:
            LocalProtocolError: ports or a length over 16 bits.
        """
        if max(self.source, self.destination, len(self.apdu)) > MAX_LENGTH:
            raise LocalProtocolError(f"a wrapped APDU of {len(self.apdu)} octets")
        head = _HEADER.pack(VERSION, self.source, self.destination, len(self.apdu))
        return head + self.apdu


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before an APDU of `length` octets."""

    source: int
    destination: int
    length: int


def parse_header(octets: bytes) -> Header:
    """Read the first eight octets of a message.

    Raises:
        RemoteProtocolError: another version, or an APDU of no octets.
    """
    version, source, destination, length = _HEADER.unpack(octets[:HEADER_SIZE])
    if version != VERSION:
        raise RemoteProtocolError(f"wrapper version {version}")
    if not length:
        raise RemoteProtocolError("a wrapped APDU of no octets")
    return Header(source, destination, length)
