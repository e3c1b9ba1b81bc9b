"""Counts failed attempts, so that codes and signatures can't be tried by the thousand.

In come a name (an address, a laptop) and what the attempt came to; after too many failures
within a minute further attempts are told to wait. Rule: who succeeds is never slowed down, and
the memory is bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fieldapp.clock import Clock
from sync.server.problems import ProblemError

_WINDOW_S = 60.0
_MOST_NAMES = 10_000
_FAILURES = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class _Count:
    """Failures since a moment of the monotonic clock."""

    since_s: float
    failures: int


class Attempts:
    """Failures per name within the last minute.

    Args:
        most: failures in a minute after which a name has to wait.
    """

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._counts: dict[str, _Count] = {}

    @contextmanager
    def guard(self, name: str) -> Iterator[None]:
        """Let an attempt happen and count it when it fails.

        Raises:
            ProblemError: 429 with a time to wait; the attempt did not happen.
        """
        self._check(name)
        try:
            yield
        except ProblemError as problem:
            if problem.status in _FAILURES:
                self._note(name)
            raise

    def _check(self, name: str) -> None:
        count = self._current(name)
        if count.failures >= self._most:
            left_s = count.since_s + _WINDOW_S - self._clock.monotonic_s()
            wait = {"Retry-After": str(max(1, int(left_s) + 1))}
            raise ProblemError(429, "too-many-attempts", headers=wait)

    def _current(self, name: str) -> _Count:
        now_s = self._clock.monotonic_s()
        count = self._counts.get(name)
        if count is None or now_s - count.since_s >= _WINDOW_S:
            return _Count(now_s, 0)
        return count

    def _note(self, name: str) -> None:
        count = self._current(name)
        if len(self._counts) >= _MOST_NAMES:
            self._counts.clear()
        self._counts[name] = _Count(count.since_s, count.failures + 1)
