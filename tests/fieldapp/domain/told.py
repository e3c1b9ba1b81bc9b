"""Visits worked to their end, as both documents are made of them."""

from __future__ import annotations

import msgspec

from fieldapp.domain import facts as f
from fieldapp.domain.file_report import Entry, File, FileReport, Signer
from fieldapp.domain.progress import Progress, replay
from fieldapp.domain.work_order import Visit, WorkKind
from tests.fieldapp.domain.working import NOW, make_visit, started, work

KINDS = (
    (WorkKind.PLACEMENT, "E+G"),
    (WorkKind.READING_PREFERENCE, "E"),
    (WorkKind.FAULT, "E"),
    (WorkKind.REMOVAL, "E+G"),
)


def worked(kind: WorkKind, variant: str = "E") -> tuple[Visit, Progress]:
    """A visit with a note on access, done."""
    visit = msgspec.structs.replace(
        make_visit(kind, variant),
        access_note="Sleutel onder de mat",
        safety_note="Code 3",
        complaint="Het display knippert",
    )
    facts = work(visit, started(visit)).facts
    return visit, replay(tuple(_sealed(fact) for fact in facts))


def _sealed(fact: f.AnyFact) -> f.AnyFact:
    """A seal's action is one that there are words for."""
    is_seal = isinstance(fact, f.SealRecorded)
    return msgspec.structs.replace(fact, action="placed") if is_seal else fact


def with_facts(progress: Progress, *more: f.AnyFact) -> Progress:
    """The same, with more that happened, whatever the rules say."""
    return replay((*progress.facts, *more))


def finding(rule: str, verdict: str = "found", why: str = "zo gezien") -> f.FindingRecorded:
    return f.FindingRecorded(at=NOW, step="findings", rule=rule, verdict=verdict, why=why)


def file_of(visit: Visit, progress: Progress, delivery: str = "waiting") -> FileReport:
    """Its file, none of it delivered unless told."""
    files = [
        File(fact.slot, fact.sha256, fact.size, fact.media_type, delivery == "applied")
        for fact in progress.of(f.EvidenceAdded)
    ]
    return FileReport(
        visit=visit,
        progress=progress,
        signer=Signer("T1", "Monteur", "L1"),
        entries=tuple(Entry(fact, delivery) for fact in progress.facts),
        files=tuple(files),
    )
