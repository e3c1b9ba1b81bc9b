"""What each technician's laptop should hold, remembered by this process.

In come a technician, the number of the newest change in the list, and the digest at that number
(`wire.digest`); out comes what is known of it. Rule: every change of what a laptop holds is
announced in the same transaction, so a digest holds for as long as the newest number stays.
"""

from __future__ import annotations

_MOST = 50_000


class Digests:
    """Digests by region and technician; one forgotten is made again."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[int, str]] = {}

    def get(self, region: str, technician: str, last: int) -> str | None:
        """The digest when `last` is the newest change; None: not known."""
        number, known = self._known.get((region, technician), (-1, ""))
        return known if number == last else None

    def keep(self, region: str, technician: str, last: int, digest: str) -> None:
        """Remember it."""
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[region, technician] = last, digest
