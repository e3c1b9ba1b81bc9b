"""One way of opening a line, as it is tried and as it is remembered of a head.

In come options and text that was kept; out come ways in the order of trying, and text to keep.
Rule: what was kept is a hint and never a limit: whatever it says, all ways that the options
allow are tried, each once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hardware.drivers.optical_line import Ending, Framing, OpticalOptions
from hardware.hdlc.parameters import DEFAULT, MAX_INFO

DUTCH_BAUD, OLD_BAUD = 9600, 300
_LEFT_OPEN = "open"
_MAX_BAUD = 921_600


@dataclass(frozen=True, slots=True)
class Way:
    """One way.

    Attributes:
        framing: mode E or HDLC.
        baud: rate of the opening.
        max_info: largest HDLC information field that the line behind this head bears.
        left_open: the last session did not end with a confirmed DISC: for its inactivity time
            (120 s in DSMR) the meter still hears HDLC and no sign-on.
    """

    framing: Framing
    baud: int
    max_info: int = MAX_INFO
    left_open: bool = False

    def __str__(self) -> str:
        """For people: `mode E at 9600`."""
        name = "mode E" if self.framing is Framing.MODE_E else "HDLC"
        return f"{name} at {self.baud}"

    def to_text(self) -> str:
        """To be kept: `mode-e 9600 2030`, with `open` behind it where it was left so."""
        words = [self.framing.value, str(self.baud), str(self.max_info)]
        return " ".join([*words, _LEFT_OPEN] if self.left_open else words)

    def opens_like(self, other: Way) -> bool:
        """Whether both are one way of opening."""
        return (self.framing, self.baud) == (other.framing, other.baud)


class Memory:
    """What is known of one head, and what is learnt from one opening of it."""

    def __init__(self, options: OpticalOptions, head: str) -> None:
        """For the port named `head`."""
        self._options = options
        self._head = head
        self._known = parse_way(options.heads.recall(head))
        self._kept = self._known

    def ways(self) -> list[Way]:
        """The ways to try, in order: as remembered, then as Dutch meters are found."""
        ways = _allowed(self._options)
        known = self._known
        if known is None or not any(way.opens_like(known) for way in ways):
            return ways
        first = [replace(known, left_open=False)]
        if known.left_open:
            # Its DISC may have arrived all the same, so the sign-on goes first: it costs less.
            first.append(replace(first[0], framing=Framing.HDLC, baud=DUTCH_BAUD))
        return _each_once([*first, *ways])

    def opened(self, way: Way) -> None:
        """It worked; it counts as left open until `ended` hears of a DISC."""
        known = self._known
        resumed = known is not None and known.left_open and way.framing is Framing.HDLC
        self._keep(replace(known if known and resumed else way, left_open=True))

    def ended(self, ending: Ending) -> None:
        """How it went; large frames are offered again after a session without damage."""
        kept = self._kept
        if kept is None:
            return
        match ending:
            case Ending.CLEAN:
                self._keep(replace(kept, left_open=False, max_info=MAX_INFO))
            case Ending.CLOSED:
                self._keep(replace(kept, left_open=False))
            case Ending.DAMAGED:
                self._keep(replace(kept, max_info=DEFAULT.receive))

    def _keep(self, way: Way) -> None:
        self._kept = way
        self._options.heads.keep(self._head, way.to_text())


def parse_way(text: str) -> Way | None:
    """Read what was kept; None for anything that is not a way."""
    words = text.split()
    left_open = words[3:] == [_LEFT_OPEN]
    if len(words) != 3 + left_open:
        return None
    try:
        way = Way(Framing(words[0]), int(words[1]), int(words[2]), left_open)
    except ValueError:
        return None
    sound = OLD_BAUD <= way.baud <= _MAX_BAUD and DEFAULT.receive <= way.max_info <= MAX_INFO
    return way if sound else None


def _allowed(options: OpticalOptions) -> list[Way]:
    """Mode E at 9600 (P3, 5.13), at 300, and HDLC at once, as far as they were asked for."""
    bauds = [options.baud] if options.baud else [DUTCH_BAUD, OLD_BAUD]
    mode_e = [Way(Framing.MODE_E, baud) for baud in bauds]
    at_once = Way(Framing.HDLC, bauds[0])
    if options.framing is Framing.AUTO:
        return [*mode_e, at_once]
    return mode_e if options.framing is Framing.MODE_E else [at_once]


def _each_once(ways: list[Way]) -> list[Way]:
    found: list[Way] = []
    for way in ways:
        if not any(way.opens_like(other) for other in found):
            found.append(way)
    return found
