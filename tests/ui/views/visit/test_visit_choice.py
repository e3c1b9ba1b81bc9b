from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget

from fieldapp.domain import facts as f
from ui.presenters.visit_page import Action, VisitPage
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.views.visit_editor import Editor
from ui.views.visit_finish import ReviewEditor
from ui.views.visit_pane import WorkPane
from ui.views.visit_steps import StepLine
from ui.views.visit_thumbnail import Thumbnail
from ui.views.visit_work import Work
from ui.views.widgets import Check
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


async def _look_at(me: TechnicianLike, name: str) -> None:
    assert me.view.steps is not None
    lines = me.view.steps.findChildren(StepLine)
    (wanted,) = (one for one in lines if one.accessibleName().startswith(name))
    await me.click(wanted)


async def test_the_value_is_read_first_and_what_writing_leaves_is_foretold(
    technician: TechnicianLike, street: StreetLike
) -> None:
    me = technician
    await me.open("V-1008")
    await me.until(Action.APPLY_PREFERENCE)
    street.plug("E0044007382311627")
    assert "gebeurtenis 47" in _shown(me.pane)
    await me.press("Waarde nu lezen")
    assert "Uitlezing aan" in _shown(me.pane)
    assert "gebeurtenis 47" not in _shown(me.pane)
    await me.press("De klant kiest anders")
    await me.choose("off", 0)
    await me.choose("authorised", 1)
    assert "Uw meter wordt niet op afstand uitgelezen" in _shown(me.pane)
    await me.go_on()
    assert "gebeurtenis 47" in _shown(me.pane)
    await me.go_on()
    assert "zo gekozen, zo in de meter" in _shown(me.pane)
    (applied,) = await _facts(me, f.PreferenceApplied)
    assert isinstance(applied, f.PreferenceApplied)
    assert (applied.before, applied.after) == (2, 1)


async def test_a_choice_changed_after_writing_is_said_before_closing(
    technician: TechnicianLike,
) -> None:
    me = technician
    await me.open("V-1008")
    await me.until(Action.CLOSE)
    await _look_at(me, "Keuze van de klant")
    assert isinstance(me.editor, ReviewEditor)
    assert me.pane.bar.primary.text() == "Verder met afsluiten"
    await me.press("Opnieuw: keuze")
    await me.choose("off", 0)
    await me.go_on()
    assert isinstance(me.editor, ReviewEditor)
    await me.go_on()
    assert "De keuze van de klant en de meter verschillen." in _shown(me.pane)


async def test_a_later_step_says_what_it_waits_for(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1002")
    await me.until(Action.IDENTIFY_METER)
    await _look_at(me, "Monteren")
    assert "Deze stap komt na: Eindstanden." in _shown(me.pane)
    assert "Aandraaimoment" in _shown(me.pane)
    await me.go_on()
    assert me.page.current == "connection_and_meter"
    await _look_at(me, "LMRA")
    assert me.page.current == "connection_and_meter"


async def test_what_is_proven_already_is_not_left_pending(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1005")
    await me.until(Action.CLOSE)
    (tick,) = me.editor.findChildren(Check)
    await me.click(tick)
    await me.go_on()
    (closed,) = await _facts(me, f.VisitClosed)
    assert isinstance(closed, f.VisitClosed)
    assert closed.pending == ()


async def test_photos_that_were_kept_are_shown_small(technician: TechnicianLike) -> None:
    me = technician
    await me.open("V-1007")
    await me.until(Action.FINISH_STEP)
    pictures = me.editor.findChildren(Thumbnail)
    assert len(pictures) == 2
    assert all(not one.image.isNull() for one in pictures)
