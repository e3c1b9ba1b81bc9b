"""Each way out of each mandatory item: taken on the page, kept, and the visit ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.progress import Progress
from fieldapp.domain.requirements import missing_in
from fieldapp.domain.rules import advance
from fieldapp.domain.status import VisitState
from fieldapp.domain.steps import current_step
from fieldapp.domain.work_order import Visit
from fieldapp.work.visit import Picture, WayOut
from tests.fieldapp.domain.cases import CASES, Case, ways_of
from tests.fieldapp.domain.working import NOW, meeting, started
from tests.westland import enrol
from ui.presenters.visit import VisitPresenter
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Desk

Way = tuple[str, str, str]


def journeys() -> Iterator[tuple[Case, list[list[Way]]]]:
    """The ways out by the first case that comes past them; those of a step that go together."""
    seen: set[tuple[str, Way]] = set()
    for case in CASES:
        new = [way for way in ways_of(case) if (case.kind, way) not in seen]
        seen |= {(case.kind, way) for way in new}
        together: dict[tuple[str, int], list[Way]] = {}
        for step, code, way in new:
            before = sum(
                other[:2] == (step, code) for group in together.values() for other in group
            )
            together.setdefault((step, before), []).append((step, code, way))
        if together:
            yield case, list(together.values())


JOURNEYS = tuple(journeys())


def facts_until(
    visit: Visit, progress: Progress, case: Case, left: Sequence[Way] = ()
) -> list[f.AnyFact]:
    """What a technician does up to the first item that is left by a way out, or to the end."""
    items = {way[:2] for way in left}
    done: list[f.AnyFact] = []
    while (step := current_step(visit, progress)) is not None:
        for need in step.needs:
            if need.code not in missing_in(visit, progress, step):
                continue
            if (step.code, need.code) in items:
                return done
            for fact in meeting(visit, progress, step.code, need, _said(case, need.need)):
                progress = advance(visit, progress, _one_wall(fact))
                done.append(_one_wall(fact))
        fact = f.StepDone(at=NOW, step=step.code)
        progress = advance(visit, progress, fact)
        done.append(fact)
    return done


def _one_wall(fact: f.AnyFact) -> f.AnyFact:
    """The same meter hangs at every visit of a test, which a laptop wants explained."""
    if isinstance(fact, f.MeterPlaced):
        return msgspec.structs.replace(fact, despite="one wall for all")
    return fact


def _said(case: Case, need: Need) -> str:
    return case.deed if need is Need.ACTION else ""


async def _leave(page: VisitPresenter, way: Way) -> None:
    """The way out is offered, is taken, and shows."""
    step, code, way_out = way
    row = page.state.step
    assert row is not None
    assert row.code == step
    (need,) = (need for need in row.needs if need.code == code)
    assert need.open
    assert way_out in need.ways_out
    proof = Picture(f"{step} {code} {way_out}".encode())
    assert await page.waive(WayOut(code, way_out, "so it was", proof)), page.state.problem
    row = page.state.step
    assert row is not None
    (need,) = (need for need in row.needs if need.code == code)
    assert (need.taken, need.open) == (way_out, False)


@pytest.mark.parametrize(
    ("case", "journeys"), JOURNEYS, ids=[case.name for case, _ in JOURNEYS]
)
async def test_each_way_out_is_taken_kept_and_closes_the_visit(
    desk: Desk, case: Case, journeys: list[list[Way]]
) -> None:
    numbered = range(len(journeys))
    visits = [msgspec.structs.replace(case.visit, id=f"visit-{n}") for n in numbered]
    await enrol(desk.laptop, visits)
    for visit, ways in zip(visits, journeys, strict=True):
        await _journey(desk.laptop, visit, case, ways)
    laptop = await desk.reopen()
    for visit, ways in zip(visits, journeys, strict=True):
        kept = (await laptop.visits.stored(visit.id)).progress
        assert kept.state is VisitState.DONE
        waivers = kept.of(f.WaivedRequirement)
        assert [(w.step, w.requirement, w.way_out) for w in waivers] == ways
        page = laptop.visit_presenter(visit.id)
        photos = [(await page.picture(waiver.photo)).decode() for waiver in waivers]
        assert photos == [" ".join(way) for way in ways]


async def _journey(laptop: Laptop, visit: Visit, case: Case, ways: list[Way]) -> None:
    progress = started(visit)
    await laptop.visits.record(visit.id, *progress.facts)
    page = laptop.visit_presenter(visit.id)
    await page.open()
    for way in ways:
        await laptop.visits.record(visit.id, *facts_until(visit, progress, case, ways))
        await page.refresh()
        await _leave(page, way)
        progress = (await laptop.visits.stored(visit.id)).progress
    await laptop.visits.record(visit.id, *facts_until(visit, progress, case))
    await page.refresh()
    assert page.state.blockers == ()
    owed = [p.check for p in page.pending() if p.must]
    assert await page.close_visit(page.closing(*owed))
    page.close()
