"""What of a visit stays with the office: never shown to the customer, in no document of his.

In come facts; out comes whether a customer may see them. Rule: findings of fraud and what is
marked confidential are for the file's document only (trade.md "Findings"); what this room does
not know is not shown.
"""

from __future__ import annotations

from fieldapp.domain import facts as f
from fieldapp.domain.progress import Progress

_FRAUD = ("fraud", "tamper")
_OWN_PHOTOS = frozenset(
    {
        "old_meter",
        "old_gas_meter",
        "new_meter",
        "new_gas_meter",
        "removed_meter",
        "removed_gas_meter",
    }
)
_READING = "reading_"
_MENDED = frozenset({"reading", "meter", "choice", "preference", "signature"})


def is_confidential(finding: f.FindingRecorded) -> bool:
    """Whether a finding is for the file's document only."""
    return finding.confidential or finding.rule.startswith(_FRAUD)


def last_words(progress: Progress) -> tuple[f.FindingRecorded, ...]:
    """What every rule says in the end: a person may have overruled it."""
    return tuple({x.rule: x for x in progress.of(f.FindingRecorded)}.values())


def is_for_customer(finding: f.FindingRecorded) -> bool:
    """Whether the customer is told of a finding: what was found, and nothing that is hidden."""
    return finding.verdict == "found" and not is_confidential(finding)


def is_own_photo(evidence: f.EvidenceAdded) -> bool:
    """Whether a picture shows the customer's own meter or its display, and nothing else."""
    return evidence.slot in _OWN_PHOTOS or evidence.slot.startswith(_READING)


def is_shown_correction(change: f.VisitCorrected) -> bool:
    """Whether a correction is about something that the customer has seen."""
    return change.field.partition(".")[0] in _MENDED
