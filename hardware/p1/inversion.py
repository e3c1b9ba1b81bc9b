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
those of a telegram throughout; noise and characters of another speed never come near, and are
given up after some thirty octets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple, TypeAlias

_Steps: TypeAlias = tuple[tuple[int, ...], ...]

SAMPLE = 80
"""Octets that are read; they hold two lines."""

_CODE = re.compile(rb"\d-\d:\d{1,2}\.\d{1,2}\.\d{1,3}\(")
_LIKELY = 1.4
"""Cost of a character: telegrams stay under 1.3 from `_LONG` on, all else over 1.9."""
_LONG = 48
_HOPELESS = 1.9
"""Cost of a character at `_SOON`: telegrams stay under 1.75, noise over 2.2."""
_SOON = 32
_WAYS = 32
_LONGEST_RUN = 9
_RUN_COST = 0.3
_RESTING, _FULL, _UNHEARD = 0, 256, 512
_LEAST = 8
_MOSTLY = 0.8


def seems_inverted(octets: bytes) -> bool:
    """A first sign that costs next to nothing; `upright` says whether it holds.

    Without parity the receiver takes each stop bit for a start bit, so the start bit becomes
    the lowest data bit, which is set. With parity there is no such sign.
    """
    odd = sum(octet & 1 for octet in octets)
    return odd >= max(_LEAST, len(octets) * _MOSTLY)


def upright(octets: bytes) -> str:
    """What the meter sent, where `octets` are its telegrams inverted; else empty.

    The first character or two may be wrong, and a capital letter here and there.
    """
    likelier = not seems_inverted(octets)
    for parity in (likelier, not likelier):
        text, cost = _read(octets[:SAMPLE], parity=parity)
        if _CODE.search(text) or (len(text) >= _LONG and cost < _LIKELY):
            return text.decode("ascii")
    return ""


def _read(octets: bytes, *, parity: bool) -> tuple[bytes, float]:
    """The likeliest text, as far as it is one, and what a character of it costs."""
    ways = _BEGINNINGS
    for count, octet in enumerate(octets, 1):
        ways = _go_on(ways, octet, parity=parity)
        if not ways or (count == _SOON and _price(ways[0]) > _HOPELESS):
            return b"", 0
    return ways[0].text, _price(ways[0])


class _Way(NamedTuple):
    """One way to read the octets so far, or a part of them.

    Attributes:
        place: where the meter stands in a character, as `_step` says.
        cost: how unlikely it is.
    """

    place: int
    cost: float
    text: bytes


_BEGINNINGS = [_Way(_RESTING, 0, b"")]
_BEGINNINGS += [_Way(_UNHEARD + bits, bits / 100, b"") for bits in range(9)]


def _price(way: _Way) -> float:
    return way.cost / max(1, len(way.text))


def _go_on(ways: list[_Way], octet: int, *, parity: bool) -> list[_Way]:
    """The likeliest ways behind the receiver's next octet, the best first."""
    parts = (
        _Way(after.place, way.cost + after.cost, way.text + after.text)
        for way in ways
        for after in _through(way.place, octet, parity=parity)
    )
    return sorted(_cheapest(parts), key=lambda way: way.cost)[:_WAYS]


def _cheapest(ways: Iterable[_Way]) -> Iterable[_Way]:
    """One way to each place."""
    found: dict[int, _Way] = {}
    for way in ways:
        if way.place not in found or found[way.place].cost > way.cost:
            found[way.place] = way
    return found.values()


@lru_cache(maxsize=4096)
def _through(place: int, octet: int, *, parity: bool) -> tuple[_Way, ...]:
    """The ways from `place` through what goes by unheard and then through this octet."""
    levels = (1, *(1 - (octet >> bit & 1) for bit in range(8)))
    ways = (
        _along(before, levels, _steps(parity=parity))
        for before in _unheard(place, parity=parity)
    )
    return tuple(_cheapest(way for way in ways if way is not None))


@cache
def _unheard(place: int, *, parity: bool) -> tuple[_Way, ...]:
    """Where the meter may stand when the receiver's next character begins.

    At once; or after a number of 1s, which are low here, and then of 0s.
    """
    steps = _steps(parity=parity)
    ways = [_Way(place, 0, b"")]
    ones: _Way | None = ways[0]
    for low in range(_LONGEST_RUN):
        if ones is None:
            break
        zeros = _along(ones, (0,), steps)
        for high in range(1, _LONGEST_RUN + 1):
            if zeros is None:
                break
            cost = zeros.cost + (low + high) * _RUN_COST
            ways.append(_Way(zeros.place, cost, zeros.text))
            zeros = _along(zeros, (0,), steps)
        if low and ones.place == _RESTING:
            break  # more rest changes nothing
        ones = _along(ones, (1,), steps)
    return tuple(_cheapest(ways))


def _along(way: _Way, levels: tuple[int, ...], steps: _Steps) -> _Way | None:
    """`way` after these levels of the meter; None where no character goes so."""
    place, cost, text = way
    for level in levels:
        following = steps[level][place]
        if following < 0:
            return None
        if following == _RESTING and _FULL <= place < _UNHEARD:
            cost += _COSTS[place & 0x7F]
            text += bytes((place & 0x7F,))
        place = following
    return _Way(place, cost, text)


@cache
def _steps(*, parity: bool) -> _Steps:
    """The place behind each place, by the level between them."""
    return tuple(
        tuple(_step(place, level, parity=parity) for place in range(_UNHEARD + 9))
        for level in (0, 1)
    )


def _step(place: int, level: int, *, parity: bool) -> int:
    """The place behind `place` and one more level; -1 where no character goes so.

    0 is rest. Below 512 it is a 1 and behind it the bits that came, the first one lowest; from
    512 on it counts the bits of a character whose beginning was not heard.
    """
    if place == _RESTING:
        return _RESTING if level else 1
    if place < _FULL:
        bit = 1 << place.bit_length() - 1
        return place + bit + bit * level
    if place < _UNHEARD:
        return _RESTING if level and _fits(place - _FULL, parity=parity) else -1
    if place < _UNHEARD + 8:
        return place + 1
    return _RESTING if level else -1


def _fits(character: int, *, parity: bool) -> bool:
    return character.bit_count() % 2 == 0 if parity else character < 0x80


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
