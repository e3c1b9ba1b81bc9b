from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fieldapp.domain.cases import (
    ANALOGUE,
    CASES,
    FAULT,
    PLACEMENT,
    PREFERENCE,
    REMOVAL,
    SMART,
    Case,
)
from tests.ui.visits.technician import Technician, make_laptop

SOME = (
    Case(PLACEMENT, "E+G"),
    Case(PLACEMENT, "G", SMART, ANALOGUE),
    Case(PREFERENCE),
    Case(FAULT, deed="replaced"),
    Case(REMOVAL, "E+G"),
)


async def laptops_of(
    cases: tuple[Case, ...], factory: pytest.TempPathFactory
) -> type[Technician]:
    made = {case: factory.mktemp("made") / "laptop" for case in cases}
    for case, folder in made.items():
        await make_laptop(folder, case)
    copies = factory.mktemp("copies")
    return type("AtRandom", (Technician,), {"laptops": made, "folder": copies})


@pytest.fixture
async def anything(tmp_path_factory: pytest.TempPathFactory) -> type[Technician]:
    return await laptops_of(SOME, tmp_path_factory)


@pytest.fixture
async def really_anything(tmp_path_factory: pytest.TempPathFactory) -> type[Technician]:
    return await laptops_of(CASES, tmp_path_factory)


def run(machine: type[Technician], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),  # each example takes seconds to repeat
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_whatever_a_technician_does_nothing_is_lost(anything: type[Technician]) -> None:
    run(anything, examples=10, steps=20)


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_whatever_a_technician_does_for_long(really_anything: type[Technician]) -> None:
    run(really_anything, examples=1000, steps=60)
