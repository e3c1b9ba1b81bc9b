"""Scenes of the dispatcher: the board, a draft on it, and what publishing changes.

In comes the stage; out come windows on the day's board. Rule: nothing is published, and each
scene takes its draft back.
"""

from __future__ import annotations

from ui.presenters.planning import PlanningPresenter
from ui.proof.scene import Played, Quiet, Undo, ends, page_of, until
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.planning import PlanningPage


async def planning(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board with a draft on it, a free visit looked at."""
    window, presenter = await _board(here, words, quiet)
    pool = presenter.state.pool
    presenter.assign(pool[0].id, presenter.state.lanes[2].technician)
    presenter.select(presenter.state.pool[0].id)
    return ends(window, _clear(presenter))


async def planning_placed(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board as it was published, a technician's visit looked at."""
    window, presenter = await _board(here, words, quiet)
    presenter.select(presenter.state.lanes[0].blocks[3].id)
    return ends(window, _clear(presenter))


async def publish(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What publishing changes for whom."""
    window, presenter = await _board(here, words, quiet)
    presenter.suggest()
    await presenter.ask_publish()
    return ends(window, _clear(presenter))


async def planning_sign_in(here: Stage, words: Words, quiet: Quiet) -> Played:
    """Nobody is signed in at the office."""
    window, presenter = await _board(here, words, quiet)
    await presenter.sign_out()
    return ends(window, _clear(presenter))


async def _board(
    here: Stage, words: Words, quiet: Quiet
) -> tuple[MainWindow, PlanningPresenter]:
    window = await page_of(here.dispatcher, words, "planning")
    page = window.page
    assert isinstance(page, PlanningPage)
    await until(quiet, lambda: page.presenter.state.at is not None)
    return window, page.presenter


def _clear(presenter: PlanningPresenter) -> Undo:
    async def clear() -> None:
        presenter.keep_draft()
        while presenter.state.can_undo:
            presenter.undo()
        await presenter.close()

    return clear
