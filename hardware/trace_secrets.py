"""What of a message on the line is a secret: passwords, answers to challenges, keys.

One whole message in; the same message with its secrets unreadable, and whether there were any,
out. A secret is found by the octets in front of it, wherever they stand, so that it goes too
where the frame round it is damaged or of another kind; a frame that held gets a checksum that
holds again. Rule: the length stays, and what may be a secret is masked rather than kept.
"""

from __future__ import annotations

import re
from dataclasses import replace

from hardware.errors import RemoteProtocolError
from hardware.hdlc.frames import FLAG, Frame, parse_frame
from hardware.iec62056.messages import without_parity

MASK = b"*"
"""In the place of every secret octet."""

_SIGN_ON = re.compile(rb"\x01P.\x02[^(]*\(([^)]*)", re.DOTALL)
"""The password command of IEC 62056-21 (6.3.1), or the answer to its challenge."""

_ACSE = re.compile(rb"[\xaa\xac](.)[\x80\x81](.)", re.DOTALL)
"""Authentication values of AARE and AARQ: context tags 10 and 12 (IEC 62056-53, 8.4)."""

_BEHIND = (
    # ACTION reply_to_HLS_authentication of an association: class 15, method 1
    re.compile(rb"\xc3\x01.\x00\x0f.{6}\x01\x01", re.DOTALL),
    # what an ACTION is answered with: the meter's reply to a challenge
    re.compile(rb"\xc7\x01.\x00\x01\x00", re.DOTALL),
    # SET of an association's secret: class 15, attribute 7
    re.compile(rb"\xc1[\x01\x02].\x00\x0f.{6}\x07\x00", re.DOTALL),
    # ACTIONs that hand over keys: classes 64 (2, 3) and 72 (7, 8; 6 hands over anything)
    re.compile(rb"\xc3\x01.\x00(?:\x40.{6}[\x02\x03]|\x48.{6}[\x06-\x08])\x01", re.DOTALL),
    # the same in a list, whose values stand behind all descriptors
    re.compile(
        rb"\xc1[\x04\x05].[\x01-\x10](?:.{9}\x00){0,15}?\x00\x0f.{6}\x07\x00", re.DOTALL
    ),
    re.compile(
        rb"\xc3[\x03\x05].[\x01-\x10](?:.{9}){0,15}?"
        rb"\x00(?:\x0f.{6}\x01|\x40.{6}[\x02\x03]|\x48.{6}[\x06-\x08])",
        re.DOTALL,
    ),
)
"""All that stands behind these is a secret, but for the type and size of octets."""

_OCTETS = b"\x09"
"""Octet-string, the type of what is handed over (IEC 62056-62, data types)."""

_MAY_GO_ON = re.compile(rb"(?:\xe6[\xe6\xe7]\x00)?[\x60\x61\xc1\xc3\xc7]|.{0,3}\Z", re.DOTALL)
"""How a message begins whose secret may stand in a later segment; a short piece may, too."""

_ANNOUNCED = 170
"""Octets: more than announce a secret, also behind the sixteen descriptors of a list."""

Span = tuple[int, int]


class Secrets:
    """Masks the messages of one direction, in order; a secret may be cut over several."""

    def __init__(self) -> None:
        self._goes_on = False
        self._before = b""

    def masked(self, octets: bytes) -> tuple[bytes, bool]:
        """The message without its secrets, and whether there was one."""
        frame = _frame(octets)
        if frame is None:
            return self._loose(octets)
        content = frame.information
        spans = _spans(content)
        if self._goes_on and content:
            spans.append((0, len(content)))
        if content:
            begins = _MAY_GO_ON.match(content) or any(end == len(content) for _, end in spans)
            self._goes_on = frame.segmented and (self._goes_on or bool(begins))
        if not spans:
            return octets, False
        built = replace(frame, information=_hidden(content, spans)).build()
        return built[: len(octets)], True

    def _loose(self, octets: bytes) -> tuple[bytes, bool]:
        """As `masked`, for what is no frame that holds.

        Such octets are cut where a line of text would end, so that what announces a secret may
        stand in the piece before.
        """
        before = len(self._before)
        both = _spans(self._before + octets)
        self._before = (self._before + octets)[-_ANNOUNCED:]
        spans = [(max(0, begin - before), end - before) for begin, end in both if end > before]
        if self._goes_on:
            spans.append((0, len(octets)))
        self._goes_on = any(end == len(octets) for _, end in spans) and not self._goes_on
        return _hidden(octets, spans), bool(spans)


def _frame(octets: bytes) -> Frame | None:
    """The frame that a message is, if it is one whose checks hold."""
    if octets[:1] != bytes([FLAG]):
        return None
    try:
        return parse_frame(octets[1:-1] if octets[-1] == FLAG else octets[1:])
    except RemoteProtocolError:
        return None


def _spans(content: bytes) -> list[Span]:
    end = len(content)
    found = [match.span(1) for match in _SIGN_ON.finditer(without_parity(content))]
    for match in _ACSE.finditer(content):
        outer, inner = (size[0] for size in match.groups())
        if outer == inner + 2:
            found.append((match.end(), min(match.end() + inner, end)))
    begins = (match.end() for pattern in _BEHIND for match in pattern.finditer(content))
    found += [(begin + (2 if content[begin:][:1] == _OCTETS else 0), end) for begin in begins]
    return [(begin, end) for begin, end in found if begin < end]


def _hidden(content: bytes, spans: list[Span]) -> bytes:
    changed = bytearray(content)
    for begin, end in spans:
        changed[begin:end] = MASK * (end - begin)
    return bytes(changed)
