"""The owner of background work: what a screen or command starts, this keeps and ends.

In come coroutines; out come tasks that are referenced until they end, whose failures reach one
function, and which are all cancelled on close. Work for the processor goes to the `worker`,
which ends with them. Rule: nothing else in `ui` keeps a task or a process beside the window.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from ui.worker import Worker
from ui.worker.here import Here


class Tasks:
    """A set of running tasks; `on_failure` hears of every exception but a cancellation.

    Attributes:
        worker: does what takes more than 20 ms of the processor; here, unless the window puts
            one beside itself (`ui.worker`).
    """

    def __init__(self, on_failure: Callable[[BaseException], None]) -> None:
        self.worker: Worker = Here()
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
        """Cancel everything, wait until it has ended, and end the worker."""
        self._closed = True
        for task in tuple(self._running):
            task.cancel()
        await self.settle()
        await self.worker.close()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            self._on_failure(error)
