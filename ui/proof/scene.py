"""What a scene is, and what every scene needs: a window on a page, patience, an end.

In come laptops and words; out come windows that show a page. Rule: a scene waits for the State
that says so, never for time to pass.
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

_PATIENCE_S = 30.0
Quiet = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Played:
    """A scene that is on; `end` puts everything back."""

    window: QWidget
    end: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A name, and how to play it."""

    name: str
    play: Callable[[Stage, Words, Quiet], Awaitable[Played]]


async def page_of(laptop: Laptop, words: Words, code: str, about: str = "") -> MainWindow:
    """A laptop's window on one of its pages."""
    window = MainWindow(laptop, laptop.frame_presenter(), words, laptop.tasks.spawn)
    await window.start("settings")
    await window.show_page(code, about)
    return window


def ends(window: MainWindow, *more: Callable[[], Awaitable[None]]) -> Played:
    """A window that is taken away at the end, after whatever else is to be done."""

    async def end() -> None:
        for one in more:
            await one()
        window.closed_for_good()
        window.deleteLater()

    return Played(window, end)


async def until(quiet: Quiet, true: Callable[[], bool]) -> None:
    """Wait until it is so.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(_PATIENCE_S):
        while not true():
            await quiet()
