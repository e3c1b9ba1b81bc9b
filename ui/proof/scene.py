"""What a scene is: a page in somebody's window, shown for as long as it is looked at.

In come a laptop, words and a page's code; out comes a window and the way to end it. Rule: a
scene does what a person would do, through pages and presenters, and waits for the State that
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.wiring import Laptop

PATIENCE_S = 30.0
Quiet = Callable[[], Awaitable[None]]
Undo = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Played:
    """A scene that is on; `end` puts everything back."""

    window: QWidget
    end: Callable[[], Awaitable[None]]


Play = Callable[[Stage, Words, Quiet], Awaitable[Played]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A name, and how to play it."""

    name: str
    play: Play


async def page_of(laptop: Laptop, words: Words, code: str, about: str = "") -> MainWindow:
    """A laptop's window on one of its pages, in the language of the words."""
    laptop.lang = words.lang
    window = MainWindow(laptop, laptop.frame_presenter(), words, laptop.tasks.spawn)
    await window.start("settings")
    await window.show_page(code, about)
    return window


def ends(window: MainWindow, *more: Undo) -> Played:
    """The window, and what is put back before it goes."""

    async def end() -> None:
        for one in more:
            await one()
        window.closed_for_good()
        window.deleteLater()

    return Played(window, end)


async def until(quiet: Quiet, true: Callable[[], bool]) -> None:
    """Wait until this is so.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await quiet()
