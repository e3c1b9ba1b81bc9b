"""How many files and connections this process may have open at once.

Nothing comes in; out goes a number, once it was raised as far as the machine lets it. Rule: who
only waits leaves room for who works: a process that has none left takes no request at all.
"""

from __future__ import annotations

import sys
from contextlib import suppress

MOST = 65_536
"""As many as the largest office needs, also where the machine would give any number."""

_FOR_WORK = 512
"""Requests, lines to the database, files; a process that has few keeps half of them."""


def raised() -> int:
    """Raise the number from what the system begins with, often 1024; what it is now."""
    number = MOST
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - Windows has none

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # some systems have a limit of their own besides
            wanted = MOST if hard == resource.RLIM_INFINITY else min(MOST, hard)
            if 0 <= soft < wanted:  # any number at all is negative
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        number = soft if soft >= 0 else MOST
    return number


def to_wait(number: int) -> int:
    """How many of so many may belong to those who wait."""
    return max(number - _FOR_WORK, number // 2)
