"""This program as it is measured: reads telegrams in a process of its own, when asked.

JSON lines in: `{"read": FILE, "start": .., "stop": .., "times": ..}` reads that part of a file
that often, `{"day": FILE, "telegrams": ..}` reads the file over and over. JSON lines out, with
the telegrams that held and the seconds of this process alone. Rule: what is timed is all that a
reader does, from octets to values.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from hardware.drivers.p1 import read_source
from hardware.p1.telegram import Telegram
from ui.proof.memory import resident_mb
from ui.proof.telling import tell

_WARM = 0.1
"""Of a day: what is read before the memory is looked at for the first time."""


class _Over:
    """A source that gives the same octets over and over, until `size` were given."""

    def __init__(self, octets: bytes, size: int) -> None:
        self._octets = octets
        self._left = size
        self._at = 0

    def read1(self, size: int, /) -> bytes:
        """The next octets."""
        piece = self._octets[self._at : self._at + min(size, self._left)]
        self._at = (self._at + len(piece)) % len(self._octets)
        self._left -= len(piece)
        return piece


def _part(ask: dict[str, Any]) -> None:
    octets = Path(ask["read"]).read_bytes()[ask["start"] : ask["stop"]]
    began = time.process_time()
    source = _Over(octets, len(octets) * ask["times"])
    held = sum(isinstance(e, Telegram) and e.crc != "bad" for e in read_source(source))
    tell("part", telegrams=held, seconds=time.process_time() - began)


def _day(ask: dict[str, Any]) -> None:
    octets, count = Path(ask["day"]).read_bytes(), 0
    wanted, before = ask["telegrams"], 0.0
    began = time.process_time()
    for event in read_source(_Over(octets, sys.maxsize)):
        count += isinstance(event, Telegram)
        if count == int(wanted * _WARM):
            before = resident_mb()
        if count == wanted:
            break
    seconds = time.process_time() - began
    tell("day", telegrams=count, seconds=seconds, grown_mb=round(resident_mb() - before, 2))


def main() -> None:
    """Answer until there is no more to do."""
    for line in sys.stdin:
        ask = json.loads(line)
        (_day if "day" in ask else _part)(ask)


if __name__ == "__main__":
    main()
