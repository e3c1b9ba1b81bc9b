"""What is odd about some meters and recordings, by name, though nothing is damaged.

The octets of a telegram in; those of an odd one out, with a checksum that fits. Rule: each is
something that was seen in the field and must cost a reader nothing; sealed telegrams pass as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hardware.p1.builder import with_right_checksum, with_short_checksum

_DEAD = b"0-1:24.1.0(003)\r\n0-1:96.1.0()\r\n0-1:24.2.1(700101010000W)(00000000)\r\n"
"""How a meter shows a gas meter that was taken away (two-M-Bus telegrams in the field)."""
_VALUE = re.compile(rb"(0-\d:24\.(?:2\.[13]|3\.0)\()\d{12}([SW]?)")
_LOG = re.compile(rb"1-0:99\.97\.0\([^\r]*")
_LONGEST_TEXT = 2048
_EVEN = bytes(octet | 0x80 if octet.bit_count() % 2 else octet for octet in range(128))

Oddity = Callable[[bytes], bytes]


def _dead_device(octets: bytes) -> bytes:
    """The gas meter was exchanged: the old one still stands on channel 1, the new one on 2."""
    moved = octets.replace(b"\r\n0-1:", b"\r\n0-2:").replace(b"(0-1:24.2.1)", b"(0-2:24.2.1)")
    at = moved.find(b"0-2:") if b"0-2:" in moved else moved.rfind(b"!")
    return moved[:at] + _DEAD + moved[at:]


def _device_never_heard(octets: bytes) -> bytes:
    """The meter has not heard its gas meter yet and gives a time that is none."""
    return _VALUE.sub(rb"\g<1>632525252525\2", octets)


def _empty_log(octets: bytes) -> bytes:
    return _LOG.sub(b"1-0:99.97.0()", octets)


def _odd_log(octets: bytes) -> bytes:
    """Durations without a unit, and a failure whose end the meter does not know."""
    line = b"1-0:99.97.0(2)(0-0:96.7.19)(000104180320W)(237126)(632525252525S)(5358478)"
    return _LOG.sub(line, octets)


def _long_text(octets: bytes) -> bytes:
    text = (b"303132333435363738393A3B3C3D3E3F" * (_LONGEST_TEXT // 32))[:_LONGEST_TEXT]
    return octets.replace(b"0-0:96.13.0()", b"0-0:96.13.0(%b)" % text)


def _slash_in_header(octets: bytes) -> bytes:
    """A maker's identification that holds the sign that telegrams begin with."""
    return octets.replace(b"SIM", b"S/M", 1)


_REWRITTEN: Mapping[str, Oddity] = {
    "dead-device": _dead_device,
    "device-never-heard": _device_never_heard,
    "empty-log": _empty_log,
    "odd-log": _odd_log,
    "long-text": _long_text,
    "slash-in-header": _slash_in_header,
}


def _lower_case(octets: bytes) -> bytes:
    checked, bang, digits = octets.rpartition(b"!")
    return checked + bang + digits.lower()


def _line_feeds(octets: bytes) -> bytes:
    """As recordings are that went through a text editor."""
    return octets.replace(b"\r\n", b"\n")


def _parity_bits(octets: bytes) -> bytes:
    """A line of 7 bits and even parity, read as 8 bits."""
    return octets.translate(_EVEN + bytes(range(128, 256)))


_RESPELLED: Mapping[str, Oddity] = {
    "short-checksum": with_short_checksum,
    "lower-case-checksum": _lower_case,
    "line-feeds": _line_feeds,
    "parity-bits": _parity_bits,
}


def _odd(change: Oddity, *, checked: bool) -> Oddity:
    def changed(octets: bytes) -> bytes:
        if not octets.startswith(b"/"):
            return octets
        return with_right_checksum(change(octets)) if checked else change(octets)

    return changed


ODDITIES: Mapping[str, Oddity] = {
    **{name: _odd(change, checked=True) for name, change in _REWRITTEN.items()},
    **{name: _odd(change, checked=False) for name, change in _RESPELLED.items()},
}
"""By name, those of the meter before those of its spelling."""
