"""Whether this process is about to end, and who has to be told at once.

In come the word that it is, and the requests that would never end by themselves (streams of
server-sent events); out come the state that health and answers show, and those requests' end.
Rule: lives on the event loop; said once, it stays said.
"""

from __future__ import annotations

import asyncio


class Stopping:
    """The end of one process, as its rooms see it."""

    def __init__(self) -> None:
        self.begun = False
        self._endless: set[asyncio.Task[object]] = set()

    def begin(self) -> None:
        """Say it; every endless request ends now."""
        self.begun = True
        for task in self._endless:
            task.cancel()

    def ends(self, task: asyncio.Task[object]) -> None:
        """This request has no end of its own: it is cancelled when the stop begins."""
        self._endless.add(task)
        task.add_done_callback(self._endless.discard)
        if self.begun:
            task.cancel()
