"""The scenes: which page, in whose window, and what has happened on it.

In comes the stage; out comes a window that shows the scene, and how to end it. Rule: a scene
does what a person would do, through pages and presenters, and waits for the State that says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from ui.doorstep import Doorstep
from ui.presenters.planning import PlanningPresenter
from ui.presenters.setup import SetupPresenter
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage
from ui.views.planning import PlanningPage
from ui.views.setup import SetupWindow
from ui.wiring import Laptop

_PATIENCE_S = 30.0
_TELEGRAMS = 8
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


async def _page(laptop: Laptop, words: Words, code: str, about: str = "") -> MainWindow:
    """A laptop's window on one of its pages."""
    window = MainWindow(laptop, laptop.frame_presenter(), words, laptop.tasks.spawn)
    await window.start("settings")
    await window.show_page(code, about)
    return window


def _ends(window: MainWindow, *more: Callable[[], Awaitable[None]]) -> Played:
    async def end() -> None:
        for one in more:
            await one()
        window.closed_for_good()
        window.deleteLater()

    return Played(window, end)


async def _until(quiet: Quiet, true: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not true():
            await quiet()


async def today(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The technician's day, one visit behind, one in hand."""
    return _ends(await _page(here.technician, words, "today"))


async def visit(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The visit in hand."""
    return _ends(await _page(here.technician, words, "visit", here.visit))


async def meter(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The customer port, a few telegrams in."""
    window = await _page(here.technician, words, "meter")
    page = window.page
    assert isinstance(page, MeterPage)
    page.live.start()
    await _until(quiet, lambda: len(page.live.history) >= _TELEGRAMS)

    async def stop() -> None:
        page.live.stop()
        await page.live.ended()

    return _ends(window, stop)


async def sync(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """What waits and what was received."""
    return _ends(await _page(here.technician, words, "sync"))


async def settings(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The settings."""
    return _ends(await _page(here.technician, words, "settings"))


async def diagnose(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The workshop's ports."""
    return _ends(await _page(here.workshop, words, "diagnose"))


async def planning(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board with a draft on it, a visit looked at."""
    window, presenter = await _board(here, words, quiet)
    pool = presenter.state.pool
    presenter.assign(pool[0].id, presenter.state.lanes[2].technician)
    presenter.select(presenter.state.pool[0].id)
    return _ends(window, _clear(presenter))


async def publish(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What publishing changes for whom."""
    window, presenter = await _board(here, words, quiet)
    presenter.suggest()
    await presenter.ask_publish()
    return _ends(window, _clear(presenter))


async def _board(
    here: Stage, words: Words, quiet: Quiet
) -> tuple[MainWindow, PlanningPresenter]:
    window = await _page(here.dispatcher, words, "planning")
    page = window.page
    assert isinstance(page, PlanningPage)
    await _until(quiet, lambda: page.presenter.state.at is not None)
    return window, page.presenter


def _clear(presenter: PlanningPresenter) -> Callable[[], Awaitable[None]]:
    async def clear() -> None:
        presenter.keep_draft()
        while presenter.state.can_undo:
            presenter.undo()
        await presenter.close()

    return clear


async def setup(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The first start of a free laptop."""
    folder = here.workshop.folder.with_name("free")
    doorstep = Doorstep(folder)
    tasks = here.workshop.tasks
    presenter = SetupPresenter(doorstep, lambda: words.lang)
    window = SetupWindow(presenter, words, tasks.spawn)

    async def end() -> None:
        window.closed_for_good()
        window.deleteLater()
        await doorstep.close()

    return Played(window, end)


SCENES = (
    Scene("today", today),
    Scene("visit", visit),
    Scene("meter", meter),
    Scene("sync", sync),
    Scene("planning", planning),
    Scene("publish", publish),
    Scene("diagnose", diagnose),
    Scene("settings", settings),
    Scene("setup", setup),
)
