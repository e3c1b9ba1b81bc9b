"""The chain of one incarnation: which operation has its seat, which waits, which is a fork.

In come links (sequence, own hash, previous hash) in any order; out comes what follows from
them. A link whose signature did not hold has no seat of its own, but a later, well-signed one
that names its hash vouches for it, so that one bad operation never blocks those behind it.
Rule: pure values; the chain follows what was received, not what was applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from fieldapp.domain.operation import FIRST_PREVIOUS


@dataclass(frozen=True, slots=True)
class Link:
    """An operation as the chain sees it; `trusted` says whether its signature held."""

    sequence: int
    sha256: str
    previous: str
    trusted: bool = True


class Place(Enum):
    """What became of a link."""

    SEATED = auto()
    WAITS = auto()
    FORK = auto()


class Chain:
    """One incarnation's chain.

    Args:
        sequence: of the last link that has its seat; 0 where there is none.
        sha256: of that link's header.
        waiting: links that are here without a seat, in the order they came.
    """

    def __init__(
        self, sequence: int = 0, sha256: str = FIRST_PREVIOUS, waiting: Iterable[Link] = ()
    ) -> None:
        self.sequence = sequence
        self.sha256 = sha256
        self._waiting: dict[int, list[Link]] = {}
        for link in waiting:
            self._waiting.setdefault(link.sequence, []).append(link)

    def place(self, link: Link) -> Place:
        """Put a new link where it belongs; `settle` then says what follows from it."""
        if link.sequence > self.sequence + 1 or not link.trusted:
            self._waiting.setdefault(link.sequence, []).append(link)
            return Place.WAITS
        if not self._is_next(link):
            return Place.FORK
        self._seat(link)
        return Place.SEATED

    def settle(self) -> list[tuple[Link, Place]]:
        """Links that waited and now have their seat or turned out to be forks, in order."""
        settled: list[tuple[Link, Place]] = []
        while step := self._forks() or self._next() or self._vouched():
            settled += step
        return settled

    def forget(self, link: Link) -> None:
        """Drop a waiting link that came again in another form."""
        kept = [other for other in self._waiting.get(link.sequence, []) if other != link]
        self._waiting[link.sequence] = kept

    def _is_next(self, link: Link) -> bool:
        return (link.sequence, link.previous) == (self.sequence + 1, self.sha256)

    def _seat(self, link: Link) -> None:
        self.sequence, self.sha256 = link.sequence, link.sha256

    def _forks(self) -> list[tuple[Link, Place]]:
        """Well-signed links at the next seat, or before it, that follow another past."""
        found = [
            link
            for sequence in sorted(self._waiting)
            if sequence <= self.sequence + 1
            for link in self._waiting[sequence]
            if link.trusted and not self._is_next(link)
        ]
        for link in found:
            self.forget(link)
        return [(link, Place.FORK) for link in found]

    def _next(self) -> list[tuple[Link, Place]]:
        ready = [link for link in self._waiting.get(self.sequence + 1, []) if link.trusted]
        return self._take(ready[:1])

    def _vouched(self) -> list[tuple[Link, Place]]:
        """Untrusted links that lead from a waiting, well-signed one back to the last seat."""
        for sequence in sorted(self._waiting):
            for link in self._waiting[sequence]:
                if link.trusted and (path := self._path_to(link)):
                    return self._take(path)
        return []

    def _path_to(self, link: Link) -> list[Link]:
        """The untrusted links between the last seat and `link`; empty where one is missing."""
        path: list[Link] = []
        wanted = link
        while not self._is_next(wanted):
            before = [
                other
                for other in self._waiting.get(wanted.sequence - 1, [])
                if not other.trusted and other.sha256 == wanted.previous
            ]
            if not before:
                return []
            wanted = before[0]
            path.insert(0, wanted)
        return path

    def _take(self, links: Iterable[Link]) -> list[tuple[Link, Place]]:
        taken = []
        for link in links:
            self.forget(link)
            self._seat(link)
            taken.append((link, Place.SEATED))
        return taken
