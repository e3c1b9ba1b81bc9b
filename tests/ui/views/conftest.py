from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from ui.messages import Message
from ui.views import theme
from ui.views.language import Words
from ui.views.page import Context, Page
from ui.views.widgets import ElidedLabel
from ui.wiring import Laptop

LAPTOP = QSize(1366, 768)
LARGE = QSize(1920, 1200)
Went = list[tuple[str, str]]


@pytest.fixture(scope="session")
def qt() -> Iterator[QApplication]:
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication([])
    theme.apply(app, theme.THEMES["light"])
    yield app
    for widget in app.topLevelWidgets():
        widget.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No test leaves a widget behind: each one would be dressed anew with every theme."""
    yield
    app = QApplication.instance()
    if isinstance(app, QApplication):
        for widget in app.topLevelWidgets():
            widget.close()
            widget.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def words() -> Words:
    """The words of the tests: a missing one fails them."""
    return Words("nl", strict=True)


@pytest.fixture
async def qt_laptop(qt: QApplication, laptop: Laptop) -> Laptop:
    """A laptop with the practice day in its real store, taken in through its real inbox."""
    assert qt is not None
    return laptop


@pytest.fixture
def went() -> Went:
    """Where pages asked to go: (page, about)."""
    return []


@pytest.fixture
def said() -> list[Message]:
    """What pages put into the banner."""
    return []


@pytest.fixture
async def context(qt_laptop: Laptop, words: Words, went: Went, said: list[Message]) -> Context:
    """What the window gives a page, with the laptop's own tasks."""

    def spawn(work: Coroutine[Any, Any, object], name: str) -> object:
        return qt_laptop.tasks.spawn(work, name)

    return Context(
        desk=qt_laptop,
        words=words,
        spawn=spawn,
        go=lambda page, about: went.append((page, about)),
        say=said.append,
    )


Show = Callable[..., QPixmap]


@pytest.fixture
def show(qt: QApplication, words: Words) -> Iterator[Show]:
    """Show a widget at a size, in a theme and a language, and take its picture.

    Nothing runs while it is shown but Qt's own events: await tasks before.
    """
    shown: list[QWidget] = []

    def take(
        widget: QWidget, size: QSize = LAPTOP, theme_name: str = "light", lang: str = "nl"
    ) -> QPixmap:
        theme.apply(qt, theme.THEMES[theme_name])
        words.switch(lang)
        if isinstance(widget, Page):
            widget.redraw()
        widget.setProperty("role", widget.property("role") or "ground")
        widget.resize(size)
        widget.show()
        shown.append(widget)
        settle(qt)
        return widget.grab()

    yield take
    for widget in shown:
        widget.close()
        widget.deleteLater()
    theme.apply(qt, theme.THEMES["light"])
    settle(qt)


def settle(app: QApplication) -> None:
    """Let Qt lay out and paint, and let go of what was dismissed."""
    for _ in range(3):
        app.processEvents()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # what the last turn has written anew


async def turn(app: QApplication, rounds: int = 5) -> None:
    """Give tasks and Qt a few turns each."""
    for _ in range(rounds):
        await asyncio.sleep(0)
        settle(app)


@pytest.fixture
def walk() -> Callable[[QWidget], list[QWidget]]:
    """Every widget that can be seen inside another, that one first."""

    def visible(root: QWidget) -> list[QWidget]:
        return [root, *(one for one in root.findChildren(QWidget) if one.isVisible())]

    return visible


@pytest.fixture
def cut() -> Callable[[QWidget], list[str]]:
    """The texts that do not fit where they stand."""

    def too_long(root: QWidget) -> list[str]:
        labels = [one for one in root.findChildren(QLabel) if one.isVisible()]
        return [
            one.text()
            for one in labels
            if not isinstance(one, ElidedLabel)
            and not one.wordWrap()
            and one.sizeHint().width() > one.width() + 1
        ]

    return too_long
