from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from tests.ui.views.visit_likes import StreetLike, TechnicianLike, facts_of, shown
from ui.presenters.visit_page import Action
from ui.views.visit_contact import ContactPanel
from ui.views.visit_danger import FAULT_NUMBER


def _skips(me: TechnicianLike) -> list[QPushButton]:
    buttons = me.window.findChildren(QPushButton)
    return [one for one in buttons if one.accessibleName() == "Overslaan…"]


async def test_one_no_stops_the_work_and_shows_whom_to_call(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.ANSWER_LMRA)
    await me.choose("no", 3)
    assert "Niet beginnen." in shown(me.pane)
    assert me.pane.bar.primary.text() == "Vastleggen: niet beginnen"
    await me.go_on()
    assert me.page.state is VisitState.ON_SITE
    assert not me.page.lmra_safe
    assert me.work.problem is not None
    assert "LMRA heeft een nee" in shown(me.pane)
    await me.press("Anders")
    await me.press("Niet uitgevoerd")
    await me.choose("unsafe")
    assert me.editor.lacks() == "Nog nodig: een foto"
    me.give_photo()
    await me.go_on()
    (ending,) = await facts_of(me, f.VisitNotDone)
    assert isinstance(ending, f.VisitNotDone)
    assert (ending.reason, bool(ending.photo), ending.follow_up) == ("unsafe", True, True)
    assert "Niet uitgevoerd om" in shown(me.pane)


async def test_danger_is_one_tap_away_and_confirmed_elsewhere(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    danger = me.button("Gaslucht of gevaar")
    await me.click(danger)
    assert FAULT_NUMBER in shown(me.pane)
    tapped = danger.mapToGlobal(danger.rect().center())
    confirm = me.pane.bar.primary
    there = confirm.mapToGlobal(confirm.rect().center())
    assert (tapped - there).manhattanLength() > 300
    await me.go_on()
    assert await facts_of(me, f.DangerReported) == []
    await me.choose("gas_smell")
    await me.go_on()
    told = await facts_of(me, f.DangerReported, f.VisitPaused)
    assert [fact.kind for fact in told] == ["danger_reported", "visit_paused"]
    assert me.page.state is VisitState.PAUSED
    assert f"Bel {FAULT_NUMBER}" in shown(me.pane)
    await me.step()
    assert FAULT_NUMBER not in shown(me.pane)


async def test_another_meter_is_said_and_goes_to_the_office(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    street.plug("E0044007382311526")
    await me.press("Nummer optisch lezen")
    assert me.page.other_meter == "E0044007382311526"
    assert "Hier hangt een andere meter: E0044007382311526" in shown(me.pane)
    await me.press("Andere meter melden")
    number, reason = me.fields()
    assert number.text() == "E0044007382311526"
    await me.go_on()
    await me.type(reason, "omgehangen door buren")
    me.give_photo()
    await me.go_on()
    (found,) = await facts_of(me, f.OtherMeterFound)
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
    assert problem.do in shown(me.pane)
    await me.press("Details")
    assert "PortGone" in shown(me.pane)
    me.pane.redraw()
    await me.type(me.fields()[0], "e0044007382246019")
    await me.go_on()
    assert me.work.problem is None
    assert "PortGone" not in shown(me.pane)
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
        seen.append(shown(panel))
        if "clock" in me.work.meters.state.steps:
            QTest.mouseClick(me.button("Stoppen"), Qt.MouseButton.LeftButton)

    me.work.meters.subscribe(lambda _state: stop_at_the_clock())
    await me.go_on()
    assert any("Verbinden" in text for text in seen)
    assert me.work.meters.state.stopped
    assert "niets half vastgelegd" in shown(me.pane)
    assert await facts_of(me, f.StateRetrieved) == []
    await me.press("Sluiten")
    assert "niets half" not in shown(me.pane)


async def test_a_double_tap_does_a_thing_once(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    for _ in range(3):
        QTest.mouseClick(me.pane.bar.primary, Qt.MouseButton.LeftButton)
        QTest.mouseClick(me.pane.bar.primary, Qt.MouseButton.LeftButton)
        me.pane.press()
        assert not me.pane.bar.primary.isEnabled()
        await me.settle()
    kinds = [fact.kind for fact in await facts_of(me, f.Fact)]
    assert kinds == ["visit_accepted", "visit_travelling", "visit_arrived"]


async def test_pause_and_resume_with_a_new_risk_analysis(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    await me.press("Anders")
    await me.press("Pauzeren")
    await me.choose("material")
    await me.go_on()
    assert me.page.may_become(VisitState.STARTED)
    assert "Na een pauze opnieuw" in shown(me.pane)
    await me.step()
    assert me.page.state is VisitState.STARTED
    assert len(await facts_of(me, f.LmraAnswered)) == 2


async def test_closing_too_early_is_there_and_says_why(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    await me.press("Anders")
    await me.press("Bezoek afsluiten")
    assert me.pane.bar.primary.isVisible()
    assert me.pane.bar.lacks.text().startswith("Nog 4 te doen, eerst ")
    await me.go_on()
    assert me.page.state is VisitState.STARTED
    assert me.work.problem is None


async def test_a_planned_visit_goes_back_to_the_pool(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1005")
    await me.press("Anders")
    await me.press("Teruggeven")
    await me.go_on()
    assert await facts_of(me, f.VisitRefused) == []
    await me.choose("no_time")
    await me.type(me.fields()[0], "vorige liep uit")
    await me.go_on()
    assert me.page.state is VisitState.REFUSED
    (refused,) = await facts_of(me, f.VisitRefused)
    assert isinstance(refused, f.VisitRefused)
    assert refused.reason == "no_time: vorige liep uit"


async def test_the_customer_refuses_and_complains(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1005")
    await me.until(Action.ANSWER_LMRA)
    await me.press("Anders")
    await me.press("De klant weigert")
    await me.choose("smart", 0)
    await me.choose("smart", 1)
    assert me.editor.lacks() == "Kies wat de klant wel wil"
    await me.choose("nothing", 1)
    await me.go_on()
    await me.press("Anders")
    await me.press("Klacht of vraag")
    await me.type(me.fields()[0], "Niemand belde")
    await me.go_on()
    refusal, complaint = await facts_of(me, f.RefusalRecorded, f.ComplaintRecorded)
    assert isinstance(refusal, f.RefusalRecorded)
    assert (refusal.offered, refusal.accepted_instead) == ("smart", None)
    assert isinstance(complaint, f.ComplaintRecorded)
    assert complaint.text == "Niemand belde"


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
    me.give_photo()
    await me.go_on()
    (waived,) = await facts_of(me, f.WaivedRequirement)
    assert isinstance(waived, f.WaivedRequirement)
    assert (waived.way_out, waived.reason) == ("absent", "nooit geplaatst")
    assert waived.photo
    assert me.page.current == "voltage_free"
    assert not any(b.isVisible() for b in _skips(me))
