"""HDLC addresses: who on the line a frame is for.

Octets of a frame's address fields go in and come out. Seven bits of an address stand in each
octet, shifted left; the lowest bit is 1 in the last octet only (IEC 62056-46, 6.4.2.3).
Rule: the three widths of a server address name the same station, so stations are compared
by value and never by octets.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.errors import LocalProtocolError, RemoteProtocolError

_SEVEN_BITS = 0x7F
_FOURTEEN_BITS = 0x3FFF


@dataclass(frozen=True, slots=True)
class Address:
    """One address of one, two or four octets.

    Attributes:
        upper: the client, or the logical device of a server (1 = management).
        lower: the physical device, None in the one-octet form.
        wide: four octets although two would do.
    """

    upper: int
    lower: int | None = None
    wide: bool = False

    def __post_init__(self) -> None:
        limit = _SEVEN_BITS if self.lower is None else _FOURTEEN_BITS
        if not (0 <= self.upper <= limit and 0 <= (self.lower or 0) <= _FOURTEEN_BITS):
            raise LocalProtocolError(f"HDLC address out of range: {self.upper}, {self.lower}")

    def same_station(self, other: Address) -> bool:
        """Whether both name one station: a missing lower part fits any."""
        if self.upper != other.upper:
            return False
        return None in {self.lower, other.lower} or self.lower == other.lower

    def build(self) -> bytes:
        """The one, two or four octets of the address field."""
        if self.lower is None:
            return bytes([self.upper << 1 | 1])
        if not self.wide and max(self.upper, self.lower) <= _SEVEN_BITS:
            return bytes([self.upper << 1, self.lower << 1 | 1])
        return bytes(
            [
                self.upper >> 7 << 1,
                (self.upper & _SEVEN_BITS) << 1,
                self.lower >> 7 << 1,
                (self.lower & _SEVEN_BITS) << 1 | 1,
            ]
        )


def parse_address(octets: bytes) -> tuple[Address, int] | None:
    """The address at the start of `octets` and its width, or None when more must come.

    Raises:
        RemoteProtocolError: no end within four octets, or the width three.
    """
    width = next((at for at, octet in enumerate(octets[:4], 1) if octet & 1), 0)
    if not width and len(octets) < 4:
        return None
    values = [octet >> 1 for octet in octets[:width]]
    match values:
        case [upper]:
            return Address(upper), 1
        case [upper, lower]:
            return Address(upper, lower), 2
        case [upper_high, upper_low, lower_high, lower_low]:
            upper, lower = upper_high << 7 | upper_low, lower_high << 7 | lower_low
            return Address(upper, lower, wide=True), 4
        case _:
            raise RemoteProtocolError(f"HDLC address of width {width or 'over 4'}")
