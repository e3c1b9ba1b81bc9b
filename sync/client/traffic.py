"""Octets on the line, as they go and come: bodies, packed as they travel, without headers.

The network's thread counts here; whoever shows progress hears of it through `heard`. Rule: this
is about the line; what the office has is said by its answers only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO


@dataclass(slots=True)
class Traffic:
    """So many octets since the session began.

    Attributes:
        sent: of requests.
        received: of answers.
        expected: of answers, those that are announced and still to come included.
        heard: called after every step, in the thread that counts.
    """

    sent: int = 0
    received: int = 0
    expected: int = 0
    heard: Callable[[], None] = field(default=lambda: None)

    def went(self, octets: int) -> None:
        """So many left."""
        self.sent += octets
        self.heard()

    def came(self, octets: int) -> None:
        """So many arrived."""
        self.received += octets
        self.expected = max(self.expected, self.received)
        self.heard()

    def announced(self, length: str) -> None:
        """An answer begins; `length` is its `Content-Length`, or anything."""
        octets = (
            int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0
        )
        self.expected = self.received + octets


class CountedBody(BytesIO):
    """A request's body that counts what is read from it."""

    def __init__(self, body: bytes, traffic: Traffic) -> None:
        super().__init__(body)
        self._traffic = traffic

    def read(self, size: int | None = -1, /) -> bytes:
        """As `BytesIO.read`."""
        part = super().read(size)
        if part:
            self._traffic.went(len(part))
        return part
