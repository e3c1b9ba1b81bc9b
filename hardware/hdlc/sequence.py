"""Sequence numbers of an HDLC link: cutting a message into frames and joining them again.

A message goes into `Sender.load` and leaves as numbered segments; numbered segments go into
`Receiver.accept` and leave as a message. Rule: what is not acknowledged is sent again from
the first one missing (go back N), and a segment counts once, whatever the line repeats.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

_MODULUS = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One information field with its number and whether more of the message follows."""

    number: int
    octets: bytes
    more: bool


class Sender:
    """The sending half: V(S), what waits and what is not yet acknowledged."""

    def __init__(self) -> None:
        self._next_number = 0
        self._waiting: deque[tuple[bytes, bool]] = deque()
        self._sent: deque[Segment] = deque()

    @property
    def pending(self) -> bool:
        """Whether anything is unsent or unacknowledged."""
        return bool(self._waiting or self._sent)

    def load(self, message: bytes, size: int) -> None:
        """Put `message` in line, in pieces of at most `size` octets; drops what was unsent."""
        self._waiting.clear()
        pieces = [message[at : at + size] for at in range(0, len(message), size)] or [b""]
        self._waiting.extend((piece, True) for piece in pieces[:-1])
        self._waiting.append((pieces[-1], False))

    def burst(self, window: int) -> list[Segment]:
        """What to send now: all that is unacknowledged, then new ones up to the window."""
        while self._waiting and len(self._sent) < window:
            octets, more = self._waiting.popleft()
            self._sent.append(Segment(self._next_number, octets, more))
            self._next_number = (self._next_number + 1) % _MODULUS
        return list(self._sent)

    def acknowledge(self, expected: int) -> int | None:
        """Take the other side's N(R): how many it confirmed, None when it can't be."""
        first = self._sent[0].number if self._sent else self._next_number
        confirmed = (expected - first) % _MODULUS
        if confirmed > len(self._sent):
            return None
        for _ in range(confirmed):
            self._sent.popleft()
        return confirmed


class Outcome(Enum):
    """What became of a received segment."""

    MORE = auto()
    COMPLETE = auto()
    REPEATED = auto()
    OUT_OF_ORDER = auto()
    TOO_LONG = auto()


class Receiver:
    """The receiving half: V(R) and the message so far, at most `limit` octets."""

    def __init__(self, limit: int) -> None:
        self.expected = 0
        self._limit = limit
        self._message = bytearray()
        self._weight = 0

    def accept(self, segment: Segment) -> Outcome:
        """Take one segment; after `COMPLETE` the message is there for `take`."""
        if segment.number != self.expected:
            behind = (self.expected - segment.number) % _MODULUS
            return Outcome.REPEATED if behind == 1 else Outcome.OUT_OF_ORDER
        # A segment weighs at least one octet: empty ones for ever also reach the limit.
        self._weight += max(1, len(segment.octets))
        if self._weight > self._limit:
            return Outcome.TOO_LONG
        self.expected = (self.expected + 1) % _MODULUS
        self._message += segment.octets
        return Outcome.MORE if segment.more else Outcome.COMPLETE

    def take(self) -> bytes:
        """The complete message; the next one starts empty."""
        message = bytes(self._message)
        self._message.clear()
        self._weight = 0
        return message
