"""Scenes of a line that does not work as it should, and what is told of it.

In comes the stage; out come windows. Rule: what stands in the engine's State here is what a run
leaves there, and it is put back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sync.errors import ClockWrong, LoginPage
from ui.proof.scene import Played, Quiet, ends, page_of
from ui.proof.stage import Stage
from ui.views.language import Words
from ui.wiring import Laptop


async def wrong_clock(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A clock that is three days ahead: told, while the sync goes on."""
    now = here.home.clock.now()
    return await _told(here.home, words, clock=ClockWrong(now, now - timedelta(days=3)))


async def login_page(here: Stage, words: Words, _quiet: Quiet) -> Played:
    """A network that wants a login first."""
    detail = LoginPage("text/html in place of JSON")
    since = here.home.clock.now()
    return await _told(here.home, words, detail=detail, online=False, offline_since=since)


async def _told(laptop: Laptop, words: Words, **line: Any) -> Played:
    before = laptop.engine.state
    laptop.engine.state = replace(before, **line)

    async def put_back() -> None:
        laptop.engine.state = before

    return ends(await page_of(laptop, words, "sync"), put_back)
