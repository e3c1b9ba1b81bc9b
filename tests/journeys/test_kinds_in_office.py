"""Visits of every kind and variant, from a real office to a laptop, the meters, and back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fieldapp.domain.work_order import Visit
from fieldapp.store import orders
from fieldapp.store.keys import PracticeSource
from fieldapp.work.expected import METER_TIME
from tests.fieldapp.domain.cases import (
    ANALOGUE,
    DIGITAL,
    FAULT,
    PLACEMENT,
    PREFERENCE,
    REMOVAL,
    SMART,
    Case,
)
from tests.journeys.days import row_of
from tests.journeys.offices import Office
from tests.journeys.programs import Services, fieldapp
from tests.journeys.robots import Job
from tests.journeys.sites import Run, Technicians, hosted
from tests.walls import meters_of
from ui.wiring import open_laptop

pytestmark = pytest.mark.timeout(400)

LEFT_OPEN = Case(PLACEMENT, "E+G")
LEAKING = Case(PLACEMENT, "G", SMART, ANALOGUE)
VISITS = (
    LEFT_OPEN,
    LEAKING,
    Case(PLACEMENT, "E+G", DIGITAL, ANALOGUE),
    Case(PLACEMENT, "E", SMART, None, phases=1),
    Case(PREFERENCE),
    Case(FAULT, "E+G"),
    Case(FAULT, deed="replaced"),
    Case(FAULT, "G", SMART, ANALOGUE),
    Case(REMOVAL),
    Case(REMOVAL, "E+G"),
    Case(REMOVAL, "G", SMART, ANALOGUE),
)
WAYS = {
    LEFT_OPEN: (("couple", "coupled:G", "pending"), ("customer_port", "telegram", "pending")),
}
ANSWERS = {LEAKING: {"gas_tight": "leak_inside"}}


@pytest.fixture
def technicians() -> Iterator[Technicians]:
    running = Technicians()
    yield running
    running.end()


async def _planned(folder: Path) -> dict[str, Visit]:
    """The visits on board, by number."""
    laptop = await open_laptop(folder, PracticeSource())
    try:
        return {s.visit.number: s.visit for s in await laptop.db.read(orders.held)}
    finally:
        await laptop.close()


async def _worked(folder: Path, visit: Visit, case: Case, technicians: Technicians) -> Run:
    async with hosted(meters_of(visit, lambda: datetime.now(UTC))) as ports:
        job = Job(
            str(folder),
            visit=visit.id,
            ports=ports,
            deed=case.deed,
            answers=ANSWERS.get(case, {}),
            ways=WAYS.get(case, ()),
            run=-1,
        )
        return await asyncio.to_thread(technicians.run, job)


def _counted(runs: list[Run]) -> dict[str, int]:
    facts = [fact for run in runs for fact in run.end["facts"]]
    return {
        "visits": len(runs),
        "operations": len(facts),
        "readings": sum(fact["kind"] == "reading_taken" for fact in facts),
        "files": sum(len(run.end["files"]) for run in runs),
    }


async def test_every_kind_of_work_is_planned_worked_and_held_by_the_office(
    tmp_path: Path, services: Services, technicians: Technicians
) -> None:
    folder = tmp_path / "laptop"
    office = await asyncio.to_thread(Office, tmp_path / "office", services)
    rows = [row_of(case, place) for place, case in enumerate(VISITS, 1)]
    day = datetime.now(METER_TIME).date()
    await asyncio.to_thread(office.publish, day, rows)
    await asyncio.to_thread(office.enrol, folder)
    planned = await _planned(folder)
    assert list(planned) == [row["number"] for row in rows]
    runs = []
    for row, case in zip(rows, VISITS, strict=True):
        run = await _worked(folder, planned[row["number"]], case, technicians)
        assert (run.status, run.end["state"]) == (0, "done")
        runs.append(run)

    said = await asyncio.to_thread(fieldapp, "sync", "--json", data=folder)
    assert said.status == 0, said.err
    assert said.lines[-1]["waiting"] == said.lines[-1]["files_waiting"] == 0
    made = runs[-1].end["operations"]
    assert sorted(office.operations()) == sorted(made)
    counted = office.counted()
    assert {name: counted[name] for name in _counted(runs)} == _counted(runs)
    _check_listed(office, day.isoformat())
    audit = fieldapp("server-admin", "audit", "verify", data=tmp_path / "office")
    assert audit.status == 0


def _check_listed(office: Office, day: str) -> None:
    """The visits' ends, and what they left to be proven or done."""

    def listed(*words: str) -> list[dict[str, Any]]:
        return office.dispatch(*words, "--json")

    ends = listed("status", "--date", day)
    assert {(row["state"], row["conflicts"]) for row in ends} == {("done", 0)}
    assert len(ends) == len(VISITS)
    checks = sorted((row["number"], row["what"]) for row in listed("checks"))
    assert checks == [("V-0001", "coupling"), ("V-0001", "gas_value")]
    follow_ups = [(r["number"], r["work"], r["reason"]) for r in listed("follow-ups")]
    assert follow_ups == [("V-0002", "fault", "gas_leak_inside")]
