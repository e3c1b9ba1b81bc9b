from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget

from ui.views import pages, theme
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.page import Context, Page
from ui.wiring import Laptop

Settle = Callable[[], Awaitable[None]]


class Plain(Page):
    """A page that notes what the window does with it."""

    code = "visit"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.noted: list[str] = []
        self.side = QWidget(self)
        self.bar = QPushButton("tool")
        self.main = QPushButton("do", self)
        self.main.clicked.connect(lambda: self.noted.append("primary"))

    def headline(self) -> tuple[str, str]:
        return "Plain", "a sum"

    def tools(self) -> QWidget | None:
        return self.bar

    def aim(self, about: str) -> None:
        self.noted.append(f"aim {about}")

    async def open(self) -> None:
        self.noted.append("open")

    def leave(self) -> None:
        self.noted.append("leave")

    def primary(self) -> QPushButton | None:
        return self.main

    def back(self) -> bool:
        self.noted.append("back")
        return True

    def right_column(self) -> QWidget | None:
        return self.side


@pytest.fixture
async def window(
    qt_laptop: Laptop, words: Words, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MainWindow]:
    real = pages.make
    plain = {"today", "visit", "meter", "diagnose", "sync"}

    def make(entry: pages.Entry, context: Context) -> Page:
        return Plain(context) if entry.code in plain else real(entry, context)

    monkeypatch.setattr("ui.views.main_window.make", make)
    frame = qt_laptop.frame_presenter()
    made = MainWindow(qt_laptop, frame, words, qt_laptop.tasks.spawn)
    made.resize(1366, 768)
    made.show()
    await made.start()
    yield made
    made.closed_for_good()
    theme.wear("light")
    await qt_laptop.tasks.settle()


@pytest.fixture
def settle(qt: QApplication, qt_laptop: Laptop) -> Settle:
    async def wait() -> None:
        await qt_laptop.tasks.settle()
        qt.processEvents()
        qt.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    return wait


def texts(window: QWidget) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def named(window: QWidget, name: str) -> QPushButton:
    found = window.findChildren(QPushButton)
    return next(b for b in found if b.accessibleName().startswith(name) and b.isVisible())


def rail(window: MainWindow) -> list[str]:
    return [one.text() for one in window.findChildren(QToolButton) if one.isVisible()]


def plain_of(window: MainWindow) -> Plain:
    assert isinstance(window.page, Plain)
    return window.page
