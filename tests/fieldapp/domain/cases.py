"""Every kind and variant of work, as the cases that visits are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fieldapp.domain.steps import steps_of
from fieldapp.domain.work_order import MeterKind, Visit, WorkKind
from tests.fieldapp.domain.working import make_visit, started, work

PLACEMENT, FAULT, REMOVAL = WorkKind.PLACEMENT, WorkKind.FAULT, WorkKind.REMOVAL
PREFERENCE = WorkKind.READING_PREFERENCE
SMART, DIGITAL, ANALOGUE = MeterKind.SMART, MeterKind.DIGITAL, MeterKind.ANALOGUE


@dataclass(frozen=True)
class Case:
    """One variant of one kind of work.

    Attributes:
        kind: of the work.
        variant: the carriers.
        meter_kind: of what is placed.
        old: the kind of meter that hangs there; None for none.
        phases: of the electricity.
        deed: what is done about a fault.
    """

    kind: WorkKind
    variant: str = "E"
    meter_kind: MeterKind = SMART
    old: MeterKind | None = SMART
    phases: int = 3
    deed: str = "repaired"

    @property
    def name(self) -> str:
        told = [self.kind.value, self.variant, self.meter_kind.value, f"{self.old or 'none'}"]
        told += ["one_phase"] if self.phases == 1 else []
        return "-".join(told + ([self.deed] if self.deed != "repaired" else []))

    @property
    def visit(self) -> Visit:
        return make_visit(
            self.kind, self.variant, self.meter_kind, old=self.old, phases=self.phases
        )


CASES = (
    *(
        Case(PLACEMENT, variant, kind, old)
        for variant in ("E+G", "E")
        for kind in (SMART, DIGITAL)
        for old in (SMART, ANALOGUE, None)
    ),
    Case(PLACEMENT, "G", SMART, ANALOGUE),
    Case(PLACEMENT, "E", SMART, SMART, phases=1),
    Case(PREFERENCE),
    Case(FAULT),
    Case(FAULT, "E+G"),
    Case(FAULT, "G", SMART, ANALOGUE),
    Case(FAULT, "E", SMART, ANALOGUE),
    Case(FAULT, deed="replaced"),
    Case(REMOVAL),
    Case(REMOVAL, "E+G"),
    Case(REMOVAL, "G", SMART, ANALOGUE),
    Case(REMOVAL, "E", SMART, ANALOGUE),
)


def ways_of(case: Case) -> Iterator[tuple[str, str, str]]:
    """Every way out (step, requirement, way) that a visit worked as it should comes past."""
    done = work(case.visit, started(case.visit), case.deed)
    for step in steps_of(case.visit, done):
        for need in step.needs:
            for way in need.ways_out:
                yield step.code, need.code, way
