from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.progress import replay
from fieldapp.domain.status import VisitState
from fieldapp.domain.work_order import Visit
from fieldapp.store import audit, outbox
from ui.presenters.visit_page import Action, StepState
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.conftest import Desk, Street
    from tests.ui.visits.conftest import MakeRobot


NUMBERS = [f"V-100{n}" for n in range(1, 9)]


@pytest.mark.parametrize("number", NUMBERS)
async def test_following_the_button_closes_every_visit_of_the_day(
    laptop: Laptop, robot: MakeRobot, visits: dict[str, Visit], number: str
) -> None:
    worker = await robot(laptop, number)
    await worker.work()
    page = worker.page.state
    assert page.state is VisitState.DONE
    assert {row.state for row in page.steps} == {StepState.DONE}
    assert (page.primary, page.blockers) == (None, ())
    assert worker.done[:5] == ["accept", "travel", "arrive", "answer_lmra", worker.done[4]]
    assert worker.done[-1] == Action.CLOSE
    stored = await laptop.visits.stored(page.id)
    assert replay(stored.progress.facts) == stored.progress
    assert stored.undelivered == len(stored.progress.facts)
    assert await laptop.db.read(audit.verify) is None
    looks = [e for e in await laptop.db.read(audit.entries) if e.action == "look"]
    assert [entry.visit for entry in looks] == [visits[number].id]


async def _press_and_end(desk: Desk, robot: MakeRobot, number: str) -> bool:
    """One press, then the end of the program; False when nothing was left to press."""
    worker = await robot(desk.laptop, number)
    before = worker.page.state
    pressed = await worker.press()
    after = worker.page.state
    assert (after != before) == pressed
    worker.page.close()
    again = await robot(await desk.reopen(), number)
    assert again.page.state == after
    again.page.close()
    return pressed


@pytest.mark.parametrize("number", ["V-1001", "V-1002"])
async def test_a_program_ended_after_every_press_goes_on_at_the_same_step(
    laptop: Laptop, desk: Desk, robot: MakeRobot, number: str
) -> None:
    assert laptop is desk.laptop
    presses = 0
    while await _press_and_end(desk, robot, number):
        presses += 1
        assert presses < 100
    stored = await desk.laptop.visits.stored(f"visit-{number}")
    assert stored.progress.state is VisitState.DONE
    items = await desk.laptop.db.read(outbox.items)
    assert [item.sequence for item in items] == list(range(1, len(items) + 1))


async def test_the_placement_leaves_the_whole_story(
    laptop: Laptop, robot: MakeRobot, street: Street
) -> None:
    worker = await robot(laptop, "V-1002")
    await worker.work()
    progress = (await laptop.visits.stored(worker.page.state.id)).progress
    readings = progress.of(f.ReadingTaken)
    assert {(r.moment, r.meter) for r in readings} == {
        ("final", "E0012001122334411"),
        ("final", "G0007001234567809"),
        ("start", "E0044007382311125"),
        ("start", "G0039001936990625"),
    }
    assert all(contact.matches for contact in progress.of(f.MeterContacted))
    (applied,) = progress.of(f.PreferenceApplied)
    assert (applied.meter, applied.after) == ("E0044007382311125", 2)
    assert street.meter("E0044007382311125").administrative_status == 2
    assert {e.slot for e in progress.of(f.EvidenceAdded)} >= {
        "old_meter",
        "new_meter",
        "signature",
    }


async def test_the_written_choice_is_in_the_meter(
    laptop: Laptop, robot: MakeRobot, street: Street
) -> None:
    worker = await robot(laptop, "V-1001")
    await worker.work()
    page = worker.page.state
    assert page.preference is not None
    assert (page.preference.before, page.preference.after) == (2, 1)
    assert street.meter("E0044007382246019").administrative_status == 1
