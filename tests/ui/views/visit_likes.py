"""What the tests of the visit page ask of its hands and eyes."""

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
from ui.views.visit_pane import WorkPane
from ui.views.visit_work import Work
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    app: QApplication
    laptop: Laptop
    window: MainWindow
    photo: Path
    reads_over: str

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

    def give_photo(self) -> None: ...

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


def shown(root: QWidget) -> str:
    return "\n".join(one.text() for one in root.findChildren(QLabel) if one.isVisible())


async def facts_of(me: TechnicianLike, *kinds: type[f.Fact]) -> list[f.AnyFact]:
    progress = (await me.laptop.visits.stored(me.page.id)).progress
    return [fact for fact in progress.facts if isinstance(fact, kinds)]
