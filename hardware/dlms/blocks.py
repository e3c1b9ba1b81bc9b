"""Long messages in blocks: cut one up, and put one together (IEC 62056-5-3 9.4.6).

In comes the raw value or the list of results, out come numbered pieces; and back. Rule: blocks
are numbered from 1 without gaps, and a message that is put together has an upper bound.
"""

from __future__ import annotations

from hardware.errors import RemoteProtocolError

MAX_MESSAGE = 1 << 20


class Pieces:
    """A raw message being handed out; each piece is at most `size` octets."""

    def __init__(self, raw: bytes, size: int) -> None:
        self._raw = raw
        self._size = size
        self.number = 0

    @property
    def is_last(self) -> bool:
        """Whether the piece handed out last was the end."""
        return self.number * self._size >= len(self._raw)

    def take(self) -> bytes:
        """The next piece; its number is then in `number`."""
        start = self.number * self._size
        self.number += 1
        return self._raw[start : start + self._size]


class Collected:
    """A raw message being put together."""

    def __init__(self) -> None:
        self.raw = bytearray()
        self.number = 0

    def add(self, number: int, piece: bytes) -> None:
        """Take block `number`.

        Raises:
            RemoteProtocolError: not the next number, an empty block, or too much in all.
        """
        if number != self.number + 1:
            raise RemoteProtocolError(f"block {number} came after block {self.number}")
        if not piece:
            raise RemoteProtocolError(f"block {number} is empty")
        if len(self.raw) + len(piece) > MAX_MESSAGE:
            raise RemoteProtocolError(f"more than {MAX_MESSAGE} octets in blocks")
        self.raw += piece
        self.number = number
