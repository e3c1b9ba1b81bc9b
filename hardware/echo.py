"""The echo of an optical head: our own octets, given back by the meter's glass or the adapter.

What is sent and what is heard go in; what was heard of the meter comes out. Rule: a head echoes
when the first octets after something sent are that very thing, which no meter's answer to the
first message is; from then on each message is taken off once, and a damaged echo is left to the
machines, which pass over their own frames.
"""

from __future__ import annotations

from enum import Enum, auto


class _Head(Enum):
    UNKNOWN = auto()
    ECHOES = auto()
    SILENT = auto()


class Echo:
    """One head.

    Attributes:
        octets: how many were taken off.
    """

    def __init__(self) -> None:
        self.octets = 0
        self._head = _Head.UNKNOWN
        self._expected = b""
        self._held = bytearray()

    def sent(self, data: bytes) -> None:
        """`data` leaves now; what was held back of the last message's echo is over."""
        self._expected = b"" if self._head is _Head.SILENT else data
        self._held.clear()

    def heard(self, data: bytes) -> bytes:
        """`data` without our own octets; empty while it may still be nothing else."""
        if not self._expected:
            return data
        self._held += data
        size = min(len(self._held), len(self._expected))
        if self._held[:size] != self._expected[:size]:
            if self._head is _Head.UNKNOWN:
                self._head = _Head.SILENT
            return self._give(0)
        return self._whole() if size == len(self._expected) else b""

    def _whole(self) -> bytes:
        self._head = _Head.ECHOES
        self.octets += len(self._expected)
        return self._give(len(self._expected))

    def _give(self, start: int) -> bytes:
        rest = bytes(self._held[start:])
        self._expected = b""
        self._held.clear()
        return rest
