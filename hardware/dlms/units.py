"""Physical units and scalers of registers (IEC 62056-6-2, unit enumeration).

In come the scaler and the unit code of an attribute, out come an exact decimal and the unit's
usual spelling. Rule: an unknown unit keeps its number (`unit 99`), it is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hardware.dlms.data import Data, DataType, enum, structure
from hardware.errors import RemoteProtocolError

_UNITS = {
    1: "a",
    2: "mo",
    3: "wk",
    4: "d",
    5: "h",
    6: "min",
    7: "s",
    8: "°",
    9: "°C",
    13: "m3",
    14: "m3",  # corrected volume
    25: "J",
    27: "W",
    28: "VA",
    29: "var",
    30: "Wh",
    31: "VAh",
    32: "varh",
    33: "A",
    34: "C",
    35: "V",
    44: "Hz",
    56: "%",
    70: "dBm",
    72: "dB",
    254: "",  # other unit
    255: "",  # no unit, a count
}
_CODES = {"Wh": 30, "W": 27, "V": 35, "A": 33, "m3": 13, "var": 29, "s": 7, "%": 56, "": 255}


@dataclass(frozen=True, slots=True)
class ScalerUnit:
    """How a register's integer becomes a quantity: value x 10^scaler, in `unit`."""

    scaler: int
    unit: str

    def scaled(self, value: int) -> Decimal:
        """The exact quantity; a negative scaler keeps its trailing zeros."""
        if self.scaler >= 0:
            return Decimal(value * 10**self.scaler)
        return Decimal(value).scaleb(self.scaler)

    def to_data(self) -> Data:
        """The scal_unit_type structure {integer, enum}."""
        return structure(Data(DataType.INTEGER, self.scaler), enum(_CODES[self.unit]))

    @classmethod
    def from_data(cls, data: Data) -> ScalerUnit:
        """Read attribute 3 of a register.

        Raises:
            RemoteProtocolError: not a structure of two integers, or an absurd scaler.
        """
        scaler, code = (part.integer for part in data.fields(2))
        if not -30 <= scaler <= 30:
            raise RemoteProtocolError(f"scaler {scaler}")
        return cls(scaler, _UNITS.get(code, f"unit {code}"))
