from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.diagnosis import RULES
from hardware.simulators.optical_state import Grid
from ui.presenters.visit_page import Action
from ui.views.finding_list import FindingList
from ui.views.widgets import Row

if TYPE_CHECKING:
    from tests.meter_site import StreetLike
    from tests.ui.views.visit.conftest import Technician


def _shown(root: QWidget) -> str:
    return "\n".join(w.text() for w in root.findChildren(QLabel) if w.isVisible())


async def _at_findings(me: Technician, street: StreetLike) -> None:
    """At the step of the findings, at a meter where L2 is gone."""
    await me.open("V-1003")
    meter = me.page.connections[0].meter
    assert meter is not None
    street.meter(meter.number).grid = Grid(voltages=(2301, 0, 2298))
    await me.until(Action.RECORD_FINDINGS)


def _recorded(me: Technician) -> list[f.FindingRecorded]:
    return [fact for fact in me.page.facts if isinstance(fact, f.FindingRecorded)]


async def test_one_tap_records_every_rule(technician: Technician, street: StreetLike) -> None:
    me = technician
    await _at_findings(me, street)
    shown = _shown(me.pane)
    assert "Fase L2 ontbreekt: 0,0\u00a0V." in shown
    assert "Waarom: onder 100 V" in shown
    assert "Doe: kijk naar de hoofdbeveiliging" in shown
    assert "alleen voor het dossier" in shown
    await me.go_on()
    assert [fact.rule for fact in _recorded(me)] == list(RULES)
    assert me.page.primary is not None
    assert me.page.primary.action is Action.FINISH_STEP
    assert me.pane.findChildren(FindingList)


async def test_what_shows_a_finding_is_a_tap_away(
    technician: Technician, street: StreetLike
) -> None:
    me = technician
    await _at_findings(me, street)
    assert "1-0:52.7.0" not in _shown(me.pane)
    await me.press("Waar dat uit blijkt")
    assert "spanning L2: 0,0\u00a0V · optisch 1-0:52.7.0" in _shown(me.pane)
    await me.press("Waar dat uit blijkt")
    row = next(r for r in me.pane.findChildren(Row) if "Spanning te hoog" in r.accessibleName())
    assert "1-0:72.7.0" not in _shown(me.pane)
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert "1-0:72.7.0" in _shown(me.pane)


async def test_who_sees_something_else_says_so(
    technician: Technician, street: StreetLike
) -> None:
    me = technician
    await _at_findings(me, street)
    row = next(r for r in me.pane.findChildren(Row) if "Batterij" in r.accessibleName())
    QTest.keyClick(row, Qt.Key.Key_Return)
    await me.press("Ik zie iets anders")
    assert "Anders dan de regel" in _shown(me.pane)
    await me.choose("found")
    await me.type(me.fields()[0], "display blijft zwart na spanning af")
    await me.go_on()
    (said,) = _recorded(me)
    assert (said.rule, said.verdict, said.rules) == ("battery", "found", 0)
    assert "De regel zei" in _shown(me.pane)
    await me.go_on()
    assert [fact.rule for fact in _recorded(me)[1:]] == [r for r in RULES if r != "battery"]


async def test_p1_may_be_heard_too(technician: Technician, street: StreetLike) -> None:
    me = technician
    await _at_findings(me, street)
    assert "Klantpoort (P1): Op de klantpoort is niet meegelezen." in _shown(me.pane)
    await me.press("Ook P1 meelezen")
    assert "Klantpoort (P1): Op de klantpoort is niet meegelezen." not in _shown(me.pane)
