"""The owner of background tasks: what a screen or command starts, this keeps and ends.

In come coroutines; out come tasks that are referenced until they end, whose failures reach one
function, and which are all cancelled on close. Rule: nothing else in `ui` keeps a task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tasks:
    """A set of running tasks; `on_failure` hears of every exception but a cancellation."""

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self._on_failure = on_failure
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    def spawn(self, work: Coroutine[Any, Any, object], name: str) -> asyncio.Task[Any] | None:
        """Start `work` in the running loop; None, and nothing started, after `close`."""
        if self._closed:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    async def settle(self) -> None:
        """Wait until everything that runs now, and what that starts, has ended."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        self._closed = True
        for task in tuple(self._running):
            task.cancel()
        await self.settle()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._on_failure(error)
