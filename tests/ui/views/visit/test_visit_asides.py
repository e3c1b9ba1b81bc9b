from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.domain import facts as f
from fieldapp.domain.status import VisitState
from ui.presenters.visit_page import Action, VisitPage
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_editor import Editor
from ui.views.visit_pane import WorkPane
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


async def _facts(me: TechnicianLike, *kinds: type[f.Fact]) -> list[f.AnyFact]:
    progress = (await me.laptop.visits.stored(me.page.id)).progress
    return [fact for fact in progress.facts if isinstance(fact, kinds)]


async def test_pause_and_resume_with_a_new_risk_analysis(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    await me.press("Anders")
    await me.press("Pauzeren")
    await me.choose("material")
    await me.go_on()
    assert me.page.may_become(VisitState.STARTED)
    assert "Na een pauze opnieuw" in _shown(me.pane)
    await me.step()
    assert me.page.state is VisitState.STARTED
    assert len(await _facts(me, f.LmraAnswered)) == 2


async def test_closing_too_early_is_there_and_says_why(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1001")
    await me.until(Action.IDENTIFY_METER)
    await me.press("Anders")
    await me.press("Bezoek afsluiten")
    assert me.pane.bar.primary.isVisible()
    assert me.pane.bar.primary.text() == "Bezoek afsluiten"
    assert me.pane.bar.lacks.text() == "Nog 4 stappen te doen, eerst: aansluiting en meter"
    listed = [one.text() for one in me.pane.findChildren(QLabel) if "·  " in one.text()]
    assert listed[0].count("\n") == 3
    await me.go_on()
    assert me.page.state is VisitState.STARTED
    assert me.work.problem is None


async def test_a_planned_visit_goes_back_to_the_pool(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1005")
    await me.press("Anders")
    await me.press("Teruggeven")
    await me.go_on()
    assert await _facts(me, f.VisitRefused) == []
    await me.choose("no_time")
    await me.type(me.fields()[0], "vorige liep uit")
    await me.go_on()
    assert me.page.state is VisitState.REFUSED
    (refused,) = await _facts(me, f.VisitRefused)
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
    refusal, complaint = await _facts(me, f.RefusalRecorded, f.ComplaintRecorded)
    assert isinstance(refusal, f.RefusalRecorded)
    assert (refusal.offered, refusal.accepted_instead) == ("smart", None)
    assert isinstance(complaint, f.ComplaintRecorded)
    assert complaint.text == "Niemand belde"


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
