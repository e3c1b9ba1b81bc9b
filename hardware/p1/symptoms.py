"""What octets that make no telegram say about the line they came over.

Octets as a UART handed them over come in; out goes one `Examination`: the likely cause, and of
characters that are no text how the line can be read after all. Rule: it says no more than the
octets show. A speed is told by the shortest run of equal bits, an inverted line by reading it
back, and what fits nothing is only unreadable.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.p1.cause import Cause, read_plainly, slower_by
from hardware.p1.inversion import upright

_FEW_ZEROS = 4
_SAMPLE = 256


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found.

    Attributes:
        slower_by: how many bits of the listener one bit of the sender lasts, 10 for 10 and
            more; 1 where the sender is not slower.
        text: what the meter says, read back from an inverted line.
    """

    cause: Cause
    slower_by: int = 1
    text: str = ""


def examine(octets: bytes) -> Examination:
    """Say what `octets` are that never became a telegram; the first 256 count."""
    sample = octets[:_SAMPLE]
    if not sample.strip(b"\0"):
        return _zeros(sample)
    readable = read_plainly(sample)
    return _garbled(sample) if readable is None else Examination(readable)


def _zeros(sample: bytes) -> Examination:
    """A line that stays low is one zero to a UART; zero upon zero is a much slower sender."""
    if len(sample) > _FEW_ZEROS:
        return Examination(Cause.WRONG_SPEED, slower_by=10)
    return Examination(Cause.LOW if sample else Cause.NOTHING)


def _garbled(sample: bytes) -> Examination:
    slower = slower_by(sample)
    if slower > 1:
        return Examination(Cause.WRONG_SPEED, slower)
    text = upright(sample)
    return Examination(Cause.INVERTED if text else Cause.UNREADABLE, text=text)
