"""How much one laptop may ask for: a bucket of requests that fills up again.

In come a laptop and what it asks for; out comes nothing, or a time to wait. Syncs and pieces of
files are counted apart, both so generously that only a laptop gone wrong meets the limit. Rule:
each process counts its own requests, so several of them let through as many times as much; the
memory is bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil

from fieldapp.clock import Clock
from sync.server.problems import ProblemError

_MOST_NAMES = 50_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests at once, and so many a second in the long run."""

    burst: float
    per_s: float


SYNCS = Allowance(burst=600, per_s=10)
"""Syncs and everything small; a laptop back from a week offline needs about 60 at once."""

PIECES = Allowance(burst=2000, per_s=100)
"""Requests about files; at 256 KiB a piece that is more than its line carries."""


@dataclass(frozen=True, slots=True)
class _Bucket:
    left: float
    at_s: float


class Limits:
    """The buckets of every laptop heard of late."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, Allowance], _Bucket] = OrderedDict()

    def take(self, laptop: str, allowance: Allowance) -> None:
        """Count one request.

        Raises:
            ProblemError: 429 with the time until there is room for one again.
        """
        now_s = self._clock.monotonic_s()
        known = self._buckets.pop((laptop, allowance), None)
        left = allowance.burst
        if known is not None:
            left = min(left, known.left + (now_s - known.at_s) * allowance.per_s)
        self._buckets[laptop, allowance] = _Bucket(left - 1 if left >= 1 else left, now_s)
        if len(self._buckets) > _MOST_NAMES:
            self._buckets.popitem(last=False)
        if left < 1:
            wait_s = max(1, ceil((1 - left) / allowance.per_s))
            raise ProblemError(429, "too-many-requests", headers={"Retry-After": str(wait_s)})
