from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from fieldapp.domain import facts as f
from tests.ui.views.visit_likes import TechnicianLike, facts_of, shown
from ui.presenters.visit_page import Action
from ui.views.visit_finish import FinishEditor, ReviewEditor
from ui.views.visit_steps import StepLine


async def test_no_access_to_p0_goes_to_the_office_and_stays_pending(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1008")
    await me.until(Action.APPLY_PREFERENCE)
    await me.press("Overslaan")
    await me.choose("port_locked")
    await me.go_on()
    assert me.page.deferred
    await me.until(Action.CLOSE)
    await me.go_on()
    (closed,) = await facts_of(me, f.VisitClosed)
    assert isinstance(closed, f.VisitClosed)
    assert [check.what for check in closed.pending] == ["preference"]


async def test_a_reading_that_stands_out_is_typed_twice_and_explained(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.TAKE_READINGS)
    me.give_photo()
    low, normal = me.fields()
    await me.type(low, "44102")
    await me.type(normal, "61020")
    await me.go_on()
    assert (low.text(), normal.text()) == ("", "61020")
    assert "Typ 1.8.1 nog een keer" in shown(me.pane)
    await me.type(low, "44102")
    await me.go_on()
    await me.until(Action.FINISH_STEP)
    readings = await facts_of(me, f.ReadingTaken)
    doubts = [fact.doubt for fact in readings if isinstance(fact, f.ReadingTaken)]
    assert doubts == ["lower_than_previous", ""]
    assert isinstance(me.editor, FinishEditor)
    await me.press("Leg vast wat u ziet")
    await me.type(me.fields()[0], "meter is teruggesteld")
    await me.go_on()
    (finding,) = await facts_of(me, f.FindingRecorded)
    assert isinstance(finding, f.FindingRecorded)
    assert finding.rule == "reading:1-0:1.8.1"
    assert "meter is teruggesteld" in shown(me.pane)


async def test_a_number_that_is_not_the_meters_goes_nowhere(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.REMOVE_METER)
    await me.type(me.fields()[0], "9999")
    await me.go_on()
    assert await facts_of(me, f.MeterRemoved) == []
    assert "hoort bij een andere meter" in me.pane.bar.lacks.text()
    await me.until(Action.PLACE_METER)
    await me.type(me.fields()[0], "E0099000000000126")
    assert "niet voor dit bezoek gereserveerd" in shown(me.pane)
    await me.go_on()
    assert await facts_of(me, f.MeterPlaced) == []
    assert me.pane.bar.primary.text() == "Toch deze meter plaatsen"
    await me.go_on()
    (placed,) = await facts_of(me, f.MeterPlaced)
    assert isinstance(placed, f.MeterPlaced)
    assert placed.number == "E0099000000000126"


async def test_looking_back_and_doing_again(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1004")
    await me.until(Action.CONFIRM_ITEM)
    assert me.view.steps is not None
    steps = me.view.steps.findChildren(StepLine)
    (wanted,) = (one for one in steps if one.accessibleName().startswith("Eindstanden"))
    await me.click(wanted)
    assert isinstance(me.editor, ReviewEditor)
    assert "Verder met spanningsloos" in me.pane.bar.primary.text()
    before = len(await facts_of(me, f.ReadingTaken))
    await me.press("Opnieuw: eindstanden")
    await me.press("Standen optisch lezen")
    assert len(await facts_of(me, f.ReadingTaken)) == 2 * before
    await me.key(Qt.Key.Key_Escape)
    await me.key(Qt.Key.Key_Escape)
    assert me.page.current == me.page.turn == "voltage_free"


@pytest.mark.parametrize("panel", ["more", "pause", "not_done", "danger", "complaint"])
async def test_escape_leaves_a_panel_and_then_the_visit(
    technician: TechnicianLike, panel: str
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    me.pane.open_panel(panel)
    await me.settle()
    await me.key(Qt.Key.Key_Escape)
    assert me.pane.panel == ""
    await me.key(Qt.Key.Key_Escape)
    assert me.window.page is not None
    assert me.window.page.code == "today"
