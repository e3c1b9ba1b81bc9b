"""The control octet of an HDLC frame: what kind of frame it is and its sequence numbers.

An octet goes in, a `Control` comes out, and back (IEC 62056-46, 6.4.3; ISO/IEC 13239, 5.3).
Rule: `final` is the one P/F bit: poll in a client's frame, final in a meter's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from hardware.errors import RemoteProtocolError

_POLL_FINAL = 0x10


class Kind(Enum):
    """The frames of the normal response mode; values are the octet without P/F and numbers.

    `REJECT` is none of IEC 62056-46 and is taken from meters that say it: send again from N(R).
    """

    INFORMATION = 0x00
    RECEIVE_READY = 0x01
    RECEIVE_NOT_READY = 0x05
    REJECT = 0x09
    SNRM = 0x83
    DISC = 0x43
    UA = 0x63
    DM = 0x0F
    FRMR = 0x87
    UI = 0x03


_SUPERVISORY = frozenset({Kind.RECEIVE_READY, Kind.RECEIVE_NOT_READY, Kind.REJECT})
_UNNUMBERED = {kind.value: kind for kind in Kind if kind.value & 3 == 3}


@dataclass(frozen=True, slots=True)
class Control:
    """One control octet.

    Attributes:
        kind: the frame kind.
        final: the P/F bit.
        sent: N(S) of an information frame, 0 to 7.
        expected: N(R) of information and supervisory frames, 0 to 7.
    """

    kind: Kind
    final: bool = True
    sent: int = 0
    expected: int = 0

    def build(self) -> int:
        """The octet."""
        octet = self.kind.value | (_POLL_FINAL if self.final else 0)
        if self.kind is Kind.INFORMATION:
            return octet | self.expected << 5 | self.sent << 1
        if self.kind in _SUPERVISORY:
            return octet | self.expected << 5
        return octet


def parse_control(octet: int) -> Control:
    """Read one control octet.

    Raises:
        RemoteProtocolError: a frame kind that this mode does not have (SREJ, SABM, ...).
    """
    final = bool(octet & _POLL_FINAL)
    if not octet & 1:
        return Control(Kind.INFORMATION, final, octet >> 1 & 7, octet >> 5)
    if octet & 3 == 1 and octet & 0x0F in {kind.value for kind in _SUPERVISORY}:
        return Control(Kind(octet & 0x0F), final, 0, octet >> 5)
    kind = _UNNUMBERED.get(octet & ~_POLL_FINAL)
    if kind is None:
        raise RemoteProtocolError(f"HDLC control octet {octet:#04x}")
    return Control(kind, final)
