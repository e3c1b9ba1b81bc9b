"""Which line of a meter's telegrams is which, learned from the telegrams before.

A meter sends the same lines in the same order every second, and only digits change. The lines
of a telegram in; a `Layout` out, which takes the next body apart in one go. Rule: a layout
knows codes and units and never a value; a body that is laid out otherwise is not taken apart
and is read line by line, to the same result.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from hardware.p1.catalogue import Entry, Kind
from hardware.p1.lines import BY_CODE, PLAIN, UNITS, Decoder

MOST_KNOWN = 64
"""Meters; a recording seldom holds more, and if it does they are learned again."""

_NUMBER = r"([0-9]++(?:\.[0-9]++)?)"
_REST = "([^\n]*+)"
_PLAIN_LINE = re.compile(r"([^(]+\()[0-9]+(?:\.[0-9]+)?((?:\*[^()*]*)?\))")
_BY_THEMSELVES = {Kind.TEXT, Kind.OCTETS, Kind.TIMED, Kind.OUTAGES}
"""Kinds that are read without looking at another line, and tell nothing of the telegram."""


class Slot(NamedTuple):
    """A line of which the code is known.

    Attributes:
        opening: its code and the first bracket.
        entry: what the catalogue says of it.
        unit: of a plain number.
        decode: reads what stands behind the bracket; None: it is the digits of a plain number.
    """

    opening: str
    entry: Entry
    unit: str = ""
    decode: Decoder | None = None


class Layout:
    """The lines of one meter.

    Attributes:
        slots: for each line what is known of it; None where it must be read whole.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        described = [_described(line) for line in lines]
        self.slots = [slot for slot, _ in described]
        self._pattern = re.compile("\n".join(pattern for _, pattern in described))

    def take_apart(self, body: str) -> tuple[str, ...] | None:
        """What is still to be read of each line; None where `body` is laid out otherwise."""
        found = self._pattern.fullmatch(body)
        return None if found is None else found.groups()


def _described(line: str) -> tuple[Slot | None, str]:
    """What is known of a line, and a pattern of lines like it with what is not as its group."""
    code, bracket, _ = line.partition("(")
    opening = code + bracket
    entry, decode = BY_CODE.get(code, (None, None))
    plain = _PLAIN_LINE.fullmatch(line)
    unit = UNITS.get(plain[2].removeprefix("*")) if plain else None
    if entry is not None and plain is not None and unit is not None and code in PLAIN:
        pattern = re.escape(opening) + _NUMBER + re.escape(plain[2])
        return Slot(opening, entry, unit), pattern
    if entry is not None and bracket and entry.kind in _BY_THEMSELVES:
        return Slot(opening, entry, decode=decode), re.escape(opening) + _REST
    return None, _REST


class Layouts:
    """What is known of the meters that were heard, by their identification."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, header: str) -> Layout | None:
        """The layout that this meter had before."""
        known = self._known.get(header)
        return None if known is None else known.layout

    def learn(self, header: str, lines: Sequence[str]) -> None:
        """Note how the lines stood in a telegram that was laid out in a new way.

        A layout costs as much as reading some thirty telegrams without one. So it is made at
        the second such telegram, and for a meter that changes all the time ever more seldom.
        """
        if header not in self._known and len(self._known) >= MOST_KNOWN:
            self._known.clear()
        known = self._known.setdefault(header, _Known())
        known.strange += 1
        if known.strange > known.patience:
            known.layout, known.strange = Layout(lines), 0
            known.patience *= 2


class _Known:
    def __init__(self) -> None:
        self.layout: Layout | None = None
        self.strange = 0
        self.patience = 1
