from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fieldapp.domain import facts as f
from fieldapp.domain.flow import Need
from fieldapp.domain.preference import Preference
from fieldapp.domain.status import NotDoneReason, VisitState
from fieldapp.domain.work_order import MeterKind, Visit
from fieldapp.work.visit import NotDone, Picture, WayOut
from ui.presenters.visit_page import Action, Primary, StepState
from ui.wiring import Laptop

if TYPE_CHECKING:
    from tests.ui.visits.conftest import MakeRobot
    from tests.ui.visits.robot import Robot


async def _started(laptop: Laptop, robot: MakeRobot, number: str) -> Robot:
    worker = await robot(laptop, number)
    for _ in range(4):
        await worker.press()
    assert worker.page.state.state is VisitState.STARTED
    return worker


async def test_the_page_before_anything_is_done(laptop: Laptop, robot: MakeRobot) -> None:
    page = (await robot(laptop, "V-1002")).page.state
    assert page.primary == Primary(Action.ACCEPT)
    assert (page.lmra_due, page.lmra_safe) == (True, True)
    assert len(page.lmra) == 8
    assert {"voltage_situation_known", "gas_situation_known"} <= set(page.lmra)
    assert page.steps[0].code == page.current == "connection_and_meter"
    assert {row.state for row in page.steps} == {StepState.TODO}
    assert page.blockers[0] == "step:connection_and_meter"
    assert page.window is not None
    assert page.window[0].tzinfo is not None
    assert page.step is page.steps[0]


async def test_what_a_rule_forbids_is_said_in_words_and_changes_nothing(
    laptop: Laptop, robot: MakeRobot
) -> None:
    presenter = (await robot(laptop, "V-1001")).page
    assert not await presenter.arrive()
    problem = presenter.state.problem
    assert problem is not None
    assert problem.what == "This can't be done while the visit is planned (on site)."
    assert presenter.state.state is VisitState.PLANNED
    assert await presenter.accept()
    assert not presenter.state.problem
    assert not await presenter.close_visit(presenter.closing())
    assert not await presenter.finish_step()
    assert presenter.state.undelivered == 1


async def test_a_busy_page_says_so(laptop: Laptop, robot: MakeRobot) -> None:
    presenter = (await robot(laptop, "V-1001")).page
    busy: list[bool] = []
    presenter.subscribe(lambda page: busy.append(page.busy))
    await presenter.accept()
    assert (busy[0], busy[-1]) == (True, False)
    assert sorted(busy, reverse=True) == busy


async def test_a_no_in_the_risk_analysis_blocks_and_shows_whom_to_call(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1001")
    for _ in range(3):
        await worker.press()
    presenter = worker.page
    answers = dict.fromkeys(presenter.state.lmra, "yes") | {presenter.state.lmra[2]: "no"}
    assert not await presenter.answer_lmra(answers)
    page = presenter.state
    assert page.problem is not None
    assert page.problem.what == "The LMRA has a no."
    assert (page.state, page.lmra_safe, page.lmra_due) == (VisitState.ON_SITE, False, True)
    assert page.steps[0].state is StepState.BLOCKED
    assert page.primary == Primary(Action.ANSWER_LMRA)
    ending = NotDone(NotDoneReason.UNSAFE, "wet cupboard", Picture(b"wet"))
    assert await presenter.not_done(ending)
    assert presenter.state.state is VisitState.NOT_DONE
    assert (presenter.state.primary, presenter.state.blockers) == (None, ())


async def test_a_pause_asks_for_a_new_risk_analysis(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot, "V-1001")
    assert await worker.page.pause("lunch")
    assert worker.page.state.primary == Primary(Action.ANSWER_LMRA)
    assert not await worker.page.start()
    await worker.press()
    assert worker.page.state.state is VisitState.STARTED


async def test_after_a_safe_answer_that_did_not_begin_the_button_begins(
    laptop: Laptop, robot: MakeRobot, visits: dict[str, Visit]
) -> None:
    worker = await robot(laptop, "V-1001")
    for _ in range(3):
        await worker.press()
    visit = visits["V-1001"]
    answers = {question.code: "na" for question in visit.lmra.questions}
    fact = f.LmraAnswered(at=laptop.clock.now(), version=1, answers=answers, by="T1")
    await laptop.visits.record(visit.id, fact)
    await laptop.tasks.settle()
    assert worker.page.state.primary == Primary(Action.START)
    await worker.press()
    await worker.page.pause()
    await laptop.visits.record(visit.id, fact)
    await worker.page.refresh()
    assert worker.page.state.primary == Primary(Action.RESUME)
    await worker.press()
    assert worker.page.state.state is VisitState.STARTED


async def test_every_step_can_be_left_by_its_ways_out(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot, "V-1002")
    taken = 0
    while worker.page.state.primary != Primary(Action.CLOSE):
        step = worker.page.state.step
        assert step is not None
        for need in step.needs:
            if need.open and need.ways_out:
                for way in need.ways_out:
                    reason = WayOut(need.code, way, "because")
                    assert await worker.page.waive(reason)
                    taken += 1
        await worker.press()
    assert taken >= 12
    step_rows = {row.code: row for row in worker.page.state.steps}
    assert step_rows["old_seals"].needs[0].taken == "found_broken"
    assert not step_rows["old_seals"].needs[0].open
    await worker.press()
    assert worker.page.state.state is VisitState.DONE


@pytest.mark.parametrize(
    "need", [Need.IDENTITY, Need.CONFIRM], ids=["identity", "voltage-free"]
)
async def test_what_has_no_way_out_stays_open(
    laptop: Laptop, robot: MakeRobot, need: Need
) -> None:
    worker = await _started(laptop, robot, "V-1004")
    while worker.page.state.primary != Primary(
        Action.IDENTIFY_METER if need is Need.IDENTITY else Action.CONFIRM_ITEM,
        "E" if need is Need.IDENTITY else "voltage_free",
        "connection_and_meter" if need is Need.IDENTITY else "voltage_free",
    ):
        await worker.press()
    step = worker.page.state.step
    assert step is not None
    code = step.needs[0].code
    assert await worker.page.waive(WayOut(code, "not_possible", "dark"))
    assert not await worker.page.finish_step()
    assert worker.page.state.problem is not None


async def test_everything_else_that_a_technician_can_say(
    laptop: Laptop, robot: MakeRobot, visits: dict[str, Visit]
) -> None:
    presenter = (await _started(laptop, robot, "V-1002")).page
    assert await presenter.complain("Nobody called me")
    assert await presenter.record_refusal(MeterKind.SMART, MeterKind.DIGITAL, "second time")
    assert await presenter.measure("voltage_l1_n", Decimal("229.8"), "V", "Fluke 1")
    assert await presenter.record_seal("old_terminal_cover", "S-9", "broken")
    assert await presenter.choose(Preference.OFF)
    assert await presenter.other_meter("E0099000000000126", "exchanged by hand")
    assert presenter.state.choice is not None
    assert presenter.state.choice.preference is Preference.OFF
    assert not presenter.state.choice_to_person
    progress = (await laptop.visits.stored(visits["V-1002"].id)).progress
    (other,) = progress.of(f.OtherMeterFound)
    assert (other.expected, other.found) == ("E0012001122334411", "E0099000000000126")
    assert progress.of(f.RefusalRecorded)[0].accepted_instead is MeterKind.DIGITAL
    assert progress.of(f.MeasurementEntered)[0].value == Decimal("229.8")
    assert await presenter.report_danger("gas_smell")


async def test_a_carrier_that_the_visit_has_not_is_refused(
    laptop: Laptop, robot: MakeRobot
) -> None:
    presenter = (await _started(laptop, robot, "V-1005")).page
    assert not await presenter.place_meter("G", "G0039001936990625")
    assert presenter.state.problem is not None
    assert presenter.state.problem.what == "This visit has no meter for gas."
    assert not await presenter.remove_meter("G")


async def test_another_meter_shows_on_the_page(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot, "V-1001")
    step = worker.page.state.current
    assert not await worker.meter.identify_by_nameplate(step, "E0099000000000126")
    await worker.page.refresh()
    page = worker.page.state
    assert page.other_meter == "E0099000000000126"
    assert page.steps[0].state is StepState.BLOCKED
    await worker.press()
    assert worker.page.state.other_meter == ""
    assert worker.page.state.steps[0].state is StepState.BUSY


async def test_another_step_can_be_looked_at(laptop: Laptop, robot: MakeRobot) -> None:
    worker = await _started(laptop, robot, "V-1002")
    await worker.page.select("final_readings")
    page = worker.page.state
    assert page.current == "final_readings"
    assert [row.register.obis for row in page.registers][:2] == ["1-0:1.8.1", "1-0:1.8.2"]
    assert page.registers[0].register.previous is not None
    assert page.registers[0].taken is None
    assert page.primary == Primary(Action.TAKE_READINGS, "final.E", "final_readings")
    await worker.press()
    assert all(row.taken for row in worker.page.state.registers)
    await worker.page.select("start_readings_gas")
    assert worker.page.state.registers[0].meter == "G0007001234567809"
    await worker.page.select("")
    assert worker.page.state.current == "connection_and_meter"
    await worker.page.select("no_such_step")
    assert worker.page.state.registers == ()


async def test_a_step_says_which_one_has_to_come_first(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await _started(laptop, robot, "V-1002")
    rows = {row.code: row for row in worker.page.state.steps}
    assert (rows["voltage_free"].after, rows["voltage_free"].state) == ("switch_off", "todo")
    assert rows["switch_off"].after == ""
    await worker.page.select("voltage_free")
    page = worker.page.state
    assert page.step is not None
    assert (page.step.after, page.step.state) == ("switch_off", StepState.BLOCKED)
    assert page.primary == Primary(Action.IDENTIFY_METER, "E", "connection_and_meter")
    assert not await worker.page.confirm("voltage_free")
    problem = worker.page.state.problem
    assert problem is not None
    assert problem.what == "This comes after the step switch off."
    await worker.page.select("")
    while worker.page.state.current != "voltage_free":
        assert await worker.press()
    assert worker.page.state.step is not None
    assert (worker.page.state.step.after, worker.page.state.step.state) == ("", "busy")


async def test_a_finished_visit_is_corrected_without_overwriting(
    laptop: Laptop, robot: MakeRobot
) -> None:
    worker = await robot(laptop, "V-1001")
    await worker.work()
    change = f.VisitCorrected(
        at=laptop.clock.now(), field="seal", old="S-1", new="S-2", reason="typo", by="T1"
    )
    assert await worker.page.correct(change)
    assert not await worker.page.pause()


async def test_a_visit_given_back_or_gone(laptop: Laptop, robot: MakeRobot) -> None:
    presenter = (await robot(laptop, "V-1003")).page
    assert await presenter.refuse("too far")
    assert presenter.state.state is VisitState.REFUSED
    gone = laptop.visit_presenter("visit-V-9999")
    assert not await gone.open()
    assert gone.state.problem is not None
    assert "visit-V-9999" in gone.state.problem.what
    await gone.refresh()
    assert gone.state.problem is not None
    gone.close()
