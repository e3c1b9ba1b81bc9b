"""What both ends of an HDLC link agree on: information field sizes and windows.

The information field of SNRM and UA goes in and comes out (IEC 62056-46, 6.4.4.4.3.2).
Rule: every value is said from the side of its sender ("I transmit at most ..."), so one
side's transmit limit is held against the other side's receive limit, in both directions.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.errors import LocalProtocolError, RemoteProtocolError
from hardware.hdlc.frames import LONGEST_FRAME

_FORMAT = 0x81
_GROUP = 0x80
_MAX_INFO_TRANSMIT, _MAX_INFO_RECEIVE, _WINDOW_TRANSMIT, _WINDOW_RECEIVE = 5, 6, 7, 8


MAX_INFO = 2030
"""The largest information field: what a frame of 2047 octets carries with any addresses."""
_AROUND = LONGEST_FRAME - MAX_INFO
"""Octets of a frame around its information field, at most."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Limits as one side states them.

    Attributes:
        transmit: largest information field it sends, octets, 1 to 2030.
        receive: largest information field it takes, octets.
        window_transmit: frames it sends before it waits, 1 to 7.
        window_receive: frames it takes before it must answer, 1 to 7.
    """

    transmit: int = 128
    receive: int = 128
    window_transmit: int = 1
    window_receive: int = 1

    def __post_init__(self) -> None:
        sizes, windows = (
            (self.transmit, self.receive),
            (self.window_transmit, self.window_receive),
        )
        if not all(1 <= size <= MAX_INFO for size in sizes):
            raise LocalProtocolError(f"HDLC information field sizes {sizes}")
        if not all(1 <= window <= 7 for window in windows):
            raise LocalProtocolError(f"HDLC windows {windows}")

    @property
    def longest_window(self) -> int:
        """Octets of all that the other end may send before it waits."""
        return self.window_receive * (self.receive + _AROUND)

    def meet(self, other: Parameters) -> Parameters:
        """What holds on our side when the other end stated `other`."""
        return Parameters(
            min(self.transmit, other.receive),
            min(self.receive, other.transmit),
            min(self.window_transmit, other.window_receive),
            min(self.window_receive, other.window_transmit),
        )

    def build(self) -> bytes:
        """The information field, `81 80 len` and the four values."""
        values = _item(_MAX_INFO_TRANSMIT, self.transmit, 1 + (self.transmit > 0xFF))
        values += _item(_MAX_INFO_RECEIVE, self.receive, 1 + (self.receive > 0xFF))
        values += _item(_WINDOW_TRANSMIT, self.window_transmit, 4)
        values += _item(_WINDOW_RECEIVE, self.window_receive, 4)
        return bytes([_FORMAT, _GROUP, len(values)]) + values


DEFAULT = Parameters()
"""What holds where SNRM or UA say nothing: 128 octets, window 1 (IEC 62056-46, 6.4.4.4.3.2)."""


def parse_parameters(octets: bytes) -> Parameters:
    """Read the information field of SNRM or UA; an empty one, or an absent value, is default.

    Raises:
        RemoteProtocolError: another format or group, or lengths that do not fit.
    """
    if not octets:
        return DEFAULT
    if len(octets) < 3 or octets[:2] != bytes([_FORMAT, _GROUP]):
        raise RemoteProtocolError("HDLC parameters of another format")
    found = _items(octets[3 : 3 + octets[2]])
    return Parameters(
        _size(found.get(_MAX_INFO_TRANSMIT, DEFAULT.transmit)),
        _size(found.get(_MAX_INFO_RECEIVE, DEFAULT.receive)),
        _window(found.get(_WINDOW_TRANSMIT, DEFAULT.window_transmit)),
        _window(found.get(_WINDOW_RECEIVE, DEFAULT.window_receive)),
    )


def _items(octets: bytes) -> dict[int, int]:
    found: dict[int, int] = {}
    at = 0
    while at < len(octets):
        end = at + 2 + (octets[at + 1] if at + 1 < len(octets) else len(octets))
        if end > len(octets):
            raise RemoteProtocolError("HDLC parameter longer than its field")
        found[octets[at]] = int.from_bytes(octets[at + 2 : end])
        at = end
    return found


def _item(identifier: int, value: int, width: int) -> bytes:
    return bytes([identifier, width]) + value.to_bytes(width)


def _size(value: int) -> int:
    # 0 would be a link that carries nothing: taken as unsaid.
    return min(value, MAX_INFO) or DEFAULT.transmit


def _window(value: int) -> int:
    return max(1, min(value, 7))
