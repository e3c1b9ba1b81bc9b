"""What each laptop should hold, remembered by this process.

In come a laptop, the number of the newest change in its list, and the digest at that number
(`wire.digest`); out comes what is known of it. Rule: every change of what a laptop should hold
is announced in the same transaction, so a digest holds for as long as the newest number stays.
"""

from __future__ import annotations

_MOST = 50_000
_NONE = (-1, "")


class Digests:
    """Digests by region and laptop; one forgotten is made again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, str]] = {}

    def of(self, region: str, laptop: str) -> tuple[int, str]:
        """A digest and the number of the newest change at which it holds; -1: none is known."""
        return self._known.get((region, laptop), _NONE)

    def keep(self, region: str, laptop: str, last: int, digest: str) -> None:
        """Remember it."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[region, laptop] = last, digest
