"""What the file holds of a visit: everything, in order, with what became of it.

In come a visit, its progress, and for each fact and file what the office said; out comes one
frozen `FileReport`. Rule: nothing is left out; what a customer may see is `report`'s to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.domain import facts as f
from fieldapp.domain.confidential import last_words
from fieldapp.domain.progress import Progress
from fieldapp.domain.work_order import Visit

VERDICTS = ("found", "ruled_out", "not_examined")


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact, and where its operation stands (`waiting`, `applied`, ...)."""

    fact: f.AnyFact
    delivery: str


@dataclass(frozen=True, slots=True)
class File:
    """One piece of evidence; `delivered`: the office has read it back."""

    slot: str
    sha256: str
    size: int
    media_type: str
    delivered: bool


@dataclass(frozen=True, slots=True)
class Signer:
    """Who worked, by which laptop."""

    technician: str
    name: str
    laptop: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """All of a visit; entries in the order in which they happened."""

    visit: Visit
    progress: Progress
    signer: Signer
    entries: tuple[Entry, ...]
    files: tuple[File, ...]

    def findings(self, verdict: str) -> tuple[f.FindingRecorded, ...]:
        """Those with this verdict, confidential ones too."""
        return tuple(x for x in last_words(self.progress) if x.verdict == verdict)
