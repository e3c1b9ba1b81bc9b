from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from hardware.simulators.optical_state import OpticalMeter
from ui.presenters.visit_page import Action, VisitPage
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_editor import Editor
from ui.views.visit_pane import WorkPane
from ui.views.visit_steps import StepLine
from ui.views.visit_upkeep import AlarmsEditor, ClockEditor, ModemEditor
from ui.views.visit_work import Work
from ui.views.widgets import Check
from ui.wiring import Laptop

MOST_TAPS = 25
NEW_METER = "E0044007382311125"


class TechnicianLike(Protocol):
    app: QApplication
    laptop: Laptop
    window: MainWindow
    photo: Path
    pressed: list[str]

    @property
    def view(self) -> VisitView: ...

    @property
    def page(self) -> VisitPage: ...

    @property
    def pane(self) -> WorkPane: ...

    @property
    def work(self) -> Work: ...

    @property
    def editor(self) -> Editor: ...

    def button(self, text: str) -> QPushButton: ...

    def fields(self) -> list[QLineEdit]: ...

    async def open(self, number: str) -> None: ...

    async def step(self) -> bool: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def go_on(self) -> None: ...

    async def press(self, text: str) -> None: ...

    async def click(self, widget: QWidget) -> None: ...

    async def choose(self, code: str, at: int = 0) -> None: ...

    async def type(self, field_: QLineEdit, text: str) -> None: ...

    async def whole(self) -> None: ...

    async def settle(self) -> None: ...


class StreetLike(Protocol):
    def plug(self, number: str) -> None: ...

    def meter(self, number: str) -> OpticalMeter: ...


class Taps(QObject):
    """Counts what a finger does, and what a keyboard would have to."""

    def __init__(self) -> None:
        super().__init__()
        self.taps = self.keys = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWidget):
            self.taps += event.type() is QEvent.Type.MouseButtonPress
            self.keys += event.type() is QEvent.Type.KeyPress
        return False


def _shown(root: QWidget) -> str:
    return "\n".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


async def _facts(me: TechnicianLike, *kinds: type[f.Fact]) -> list[f.AnyFact]:
    progress = (await me.laptop.visits.stored(me.page.id)).progress
    return [fact for fact in progress.facts if isinstance(fact, kinds)]


async def test_one_tap_answers_what_is_harmless(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1004")
    await me.until(Action.ANSWER_QUESTION, "medical_equipment")
    assert me.editor.title()[1] == "Een tik legt het antwoord vast"
    await me.choose("no")
    assert me.page.primary is not None
    assert me.page.primary.about == "lifts_and_alarms"
    (answer,) = await _facts(me, f.QuestionAnswered)
    assert isinstance(answer, f.QuestionAnswered)
    assert (answer.item, answer.answer) == ("medical_equipment", "no")


async def test_an_answer_that_stops_the_work_says_whom_to_call_and_holds_it(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1004")
    await me.until(Action.ANSWER_QUESTION, "medical_equipment")
    await me.choose("yes")
    assert "Stop. Schakel niets uit." in _shown(me.pane)
    assert me.page.supervisor_phone in _shown(me.pane)
    assert me.pane.bar.lacks.text() == "Met dit antwoord gaat het werk niet verder"
    await me.go_on()
    assert me.page.current == "tell_customer"
    await me.choose("arranged")  # a change of mind is recorded with the button
    answers = await _facts(me, f.QuestionAnswered)
    assert [x.answer for x in answers if isinstance(x, f.QuestionAnswered)] == ["yes"]
    assert "Stop." not in _shown(me.pane)
    await me.go_on()
    assert me.page.primary is not None
    assert me.page.primary.about == "lifts_and_alarms"


async def test_what_has_no_other_way_is_not_answered_by_one_tap(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.ENTER_MEASUREMENT, "gas_tightness")
    assert "(mbar)" in _shown(me.pane)
    value, instrument = me.fields()
    assert instrument.text() == ""  # the voltages were measured with another one
    await me.type(value, "0,4")
    await me.type(instrument, "MANO-3")
    await me.go_on()
    await me.choose("leak_inside")
    assert me.page.primary is not None
    assert me.page.primary.about == "gas_tight"
    await me.go_on()
    assert {"gas_stays_off", "mount_gas"} <= {row.code for row in me.page.steps}
    assert "gas_on" not in {row.code for row in me.page.steps}
    await me.until(Action.ASK_FOLLOW_UP)
    await me.type(me.fields()[0], "bij de ketel")
    await me.go_on()
    (asked,) = await _facts(me, f.FollowUpAsked)
    assert isinstance(asked, f.FollowUpAsked)
    assert (asked.work, asked.reason, asked.note) == (
        "fault",
        "gas_leak_inside",
        "bij de ketel",
    )


async def test_measurements_know_their_range_and_their_instrument(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.ENTER_MEASUREMENT, "voltage_l1_l2")
    value, instrument = me.fields()
    assert instrument.text() == "FLUKE-12"
    await me.type(value, "230")
    assert "buiten 360\u2013440\u00a0V" in _shown(me.pane)
    await me.type(value, "400")
    assert "past bij 360\u2013440\u00a0V" in _shown(me.pane)
    await me.go_on()
    measured = await _facts(me, f.MeasurementEntered)
    last = measured[-1]
    assert isinstance(last, f.MeasurementEntered)
    assert (last.name, last.unit, last.instrument) == ("voltage_l1_l2", "V", "FLUKE-12")


async def test_a_clock_that_is_far_off_is_set_after_a_yes(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    street.meter(NEW_METER).clock_error_s = 95
    await me.open("V-1002")
    await me.until(Action.SET_CLOCK)
    assert isinstance(me.editor, ClockEditor)
    assert "96\u00a0s voor" in _shown(me.pane)
    assert "Gelijkzetten merkt kwartierwaarden" in _shown(me.pane)
    await me.go_on()
    assert await _facts(me, f.ClockSet) == []
    (agree,) = [t for t in me.editor.findChildren(Check) if t.isVisible()]
    await me.click(agree)
    assert me.editor.lacks() == ""


async def test_alarms_are_shown_with_their_meaning_and_then_cleared(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    street.meter(NEW_METER).alarms[1] = 1 << 13
    await me.open("V-1002")
    await me.until(Action.CLEAR_ALARMS)
    assert isinstance(me.editor, AlarmsEditor)
    await me.go_on()
    assert "poging tot fraude" in _shown(me.pane).lower()
    assert "kijk in het fraudelogboek" in _shown(me.pane)
    await me.go_on()
    assert await _facts(me, f.AlarmsCleared) == []
    (agree,) = [t for t in me.editor.findChildren(Check) if t.isVisible()]
    await me.click(agree)
    await me.go_on()
    assert me.work.problem is None, me.work.problem
    (cleared,) = await _facts(me, f.AlarmsCleared)
    assert isinstance(cleared, f.AlarmsCleared)
    assert cleared.names == ("fraud_attempt",)
    assert cleared.step == "set_up"


async def test_a_modem_that_searches_is_read_again(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    street.meter(NEW_METER).modem_registration = 2
    await me.open("V-1002")
    await me.until(Action.CHECK_MODEM)
    assert isinstance(me.editor, ModemEditor)
    assert "Aanmelding: zoekt een netwerk" in _shown(me.pane)
    assert "eerste contact open staan" in _shown(me.pane)
    street.meter(NEW_METER).modem_registration = 1
    await me.go_on()
    assert me.page.primary is not None
    assert me.page.primary.action is Action.FINISH_STEP


async def test_long_work_keeps_its_current_step_in_sight(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.ENTER_MEASUREMENT, "gas_tightness")
    assert me.view.steps is not None
    lines = me.view.steps.findChildren(StepLine)
    assert len(lines) > 20
    (current,) = [one for one in lines if one.accessibleName().startswith("Gas afsluiten")]
    around = current.visibleRegion().boundingRect()
    assert around.height() == current.height()
    assert "Stap 12 van 22" in _shown(me.view.steps)


async def test_a_fault_visit_on_a_healthy_meter_takes_few_taps(
    technician: TechnicianLike,
) -> None:
    me = technician
    taps = Taps()
    await me.window.show_page("today")
    await me.settle()
    me.app.installEventFilter(taps)
    try:
        await me.open("V-1003")
        taps.taps += 1  # the row in the list
        await me.whole()
    finally:
        me.app.removeEventFilter(taps)
    assert me.page.state is VisitState.DONE
    assert taps.keys == 0
    assert taps.taps <= MOST_TAPS, taps.taps
