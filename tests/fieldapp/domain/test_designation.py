"""Which designation covers which work, on which day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

import resources
from fieldapp.domain.designation import (
    Designation,
    Permit,
    Scheme,
    expiring,
    lacking,
    parse_matrix,
)
from fieldapp.domain.flow import Flow, parse_flow
from fieldapp.domain.progress import Progress
from fieldapp.domain.steps import activities_of
from fieldapp.domain.work_order import WorkKind
from tests.fieldapp.domain.working import make_visit

DAY = date(2026, 3, 2)
MATRIX = parse_matrix(resources.read_text("designations/matrix-1.toml"))
BOTH = ("exchange_e_meter", "exchange_gas_meter")


def held(scheme: str = "BEI", level: str = "VP", **more: Any) -> Designation:
    values = {"start": DAY, "until": DAY + timedelta(days=365), **more}
    return Designation(scheme=Scheme(scheme), level=level, **values)


def permit(*designations: Designation) -> Permit:
    return Permit(version="1", matrix=MATRIX, designations=designations)


def test_every_activity_of_a_flow_is_in_the_matrix_and_has_words() -> None:
    words = resources.read_text("words/nl.toml")
    for kind in WorkKind:
        flow = parse_flow(resources.read_text(f"flows/{kind}-2.toml"))
        assert flow.activities, kind
        for activity in flow.activities:
            assert MATRIX.asked(activity.code) is not None, activity
            assert f"\n{activity.code} = " in words


def test_a_definition_from_before_names_no_activity() -> None:
    old = make_visit(WorkKind.PLACEMENT, version=1)
    assert activities_of(old, Progress()) == ()
    new = make_visit(WorkKind.PLACEMENT, "E+G")
    assert activities_of(new, Progress()) == BOTH
    bare = {"kind": "fault", "version": 1, "steps": []}
    assert msgspec.convert(bare, Flow).activities == ()


@pytest.mark.parametrize(
    ("designations", "lacks"),
    [
        ((), ""),
        ((held(), held("VIAG")), ""),
        ((held(level="IV"), held("VIAG", "AVP")), ""),
        ((held(),), "exchange_gas_meter"),
        ((held(level="VOP"), held("VIAG")), "exchange_e_meter"),
        ((held(activities=("find_fault",)), held("VIAG")), "exchange_e_meter"),
        ((held(activities=("exchange_e_meter",)), held("VIAG")), ""),
        ((held(until=DAY - timedelta(days=1)), held("VIAG")), "exchange_e_meter"),
        ((held(start=DAY + timedelta(days=1)), held("VIAG")), "exchange_e_meter"),
        ((held(level="?"), held("VIAG")), "exchange_e_meter"),
    ],
)
def test_what_a_technician_may_not_do(
    designations: tuple[Designation, ...], lacks: str
) -> None:
    found = lacking(permit(*designations), BOTH, DAY)
    assert (found.asked.activity if found else "") == lacks


def test_nobody_is_judged_by_what_nobody_knows() -> None:
    assert lacking(None, BOTH, DAY) is None
    assert lacking(permit(held()), ("ride_a_bicycle",), DAY) is None
    assert expiring(None, BOTH, DAY) is None


def test_whose_supervisor_to_call() -> None:
    viag = held("VIAG", "VOP", supervisor="Els", supervisor_phone="0174-1")
    found = lacking(permit(held(supervisor="Jan"), viag), BOTH, DAY)
    assert found is not None
    assert (found.supervisor, found.supervisor_phone) == ("Els", "0174-1")
    assert found.asked.scheme is Scheme.VIAG
    other = lacking(permit(held(supervisor="Jan")), BOTH, DAY)
    assert other is not None
    assert other.supervisor == "Jan"


def test_what_ends_soon_is_said_in_time() -> None:
    near, far = DAY + timedelta(days=14), DAY + timedelta(days=15)
    assert expiring(permit(held(until=near)), BOTH[:1], DAY) == near
    assert expiring(permit(held(until=far)), BOTH[:1], DAY) is None
    renewed = (held(until=near), held(until=far, activities=BOTH[:1]))
    assert expiring(permit(*renewed), BOTH[:1], DAY) is None
    assert expiring(permit(held("VIAG", until=near)), BOTH[:1], DAY) is None, "not covered"
