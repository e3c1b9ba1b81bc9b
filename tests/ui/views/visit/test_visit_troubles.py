from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from ui.presenters.visit_page import Action, VisitPage
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_contact import ContactPanel
from ui.views.visit_danger import FAULT_NUMBER
from ui.views.visit_editor import Editor
from ui.views.visit_finish import FinishEditor, ReviewEditor
from ui.views.visit_pane import WorkPane
from ui.views.visit_steps import StepLine
from ui.views.visit_work import Work
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    app: QApplication
    laptop: Laptop
    window: MainWindow
    photo: Path

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

    async def give_photo(self) -> None: ...

    async def open(self, number: str) -> None: ...

    async def step(self) -> bool: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def go_on(self) -> None: ...

    async def press(self, text: str) -> None: ...

    async def click(self, widget: QWidget) -> None: ...

    async def choose(self, code: str, at: int = 0) -> None: ...

    async def type(self, field_: QLineEdit, text: str) -> None: ...

    async def key(self, key: Qt.Key) -> None: ...

    async def settle(self) -> None: ...


class StreetLike(Protocol):
    dead: bool

    def plug(self, number: str) -> None: ...


def _shown(root: QWidget) -> str:
    return "\n".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


def _troubled(me: TechnicianLike) -> bool:
    return me.work.problem is not None


async def _facts(me: TechnicianLike, *kinds: type[f.Fact]) -> list[f.AnyFact]:
    progress = (await me.laptop.visits.stored(me.page.id)).progress
    return [fact for fact in progress.facts if isinstance(fact, kinds)]


async def test_one_no_stops_the_work_and_shows_whom_to_call(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.ANSWER_LMRA)
    await me.choose("no", 3)
    assert "Niet beginnen." in _shown(me.pane)
    assert me.pane.bar.primary.text() == "Vastleggen: niet beginnen"
    await me.go_on()
    assert me.page.state is VisitState.ON_SITE
    assert not me.page.lmra_safe
    assert me.work.problem is not None
    assert "LMRA heeft een nee" in _shown(me.pane)
    await me.press("Anders")
    await me.press("Niet uitgevoerd")
    await me.choose("unsafe")
    assert me.editor.lacks() == "Nog nodig: een foto"
    await me.give_photo()
    await me.go_on()
    (ending,) = await _facts(me, f.VisitNotDone)
    assert isinstance(ending, f.VisitNotDone)
    assert (ending.reason, bool(ending.photo), ending.follow_up) == ("unsafe", True, True)
    assert "Niet uitgevoerd om" in _shown(me.pane)


async def test_danger_is_one_tap_away_and_confirmed_elsewhere(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    danger = me.button("Gaslucht of gevaar")
    await me.click(danger)
    assert FAULT_NUMBER in _shown(me.pane)
    tapped = danger.mapToGlobal(danger.rect().center())
    confirm = me.pane.bar.primary
    there = confirm.mapToGlobal(confirm.rect().center())
    assert (tapped - there).manhattanLength() > 300
    await me.go_on()
    assert await _facts(me, f.DangerReported) == []
    await me.choose("gas_smell")
    await me.go_on()
    told = await _facts(me, f.DangerReported, f.VisitPaused)
    assert [fact.kind for fact in told] == ["danger_reported", "visit_paused"]
    assert me.page.state is VisitState.PAUSED
    assert f"Bel {FAULT_NUMBER}" in _shown(me.pane)
    await me.step()
    assert FAULT_NUMBER not in _shown(me.pane)


async def test_another_meter_is_said_and_goes_to_the_office(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    street.plug("E0044007382311526")
    await me.press("Nummer optisch lezen")
    assert me.page.other_meter == "E0044007382311526"
    assert "Hier hangt een andere meter: E0044007382311526" in _shown(me.pane)
    await me.press("Andere meter melden")
    number, reason = me.fields()
    assert number.text() == "E0044007382311526"
    await me.go_on()
    await me.type(reason, "omgehangen door buren")
    await me.give_photo()
    await me.go_on()
    (found,) = await _facts(me, f.OtherMeterFound)
    assert isinstance(found, f.OtherMeterFound)
    assert (found.found, bool(found.photo)) == ("E0044007382311526", True)
    street.plug("E0044007382246019")
    await me.press("Nummer lezen via P1")
    assert me.page.other_meter == ""


async def test_a_dead_port_says_what_to_do_and_the_hand_goes_on(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    street.dead = True
    await me.press("Nummer optisch lezen")
    problem = me.work.problem
    assert problem is not None
    assert problem.do in _shown(me.pane)
    await me.press("Details")
    assert "PortGone" in _shown(me.pane)
    await me.press("Sluiten")
    assert problem.do not in _shown(me.pane)
    await me.press("Nummer lezen via P1")
    assert _troubled(me)
    await me.type(me.fields()[0], "e0044007382246019")
    await me.go_on()
    assert not _troubled(me)
    assert "PortGone" not in _shown(me.pane)
    assert me.page.current == "choice"


async def test_a_contact_shows_its_steps_and_can_be_stopped(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    await me.open("V-1003")
    await me.until(Action.RETRIEVE_STATE)
    street.plug("E0044007382311220")
    panel = me.pane.findChild(ContactPanel)
    assert panel is not None
    seen: list[str] = []

    def stop_at_the_clock() -> None:
        seen.append(_shown(panel))
        if "clock" in me.work.meters.state.steps:
            QTest.mouseClick(me.button("Stoppen"), Qt.MouseButton.LeftButton)

    me.work.meters.subscribe(lambda _state: stop_at_the_clock())
    await me.go_on()
    assert any("Verbinden" in text for text in seen)
    assert me.work.meters.state.stopped
    assert "niets half vastgelegd" in _shown(me.pane)
    assert await _facts(me, f.StateRetrieved) == []
    await me.press("Sluiten")
    assert "niets half" not in _shown(me.pane)


async def test_a_double_tap_does_a_thing_once(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    for _ in range(3):
        QTest.mouseClick(me.pane.bar.primary, Qt.MouseButton.LeftButton)
        QTest.mouseClick(me.pane.bar.primary, Qt.MouseButton.LeftButton)
        me.pane.press()
        assert not me.pane.bar.primary.isEnabled()
        await me.settle()
    kinds = [fact.kind for fact in await _facts(me, f.Fact)]
    assert kinds == ["visit_accepted", "visit_travelling", "visit_arrived"]


async def test_a_seal_that_is_gone_is_skipped_with_reason_and_photo(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.RECORD_SEAL)
    await me.press("Overslaan")
    await me.choose("absent")
    await me.type(me.fields()[0], "nooit geplaatst")
    await me.go_on()
    assert me.page.current == "old_seals"
    assert me.pane.bar.lacks.text() == "Nog nodig: een foto"
    await me.give_photo()
    await me.go_on()
    (waived,) = await _facts(me, f.WaivedRequirement)
    assert isinstance(waived, f.WaivedRequirement)
    assert (waived.way_out, waived.reason) == ("absent", "nooit geplaatst")
    assert waived.photo
    assert me.page.current == "voltage_free"
    assert not any(b.isVisible() for b in _skips(me))


def _skips(me: TechnicianLike) -> list[QPushButton]:
    buttons = me.window.findChildren(QPushButton)
    return [one for one in buttons if one.accessibleName() == "Overslaan…"]


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
    (closed,) = await _facts(me, f.VisitClosed)
    assert isinstance(closed, f.VisitClosed)
    assert [check.what for check in closed.pending] == ["preference"]


async def test_a_reading_that_stands_out_is_typed_twice_and_explained(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.TAKE_READINGS)
    await me.give_photo()
    low, normal = me.fields()
    await me.type(low, "44102")
    await me.type(normal, "61020")
    await me.go_on()
    assert (low.text(), normal.text()) == ("", "61020")
    assert "Typ 1.8.1 nog een keer" in _shown(me.pane)
    await me.type(low, "44102")
    await me.go_on()
    await me.until(Action.FINISH_STEP)
    readings = await _facts(me, f.ReadingTaken)
    doubts = [fact.doubt for fact in readings if isinstance(fact, f.ReadingTaken)]
    assert doubts == ["lower_than_previous", ""]
    assert isinstance(me.editor, FinishEditor)
    await me.press("Leg vast wat u ziet")
    await me.type(me.fields()[0], "meter is teruggesteld")
    await me.go_on()
    (finding,) = await _facts(me, f.FindingRecorded)
    assert isinstance(finding, f.FindingRecorded)
    assert finding.rule == "reading:1-0:1.8.1"
    assert "meter is teruggesteld" in _shown(me.pane)


async def test_a_number_that_is_not_the_meters_goes_nowhere(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.REMOVE_METER)
    await me.type(me.fields()[0], "9999")
    await me.go_on()
    assert await _facts(me, f.MeterRemoved) == []
    assert "hoort bij een andere meter" in me.pane.bar.lacks.text()
    await me.until(Action.PLACE_METER)
    await me.type(me.fields()[0], "E0099000000000126")
    assert "niet voor dit bezoek gereserveerd" in _shown(me.pane)
    await me.go_on()
    assert await _facts(me, f.MeterPlaced) == []
    assert me.pane.bar.primary.text() == "Toch deze meter plaatsen"
    await me.go_on()
    (placed,) = await _facts(me, f.MeterPlaced)
    assert isinstance(placed, f.MeterPlaced)
    assert placed.number == "E0099000000000126"


async def test_looking_back_and_doing_again(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1004")
    await me.until(Action.CONFIRM_ITEM, "tester_proven_before")
    assert me.view.steps is not None
    steps = me.view.steps.findChildren(StepLine)
    (wanted,) = (one for one in steps if one.accessibleName().startswith("Eindstanden"))
    await me.click(wanted)
    assert isinstance(me.editor, ReviewEditor)
    assert "Verder met spanningsloos" in me.pane.bar.primary.text()
    before = len(await _facts(me, f.ReadingTaken))
    await me.press("Opnieuw: eindstanden")
    await me.press("Standen optisch lezen")
    assert len(await _facts(me, f.ReadingTaken)) == 2 * before
    await me.key(Qt.Key.Key_Escape)
    await me.key(Qt.Key.Key_Escape)
    assert me.page.current == me.page.turn == "voltage_free"
