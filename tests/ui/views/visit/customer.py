from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from ui.presenters.visit_page import Action, VisitPage
from ui.views.cover import Cover
from ui.views.customer import CustomerView
from ui.views.main_window import MainWindow
from ui.views.visit import VisitView
from ui.wiring import Laptop


class TechnicianLike(Protocol):
    laptop: Laptop
    window: MainWindow

    @property
    def page(self) -> VisitPage: ...

    @property
    def view(self) -> VisitView: ...

    async def open(self, number: str) -> None: ...

    async def until(self, action: Action, about: str = "") -> None: ...

    async def press(self, text: str) -> None: ...

    async def settle(self) -> None: ...

    async def key(self, key: Qt.Key) -> None: ...


def texts(root: QWidget) -> str:
    shown = [one for one in root.findChildren(QLabel) if one.isVisible()]
    return " | ".join(one.text() for one in shown)


def cover_of(me: TechnicianLike) -> Cover | None:
    return me.window.cover


async def given(me: TechnicianLike) -> CustomerView:
    await me.press("Aan de klant tonen")
    cover = me.window.cover
    assert isinstance(cover, CustomerView)
    return cover


async def typed(me: TechnicianLike, view: CustomerView, digits: str) -> None:
    await me.press("Monteur")
    QTest.keyClicks(view.door.field, digits)
    QTest.keyClick(view.door.field, Qt.Key.Key_Return)
    await me.settle()


def draw(view: CustomerView) -> None:
    pad = view.sign.pad
    middle = pad.rect().center()
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=middle)
    for x in range(0, 120, 20):
        QTest.mouseMove(pad, middle + type(middle)(x, (x * 7) % 40 - 20))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=middle)
