"""Faults of a customer port, by name and from a seed: what goes wrong in the field.

A source of telegrams in; a source of damaged ones out. `wrong-checksum`, `silence` and
`clock-wrong` are how such a meter is and hold always; `noise` stands before every telegram;
`bit-flip`, `lost-bytes` and `half-telegram` hit every other one on average; what is merely odd
stands in `p1_oddities`. Rule: the same seed gives the same damage.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from hardware.p1.builder import with_wrong_checksum
from hardware.simulators.p1 import TelegramSource
from hardware.simulators.p1_oddities import ODDITIES, Oddity


class Faulty:
    """A source that passes on another one's telegrams damaged."""

    def __init__(self, source: TelegramSource, faults: Iterable[str], seed: int = 0) -> None:
        self._source = source
        named = frozenset(faults)
        if named - FAULTS:
            raise ValueError(f"no such fault: {', '.join(sorted(named - FAULTS))}")
        self._faults = tuple(fault for fault in _DAMAGE if fault in named)
        self._random = random.Random(seed)
        self._clock_error = timedelta(minutes=self._random.randint(6, 90))

    def telegram(self, now: datetime) -> bytes:
        """The telegram of `now` after all faults, first the meter's, then the line's."""
        if "clock-wrong" in self._faults:
            now -= self._clock_error
        octets = self._source.telegram(now)
        for fault in self._faults:
            octets = _DAMAGE[fault](octets, self._random)
        return octets


def _noise(octets: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(1, 40)) + octets


def _bit_flip(octets: bytes, chance: random.Random) -> bytes:
    if not octets or chance.random() < 0.5:
        return octets
    damaged = bytearray(octets)
    damaged[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def _lost_bytes(octets: bytes, chance: random.Random) -> bytes:
    if not octets or chance.random() < 0.5:
        return octets
    at = chance.randrange(len(octets))
    return octets[:at] + octets[at + chance.randint(1, 30) :]


def _half_telegram(octets: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.5:
        return octets
    return octets[: round(len(octets) * chance.uniform(0.2, 0.8))]


def _wrong_checksum(octets: bytes, _chance: random.Random) -> bytes:
    return with_wrong_checksum(octets) if b"!" in octets else octets


def _silence(_octets: bytes, _chance: random.Random) -> bytes:
    return b""


def _harmless(change: Oddity) -> Callable[[bytes, random.Random], bytes]:
    return lambda octets, _chance: change(octets)


def _clock_wrong(octets: bytes, _chance: random.Random) -> bytes:
    """Already told to the source."""
    return octets


_DAMAGE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "clock-wrong": _clock_wrong,
    **{name: _harmless(change) for name, change in ODDITIES.items()},
    "wrong-checksum": _wrong_checksum,
    "bit-flip": _bit_flip,
    "lost-bytes": _lost_bytes,
    "half-telegram": _half_telegram,
    "noise": _noise,
    "silence": _silence,
}

FAULTS = frozenset(_DAMAGE)
"""The names."""
