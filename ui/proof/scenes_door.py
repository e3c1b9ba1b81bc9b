"""Scenes of the first start: what this laptop is for, and what may go wrong there.

In comes the stage; out come first windows before free folders. Rule: all that is made in those
folders is a store behind a passphrase, never a key in this machine's keyring.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QLineEdit

from fieldapp.errors import StoreCorrupt
from ui.doorstep import Doorstep
from ui.presenters.setup import Secret, SetupPresenter, Stage
from ui.proof.scene import Play, Played, Quiet
from ui.proof.stage import Stage as Scenery
from ui.views.language import Words
from ui.views.setup import SetupWindow

_SECRET = "oefenzin 2026"
_CODE = "OEFEN-0000"
Then = Callable[[Scenery, SetupPresenter], Awaitable[None]]


def setup(stage: Stage, then: Then | None = None) -> Play:
    """The first window at one of its stages, and what is asked there."""

    async def play(here: Scenery, words: Words, quiet: Quiet) -> Played:
        folder = here.workshop.folder.with_name(f"door-{stage}")
        doorstep = Doorstep(folder)
        presenter = SetupPresenter(doorstep, lambda: words.lang)
        window = SetupWindow(presenter, words, here.workshop.tasks.spawn)
        presenter.choose(stage)
        await quiet()
        if then is not None:
            await then(here, presenter)
            _fill(window, here.office.url)

        async def end() -> None:
            window.closed_for_good()
            window.deleteLater()
            await doorstep.close()

        return Played(window, end)

    return play


async def not_taken(here: Scenery, presenter: SetupPresenter) -> None:
    """The office says no: it is one for practice, and this laptop is not."""
    await presenter.enrol(here.office.url, _CODE, Secret(_SECRET, _SECRET))


async def no_token(here: Scenery, presenter: SetupPresenter) -> None:
    """The dispatcher forgot to paste it."""
    await presenter.plan(here.office.url, "", Secret(_SECRET, _SECRET))


async def damaged(_here: Scenery, presenter: SetupPresenter) -> None:
    """The store that is here is no store any more."""
    presenter.fail(StoreCorrupt("laptop.db", "file is not a database"))


async def wrong_passphrase(here: Scenery, presenter: SetupPresenter) -> None:
    """Another passphrase than the store's."""
    folder = here.workshop.folder.with_name(f"door-{Stage.UNLOCK}")
    if not (folder / "laptop.db").exists():
        other = Doorstep(folder)
        await other.workshop(_SECRET)
        await other.close()
    await presenter.unlock(f"{_SECRET}!")


def _fill(window: SetupWindow, address: str) -> None:
    """What was typed still stands there."""
    shown = [field for field in window.findChildren(QLineEdit) if field.isVisibleTo(window)]
    if len(shown) > 1:
        shown[0].setText(address)
        shown[1].setText(_CODE)
