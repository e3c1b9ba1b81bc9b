"""Scenes of the rescue export.

In comes the stage; out come windows. Rule: keys are learnt and files written as on any laptop;
what no sound laptop gets to see (photos that can't be read) and what passes too soon (a file
half-way) are shown as a State of their own.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from fieldapp.store import recovery
from fieldapp.store.transaction import Transaction
from fieldapp.work.rescue import Rescued
from sync.server.recovery_file import SEED, PrivateHalf
from ui.presenters.rescue import RescueState
from ui.proof.scene import Played, Quiet, Scene, ends, page_of
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.rescue import RescuePage
from ui.wiring import Laptop

_MB = 1_000_000
_HALF_WAY = Rescued(operations=214, files=31, octets=164 * _MB, total=412 * _MB)
_LOSSY = Rescued(operations=214, files=58, octets=391 * _MB, lost_operations=3, lost_files=2)


async def ready(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The office's key locks it; nothing is written yet."""
    await _learn(here.technician, 1)
    window, _page = await _opened(here.technician, words)
    return ends(window)


async def phrase(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The office gave this laptop no key: a passphrase has to do."""
    window, page = await _opened(here.idle, words)
    page.lock.phrase.setText("een lange zin")
    page.redraw()
    return ends(window)


async def offered(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Another key, for which nobody vouches."""
    await _learn(here.relief.laptop, 1)
    await _learn(here.relief.laptop, 2)
    window, _page = await _opened(here.relief.laptop, words)
    return ends(window)


async def running(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Half-way."""
    await _learn(here.technician, 1)
    window, page = await _opened(here.technician, words)
    _show(page, replace(page.presenter.state, running=True, done=_HALF_WAY))
    return ends(window)


async def whole(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """The file is complete."""
    await _learn(here.technician, 1)
    window, page = await _opened(here.technician, words)
    with tempfile.TemporaryDirectory(prefix="fieldapp-") as place:
        await page.presenter.export(str(Path(place) / "fieldapp-20261123-103100.rescue"))
    return ends(window)


async def lossy(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Complete but for what could not be read."""
    await _learn(here.technician, 1)
    window, page = await _opened(here.technician, words)
    name = "fieldapp-20261123-103100.rescue"
    _show(page, replace(page.presenter.state, finished=True, file=name, done=_LOSSY))
    return ends(window)


def _show(page: RescuePage, state: RescueState) -> None:
    page.presenter._show(state)


async def _opened(laptop: Laptop, words: Words) -> tuple[MainWindow, RescuePage]:
    window = await page_of(laptop, words, "rescue")
    page = window.page
    assert isinstance(page, RescuePage)
    return window, page


async def _learn(laptop: Laptop, generation: int) -> None:
    """The public half of a recovery key, as a sync brings it."""
    office = (await laptop.owner()).office
    key = PrivateHalf(office, bytes([generation]) * SEED).public()

    def learn(c: Transaction) -> None:
        if recovery.known_id(c) != key.id:
            recovery.learn(c, (key,))

    await laptop.db.write(learn, touched=frozenset({"device"}))


SCENES = (
    Scene("rescue", ready),
    Scene("rescue_phrase", phrase),
    Scene("rescue_offered", offered),
    Scene("rescue_running", running),
    Scene("rescue_whole", whole),
    Scene("rescue_lossy", lossy),
)
