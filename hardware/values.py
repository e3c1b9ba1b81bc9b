"""The values that leave this floor: OBIS codes and registers.

In come the texts and octets of P1, IEC 62056-21 and COSEM; out go frozen values with exact
decimals and aware times. Nothing here does IO or knows a protocol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

_TEXT = re.compile(
    r"(?P<a>\d{1,3})[-.](?P<b>\d{1,3})[:.](?P<c>\d{1,3})\.(?P<d>\d{1,3})\.(?P<e>\d{1,3})"
    r"(?:[*.](?P<f>\d{1,3}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, order=True)
class Obis:
    """An object identification code, six value groups A-B:C.D.E*F (IEC 62056-61)."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int = 255

    def __post_init__(self) -> None:
        if not all(0 <= group <= 255 for group in self.groups):
            raise ValueError(f"OBIS group out of range: {self.groups}")

    @property
    def groups(self) -> tuple[int, int, int, int, int, int]:
        """The six groups in order."""
        return (self.a, self.b, self.c, self.d, self.e, self.f)

    @classmethod
    def parse(cls, text: str) -> Obis:
        """Read `1-0:1.8.0`, `1-0:1.8.0*255`, `1-0:1.8.0.255` or `1.0.1.8.0.255`.

        Raises:
            ValueError: the text is none of these forms or a group is over 255.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"not an OBIS code: {text!r}")
        return cls(*(int(group) if group else 255 for group in found.groups()))

    @classmethod
    def from_bytes(cls, octets: bytes) -> Obis:
        """Read the six octets of a COSEM logical name.

        Raises:
            ValueError: not exactly six octets.
        """
        if len(octets) != 6:
            raise ValueError(f"a logical name has 6 octets, not {len(octets)}")
        return cls(*octets)

    def to_bytes(self) -> bytes:
        """The six octets of the COSEM logical name."""
        return bytes(self.groups)

    def __str__(self) -> str:
        """`1-0:1.8.0`, with `.F` behind it only when F is not 255."""
        short = f"{self.a}-{self.b}:{self.c}.{self.d}.{self.e}"
        return short if self.f == 255 else f"{short}.{self.f}"


@dataclass(frozen=True, slots=True)
class Register:
    """One value of a meter as it was read.

    Attributes:
        obis: which register.
        value: exact, in `unit`; digits as the meter gave them (trailing zeros stay).
        unit: `kWh`, `Wh`, `m3`, `V`, `A`, `kW`, ... or empty for a bare number.
        time: aware capture time of the value where the meter gives one (M-Bus), else None.
    """

    obis: Obis
    value: Decimal
    unit: str = ""
    time: datetime | None = None
