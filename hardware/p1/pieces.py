"""What a stream of octets falls apart into: telegrams, and noise with its likely cause.

Rule: `TelegramBytes` and `Noise`, in order, are exactly the octets that came in.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from hardware.p1.cause import Cause
from hardware.p1.integrity import Crc


class NoiseReason(StrEnum):
    """Why octets belong to no telegram."""

    OUTSIDE = "outside any telegram"
    NO_END = "telegram without an end"
    TOO_LONG = "longer than a telegram can be"


@dataclass(frozen=True, slots=True)
class TelegramBytes:
    """One telegram as it was read, from `/` through the end line.

    Attributes:
        raw: the octets unchanged, parity bits and line ends included.
        crc: `ok`, `bad`, or `absent` where the end line carries none and no parity is wrong.
    """

    raw: bytes
    crc: Crc


@dataclass(frozen=True, slots=True)
class Noise:
    """Octets that belong to no telegram.

    Attributes:
        size: how many.
        sample: the first of them, at most 64.
        reason: why they are none.
        cause: what they most likely are.
    """

    size: int
    sample: bytes
    reason: NoiseReason
    cause: Cause = Cause.TEXT


class Need(Enum):
    """The answer of a machine that has nothing to say yet."""

    DATA = "data"


NEED_DATA: Final = Need.DATA
