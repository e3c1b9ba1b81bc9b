"""Reads a customer port through a cable that does not turn the line round.

The meter's output is an open collector and logically inverted (P1 5.0.2, 5.7). A UART on such
a line rests in a break and begins a character wherever the meter's line fell to a 1, so what
it hands over is no text. Octets of it come in, the meter's characters go out.

How: each octet tells nine levels for certain, the start and eight bits. How many bits went by
between two octets is not told, so every number is tried, and the ways that fit best go on. What
fits: a character has a start bit, a stop bit and in its eighth bit a 0 or even parity (7E1),
and telegrams are mostly digits, points and brackets. It holds for receivers that wait for a
high line after a character without a stop bit, and for those that begin the next one at once.
Rule: only a text with a register's code in it counts, or one whose characters are as likely as
those of a telegram throughout; noise and characters of another speed never come near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

SAMPLE = 96
"""Octets that are read; they hold two or three lines."""

_CODE = re.compile(rb"\d-\d:\d{1,2}\.\d{1,2}\.\d{1,3}\(")
_LIKELY = 1.4
"""Cost of a character: telegrams stay under 1.1, noise and other speeds over 1.8."""
_LONG = 64
_WAYS = 32
_LONGEST_RUN = 9
_RUN_COST = 0.3
_RESTING, _STOP = 0, 9


def upright(octets: bytes) -> str:
    """What the meter sent, where `octets` are its telegrams inverted; else empty.

    The first character or two may be wrong, and a capital letter here and there.
    """
    for parity in (False, True):
        reader = _Reader(parity=parity)
        for octet in octets[:SAMPLE]:
            reader.take(octet)
        text, cost = reader.best()
        if _CODE.search(text) or (len(text) >= _LONG and cost < _LIKELY):
            return text.decode("ascii")
    return ""


class _Way(NamedTuple):
    """One way to read the octets so far.

    Attributes:
        place: in the meter's character: 0 at rest, 1..8 its next data bit, 9 the stop bit.
        bits: of that character; None where its beginning was not heard.
        cost: how unlikely it is.
    """

    place: int
    bits: int | None
    cost: float
    text: bytes


class _Reader:
    """Keeps the likeliest ways."""

    def __init__(self, *, parity: bool) -> None:
        self._parity = parity
        self._ways = [_Way(_RESTING, 0, 0, b"")]
        self._ways += [_Way(place, None, place / 100, b"") for place in range(1, 10)]

    def take(self, octet: int) -> None:
        """Go on with the next octet of the receiver."""
        window = (1, *(1 - (octet >> place & 1) for place in range(8)))
        found: dict[tuple[int, int | None], _Way] = {}
        for way in self._ways:
            for before in self._gaps(way):
                after = self._along(before, window)
                if after is None:
                    continue
                at = (after.place, after.bits)
                if at not in found or found[at].cost > after.cost:
                    found[at] = after
        self._ways = sorted(found.values(), key=lambda way: way.cost)[:_WAYS]

    def best(self) -> tuple[bytes, float]:
        """The text of the likeliest way, and what a character of it costs."""
        if not self._ways or not self._ways[0].text:
            return b"", 0
        text = self._ways[0].text
        return text, self._ways[0].cost / len(text)

    def _gaps(self, way: _Way) -> Iterator[_Way]:
        """Where the meter may stand when the receiver's next character begins.

        At once; or after a number of 1s, which are low here, and then of 0s.
        """
        yield way
        ones: _Way | None = way
        for _ in range(_LONGEST_RUN):
            if ones is None:
                return
            zeros = self._along(ones, (0,))
            for _ in range(_LONGEST_RUN):
                if zeros is None:
                    break
                zeros = zeros._replace(cost=zeros.cost + _RUN_COST)
                yield zeros
                zeros = self._along(zeros, (0,))
            if ones.place == _RESTING and ones is not way:
                return  # more rest changes nothing
            ones = self._along(ones, (1,))
            ones = ones and ones._replace(cost=ones.cost + _RUN_COST)

    def _along(self, way: _Way, levels: tuple[int, ...]) -> _Way | None:
        """`way` after these levels of the meter; None where no character goes so."""
        place, bits, cost, text = way
        for level in levels:
            if place == _RESTING:
                place, bits = (_RESTING, 0) if level else (1, 0)
            elif place < _STOP:
                bits = None if bits is None else bits | level << (place - 1)
                place += 1
            elif not level or (bits is not None and not self._fits(bits)):
                return None
            else:
                if bits is not None:
                    cost += _COSTS[bits & 0x7F]
                    text += bytes((bits & 0x7F,))
                place, bits = _RESTING, 0
        return _Way(place, bits, cost, text)

    def _fits(self, character: int) -> bool:
        return character.bit_count() % 2 == 0 if self._parity else character < 0x80


def _cost(character: int) -> int:
    """How unlikely a character is in a telegram, in about bits."""
    for cost, alphabet in _ALPHABETS:
        if character in alphabet:
            return cost
    return 9


_ALPHABETS = (
    (0, b"0123456789().:*-"),
    (2, b"\r\n"),
    (3, b"ABCDEFGHIJKLMNOPQRSTUVWXYZkWhm/!\\"),
    (5, bytes(range(0x20, 0x7F))),
)
_COSTS = tuple(_cost(character) for character in range(128))
