"""Designations at the office: imported, travelling, and looked at before work is planned."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.designation import Permit
from sync.server import arranging, planning
from sync.server.arranging import Placement, PlanChange
from sync.server.designations import barred, import_designations
from sync.server.exchange import sync
from sync.server.problems import ProblemError
from sync.server.rowfile import Done
from sync.server.visits import rows
from sync.wire import SyncRequest
from tests.sync.server.doubles import DAY

if TYPE_CHECKING:
    from tests.sync.server.doubles import Backyard, Signer

HEADING = "technician,scheme,level,activities,from,until,supervisor,supervisor_phone"
GOOD = "T1,BEI,VP,,2026-01-01,2026-12-31,Els,0174-1"
GAS_ONLY = "T1,VIAG,VP,,2026-01-01,2026-12-31,,"
OVER = "T1,BEI,VP,,2025-01-01,2026-03-01,,"


class Desk:
    def __init__(self, yard: Backyard, folder: Path) -> None:
        self.yard = yard
        self._file = folder / "designations.csv"

    def take(self, *lines: str, dry_run: bool = False) -> Done:
        self._file.write_text("\n".join((HEADING, *lines)) + "\n", "utf-8")
        return import_designations(self.yard.office, self._file, dry_run=dry_run)

    def permit(self, signer: Signer, has: str | None = "") -> Permit | None:
        request = SyncRequest(permit=has)
        return sync(self.yard.office, self.yard.known(signer), request).permit

    def numbered(self, technician: str | None = None) -> str:
        """A visit of the day; its number."""
        row = self.yard.row(technician=technician)
        self.yard.day(row)
        return str(row["number"])

    def plan(self) -> planning.Plan:
        return planning.plan_day(self.yard.office, self.yard.dispatcher, DAY)

    def give(self, number: str, technician: str, **more: Any) -> None:
        planning.reassign(self.yard.office, self.yard.dispatcher, number, technician, **more)


@pytest.fixture
def desk(backyard: Backyard, tmp_path: Path) -> Desk:
    return Desk(backyard, tmp_path)


@pytest.fixture
def laptop(backyard: Backyard) -> Signer:
    return backyard.laptop()


def test_the_permit_travels_once_for_each_version(desk: Desk, laptop: Signer) -> None:
    empty = desk.permit(laptop)
    assert empty is not None
    assert empty.designations == ()
    assert desk.permit(laptop, empty.version) is None
    assert desk.permit(laptop, None) is None, "a laptop from before"
    done = desk.take(GOOD)
    assert (done.new, done.changed, done.known, done.faults) == (1, 0, 0, ())
    assert desk.take(GOOD).known == 1
    full = desk.permit(laptop, empty.version)
    assert full is not None
    (one,) = full.designations
    assert (one.scheme, one.level, one.until) == ("BEI", "VP", date(2026, 12, 31))
    assert (one.supervisor, one.supervisor_phone) == ("Els", "0174-1")
    assert desk.take(GOOD.replace("VP", "AVP"), dry_run=True).changed == 1
    assert desk.permit(laptop, full.version) is None
    assert desk.take(GOOD.replace("VP", "AVP")).changed == 1
    assert desk.permit(laptop, full.version) is not None
    with desk.yard.office.database.writing() as c:
        c.exec_driver_sql("UPDATE laptops SET withdrawn_at = '2026-03-02 07:00:00+00:00'")
    assert desk.permit(laptop) is None


BAD = {
    "T9,BEI,VP,,2026-01-01,2026-12-31,,": "no technician T9",
    "T1,BEI,KING,,2026-01-01,2026-12-31,,": ": Value error, no level KING in BEI",
    "T1,BEI,VP,fly,2026-01-01,2026-12-31,,": ": Value error, no activity fly",
    "T1,BEI,VP,,2026-12-31,2026-01-01,,": ": Value error, until is before from",
    "T1,ABC,VP,,2026-01-01,2026-12-31,,": "scheme:",
    "T1,BEI,VP,,,2026-12-31,,": "from:",
}


def test_bad_rows_are_listed(desk: Desk) -> None:
    done = desk.take(*BAD, "T1,BEI,VP,set_meter find_fault,2026-01-01,2026-12-31,,")
    assert done.new == 1
    for fault, reason in zip(done.faults, BAD.values(), strict=True):
        assert fault.reason.startswith(reason), fault


def test_planning_passes_over_who_may_not(desk: Desk) -> None:
    desk.yard.technician("T2")
    numbers = {desk.numbered() for _ in range(3)}
    desk.take(OVER)
    plan = desk.plan()
    assert set(plan.routes) == {"T2"}
    assert set(plan.routes["T2"]) == numbers


def test_what_nobody_may_do_stays_in_the_pool(desk: Desk) -> None:
    number = desk.numbered()
    desk.take(GAS_ONLY)
    plan = desk.plan()
    assert (plan.assigned, plan.routes, plan.unassigned) == (0, {}, [number])
    desk.take(GOOD)
    assert desk.plan().routes == {"T1": [number]}


def test_by_hand_it_is_asked_first(desk: Desk) -> None:
    number = desk.numbered()
    desk.take(OVER)
    with pytest.raises(ProblemError, match="not-designated"):
        desk.give(number, "T1")
    assert desk.yard.one("SELECT technician FROM visits") is None
    desk.give(number, "T1", confirmed=True)
    assert desk.yard.one("SELECT technician FROM visits") == "T1"


def test_publishing_says_so_and_waits_for_a_yes(desk: Desk) -> None:
    office, user = desk.yard.office, desk.yard.dispatcher
    placed, imported = desk.numbered(), desk.numbered("T1")
    desk.take(OVER)
    visit = desk.yard.id_of(placed)
    placement = Placement(visit=visit, technician="T1", position=1, version=1, was=None)
    draft = PlanChange(date=DAY, placements=(placement,))
    (change,) = arranging.preview(office, user, draft)
    assert set(change.undesignated) == {placed, imported}

    def publish(wanted: PlanChange) -> int:
        return planning.publish_day(
            office, user, DAY, lambda c: arranging.place(office, c, user, wanted)
        )

    with pytest.raises(ProblemError, match="not-designated") as refused:
        publish(draft)
    assert set(str(refused.value.detail).split(", ")) == {placed, imported}
    assert publish(draft.model_copy(update={"confirmed": True})) == 2
    assert publish(PlanChange(date=DAY)) == 0, "what travels already is not asked again"


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ((), ("applied", "")),
        ((GOOD,), ("applied", "")),
        ((OVER,), ("applied_with_conflict", "rule:not_designated")),
    ],
)
def test_work_that_was_begun_without_is_flagged(
    desk: Desk,
    laptop: Signer,
    beginning: list[f.AnyFact],
    lines: tuple[str, ...],
    outcome: tuple[str, str],
) -> None:
    (visit,) = desk.yard.visits()
    if lines:
        desk.take(*lines)
    told = desk.yard.push(laptop, *(laptop.operation(visit, fact) for fact in beginning))
    assert told[-1] == outcome


def test_a_visit_that_nobody_can_read_bars_nobody(desk: Desk) -> None:
    desk.numbered()
    desk.take(OVER)
    with desk.yard.office.database.writing() as c:
        c.exec_driver_sql("UPDATE holders SET wrapped_key = NULL")
        held = barred(desk.yard.office, c, "Westland", rows(c, "Westland"))
    assert held == {}
