"""Octets as no meter sends them: telegrams of every kind, spoiled at random but from a seed."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from hardware.p1.encrypted import Keys
from hardware.simulators.p1 import MeterSpec, P1Meter
from hardware.simulators.p1_countries import RECIPES
from hardware.simulators.p1_oddities import ODDITIES
from tests.hardware.p1.frames import MBUS_PUSH, PUSH, SEALED, SNRM

KEYS = Keys(bytes(range(16)))
_NOON = datetime(2026, 10, 25, 0, 59, 30, tzinfo=UTC)
_PIECES = (
    b"/",
    b"!",
    b"\r\n",
    b"\n",
    b"(",
    b")",
    b"*",
    b"!0\r\n",
    b"/ISk5\\2\r\n\r\n",
    b"1-0:1.8.1(",
    b"0-0:98.1.0(1)(1-0:1.6.0)(1-0:1.6.0)(",
    b"0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n",
    b"632525252525S",
    b"9" * 400,
    b"\xdb\x08",
    b"\x7e\xa0",
    b"\xb2\xb9",
    b"\x00",
)


def corpus() -> list[bytes]:
    """What is spoiled: every version, every oddity, sealed ones, and frames of other kinds."""
    plain = [
        P1Meter(MeterSpec(version=version, phases=phases)).telegram(_NOON)
        for version in RECIPES
        for phases in (1, 3)
    ]
    five = P1Meter(MeterSpec(version="5.0", phases=3)).telegram(_NOON)
    odd = [change(five) for name, change in ODDITIES.items() if name != "long-text"]
    sealed = [
        P1Meter(MeterSpec(version=version, keys=KEYS)).telegram(_NOON)
        for version in ("lu", "at")
    ]
    return [*plain, *odd, *sealed, SEALED, PUSH, SNRM, MBUS_PUSH]


def _flip(octets: bytearray, chance: random.Random) -> None:
    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)


def _lose(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets))
    del octets[at : at + chance.choice((1, 2, 30, 400))]


def _insert(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets) + 1)
    octets[at:at] = chance.choice(_PIECES)


def _overwrite(octets: bytearray, chance: random.Random) -> None:
    at, piece = chance.randrange(len(octets)), chance.choice(_PIECES)
    octets[at : at + len(piece)] = piece


def _scatter(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets) + 1)
    octets[at:at] = chance.randbytes(chance.choice((1, 3, 40)))


def _repeat(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets))
    octets[at:at] = octets[at : at + chance.choice((1, 20, 300))]


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _lose,
    _insert,
    _overwrite,
    _scatter,
    _repeat,
)


def spoiled(seed: int) -> Iterator[bytes]:
    """Endlessly: one or two of the corpus behind each other, spoiled none to five times."""
    chance, whole = random.Random(seed), corpus()
    while True:
        octets = bytearray(b"".join(chance.choices(whole, k=chance.choice((1, 1, 2)))))
        for _ in range(chance.choice((0, 1, 1, 2, 5))):
            if octets:
                chance.choice(_WAYS)(octets, chance)
        yield bytes(octets)
