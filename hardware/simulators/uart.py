"""What a receiver makes of a line, bit by bit: at another speed, or with the line inverted.

Octets as they were sent come in, with the speeds of both ends; out go the octets that a UART
hands over. Rule: the receiver is a plain one and knows nothing. It waits for a falling edge,
looks again in the middle of the start bit, takes each bit in its middle, and after a character
without a stop bit it waits until the line has been high.
"""

from __future__ import annotations

from collections.abc import Iterator

_LEVELS = 10
"""Of a character: start, eight data bits, stop; 7E1 has its parity in the eighth."""


def garble(octets: bytes, sent_baud: int, heard_baud: int, *, inverted: bool = False) -> bytes:
    """What a receiver at `heard_baud` hears of `octets` sent at `sent_baud`, 8N1.

    With `inverted` the line rests low, which is a break to the receiver, and every level is
    the other one: a character seems to begin wherever the sender's line rose. Equal rates on
    an upright line give the octets unchanged.
    """
    if sent_baud == heard_baud and not inverted:
        return octets
    levels = bytes(level ^ inverted for octet in octets for level in _levels(octet))
    return bytes(_Receiver(levels, sent_baud, heard_baud, rest=int(not inverted)).octets())


def with_even_parity(octets: bytes) -> bytes:
    """7E1 as it stands on the wire: seven bits, and in the eighth what makes their sum even."""
    return octets.translate(_EVEN)


def _levels(octet: int) -> Iterator[int]:
    """The line bit by bit: start 0, eight bits low first, stop 1."""
    yield 0
    yield from (octet >> place & 1 for place in range(8))
    yield 1


_EVEN = bytes(
    (octet & 0x7F) | (0x80 if (octet & 0x7F).bit_count() % 2 else 0) for octet in range(256)
)


class _Receiver:
    """One pass over a line; one unit of time is 1 / (2 * sent * heard) seconds.

    So every edge of the sender and every middle of a bit of the receiver is a whole number.
    """

    def __init__(self, levels: bytes, sent_baud: int, heard_baud: int, rest: int) -> None:
        self._levels = levels
        self._rest = rest
        self._sent_bit = 2 * heard_baud
        self._half_bit = sent_baud
        self._end = len(levels) * self._sent_bit

    def octets(self) -> Iterator[int]:
        """The characters, one after another."""
        moment, is_high = 0, bool(self._rest)
        while (begin := self._falling_edge(moment, is_high=is_high)) is not None:
            if self._level(begin + self._half_bit):
                # High again in the middle: a spike, no start bit.
                moment, is_high = begin + self._half_bit, True
                continue
            yield sum(
                self._level(begin + (2 * bit + 1) * self._half_bit) << (bit - 1)
                for bit in range(1, 9)
            )
            moment = begin + (2 * _LEVELS - 1) * self._half_bit
            is_high = bool(self._level(moment))

    def _level(self, moment: int) -> int:
        at = moment // self._sent_bit
        return self._levels[at] if at < len(self._levels) else self._rest

    def _falling_edge(self, moment: int, *, is_high: bool) -> int | None:
        """When the line falls from `moment` on; one that is low must rise first."""
        at = moment // self._sent_bit
        if not is_high:
            at = self._levels.find(1, at)
            if at < 0:
                return None
        fall = self._levels.find(0, at)
        if fall < 0:
            return self._end if not self._rest and moment < self._end else None
        return max(moment, fall * self._sent_bit)
