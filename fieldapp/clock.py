"""The one source of time and of identifiers; the rooms that keep no clock are handed these.

Out come aware UTC times, seconds of a clock that never goes back, and UUIDv7 texts, which
order by the time they were made (RFC 9562, 5.7). Tests hand in their own.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import Protocol

import uuid_utils

if sys.platform == "linux":

    def _elapsed_s() -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

else:
    _elapsed_s = time.monotonic


class Clock(Protocol):
    """What the rooms may ask of time and chance."""

    def now(self) -> datetime:
        """The device's idea of the time, aware, UTC; it may be wrong."""
        ...

    def monotonic_s(self) -> float:
        """Seconds on a clock that never goes back; its zero means nothing."""
        ...

    def new_id(self) -> str:
        """A fresh UUIDv7 as text."""
        ...

    def random_bytes(self, size: int) -> bytes:
        """`size` bytes that nobody can guess."""
        ...


class SystemClock:
    """The machine's own clocks and randomness."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """See `Clock.monotonic_s`; on Linux it goes on while the laptop sleeps."""
        return _elapsed_s()

    def new_id(self) -> str:
        """See `Clock.new_id`."""
        return str(uuid_utils.uuid7())

    def random_bytes(self, size: int) -> bytes:
        """See `Clock.random_bytes`."""
        return os.urandom(size)
