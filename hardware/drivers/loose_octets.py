"""Octets that somebody has without their line: frames, text, or one APDU in any wrapping.

Octets in, messages with their meaning out, as `trace_reader` gives them. Rule: what they are is
told by how they begin; what begins like nothing known is read as an APDU.
"""

from __future__ import annotations

from decimal import Decimal

from hardware.drivers.trace_meaning import LLC_REQUEST, LLC_RESPONSE, meaning_of_apdu
from hardware.drivers.trace_reader import Message, TraceReader
from hardware.errors import RemoteProtocolError
from hardware.hdlc.frames import FLAG, parse_frame
from hardware.trace import Direction, Record
from hardware.trace_secrets import Secrets

_WRAPPER = b"\x00\x01"
"""The version that begins the wrapper of the TCP and UDP profiles (IEC 62056-47)."""

_WRAPPER_SIZE = 8
_TEXT_BEGINS = b"/!\x01\x02\x06"


def messages_of(octets: bytes) -> list[Message]:
    """The messages in these octets, each received at 0."""
    if _is_bare_frame(octets):
        octets = bytes([FLAG]) + octets + bytes([FLAG])
    if octets[:1] == bytes([FLAG]) or _is_text(octets):
        reader = TraceReader()
        found = reader.take(Record(Direction.RECEIVED, Decimal(0), octets))
        return [*found, *reader.settle()]
    shown, masked = Secrets().masked(_unwrapped(octets))
    meaning = meaning_of_apdu(shown)
    return [Message(Direction.RECEIVED, Decimal(0), shown, meaning, masked)]


def _unwrapped(octets: bytes) -> bytes:
    for llc in (LLC_REQUEST, LLC_RESPONSE):
        if octets.startswith(llc):
            return octets.removeprefix(llc)
    size = int.from_bytes(octets[6:8], "big")
    if octets.startswith(_WRAPPER) and size == len(octets) - _WRAPPER_SIZE:
        return octets[_WRAPPER_SIZE:]
    return octets


def _is_bare_frame(octets: bytes) -> bool:
    """Whether this is a frame that lost its flags."""
    try:
        parse_frame(octets)
    except RemoteProtocolError:
        return False
    return True


def _is_text(octets: bytes) -> bool:
    clear = bytes(octet & 0x7F for octet in octets)
    readable = sum(0x20 <= octet < 0x7F or octet in b"\r\n\x01\x02\x03\x06" for octet in clear)
    begins = octets[:1].isdigit() or clear[:1] in {bytes([one]) for one in _TEXT_BEGINS}
    return begins and readable == len(octets) and b"\n" in clear
