"""Scenes of files that wait for a connection that costs nothing.

In comes the stage; out come windows. Rule: the office chooses, a sync tells the laptop, and
both are put back at the end.
"""

from __future__ import annotations

from ui.proof.scene import Played, Quiet, Scene, ends, page_of
from ui.proof.stage import Stage, sync
from ui.views.language import Words


async def sync_held(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """Photos that were taken on a metered connection, and the way to send them all the same."""
    await here.relief.at("seal")
    laptop = here.relief.laptop
    here.office.hold_originals(hold=True)
    laptop.engine.files.metered = lambda: True
    await sync(laptop)

    async def put_back() -> None:
        here.office.hold_originals(hold=False)
        laptop.engine.files.metered = laptop.metered

    return ends(await page_of(laptop, words, "sync"), put_back)


SCENES = (Scene("sync_held", sync_held),)
