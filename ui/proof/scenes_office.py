"""Scenes of the dispatcher: the board, a draft on it, publishing, and what visits left behind.

In comes the stage; out come windows on the day's board. Rule: nothing is published, and each
scene takes its draft back.
"""

from __future__ import annotations

from ui.presenters.planning import PlanningPresenter
from ui.presenters.planning_inbox import Aside, Dispute
from ui.presenters.planning_left import Section
from ui.proof.scene import Played, Quiet, Undo, ends, page_of, until
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.laptops import LaptopsPage
from ui.views.main_window import MainWindow
from ui.views.planning import PlanningPage
from ui.views.planning_inbox_rows import Asks as InboxAsks
from ui.views.planning_inbox_rows import InboxRow
from ui.views.planning_left_rows import Asks, LeftRow


async def planning(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board with a draft on it; a visit that was handed over is looked at."""
    window, presenter = await _board(here, words, quiet)
    pool = presenter.state.pool
    free = next(block for block in pool if not block.handed_over)
    presenter.assign(free.id, presenter.state.lanes[2].technician)
    presenter.select(next(block.id for block in pool if block.handed_over))
    return ends(window, _clear(presenter))


async def planning_placed(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The board as it was published, a technician's visit looked at."""
    window, presenter = await _board(here, words, quiet)
    presenter.select(presenter.state.lanes[0].blocks[3].id)
    return ends(window, _clear(presenter))


async def planning_checks(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What visits left to be proven."""
    window, presenter = await _board(here, words, quiet)
    presenter.list_left(Section.CHECKS)
    return ends(window, _clear(presenter))


async def planning_follow_ups(here: Stage, words: Words, quiet: Quiet) -> Played:
    """Work that has to follow; for the last row a day is chosen."""
    window, presenter = await _board(here, words, quiet)
    presenter.list_left(Section.FOLLOW_UPS)
    page = window.page
    assert isinstance(page, PlanningPage)
    page.lists.findChildren(LeftRow)[-1].ask(Asks.PLAN)
    return ends(window, _clear(presenter))


async def planning_inbox(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What has to be reviewed; of a conflict both values are looked at."""
    window, presenter = await _board(here, words, quiet)
    presenter.list_left(Section.INBOX)
    field = next(
        one for one in presenter.state.left.inbox if isinstance(one, Dispute) and one.field
    )
    await presenter.open_row(field)
    return ends(window, _clear(presenter))


async def planning_set_aside(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What was set aside is looked at, and why it is left out is asked."""
    window, presenter = await _board(here, words, quiet)
    presenter.list_left(Section.INBOX)
    aside = next(one for one in presenter.state.left.inbox if isinstance(one, Aside))
    await presenter.open_row(aside)
    page = window.page
    assert isinstance(page, PlanningPage)
    rows = page.lists.findChildren(InboxRow)
    [row for row in rows if row.row.key == aside.key][-1].ask(InboxAsks.DROP)
    return ends(window, _clear(presenter))


async def planning_files(here: Stage, words: Words, quiet: Quiet) -> Played:
    """The files of a finished visit; a photo of it is looked at."""
    window, presenter = await _board(here, words, quiet)
    blocks = [block for lane in presenter.state.lanes for block in lane.blocks]
    for block in (one for one in blocks if one.operations):
        await presenter.files.open(block.id, block.number)
        shown = [one for one in presenter.files.state.files or () if one.look]
        if shown:
            presenter.select(block.id)
            await presenter.files.look(shown[0].sha256)
            break
    page = window.page
    assert isinstance(page, PlanningPage)
    await until(quiet, lambda: not page.files.side.picture.pixmap().isNull())
    return ends(window, _clear(presenter))


async def laptops(here: Stage, words: Words, quiet: Quiet) -> Played:
    """What the laptops still bring; one of them is looked at."""
    window = await page_of(here.dispatcher, words, "laptops")
    page = window.page
    assert isinstance(page, LaptopsPage)
    await until(quiet, lambda: bool(page.presenter.state.rows))
    page.presenter.select(page.presenter.state.rows[0].laptop)
    return ends(window, page.presenter.rest)


async def planning_left(here: Stage, words: Words, quiet: Quiet) -> Played:
    """A finished visit with what it left behind."""
    window, presenter = await _board(here, words, quiet)
    visit = presenter.state.left.checks[0].visit
    presenter.select(visit)
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
    await until(quiet, lambda: page.presenter.state.left.today is not None)
    return window, page.presenter


def _clear(presenter: PlanningPresenter) -> Undo:
    async def clear() -> None:
        presenter.keep_draft()
        presenter.list_left(None)
        presenter.files.close()
        while presenter.state.can_undo:
            presenter.undo()
        await presenter.close()

    return clear
