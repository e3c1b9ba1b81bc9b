"""The window's worker: a warm process for short jobs, and one of its own for each long one.

See `ui.worker`. Rule: every process that was started here is gone when `close` returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from functools import partial

from ui.worker import P, S, T, inside
from ui.worker.process import Process


class Beside:
    """See `Worker`."""

    def __init__(self) -> None:
        """No process yet; the first job or `warm` starts it."""
        self._warm = Process()
        self._long: set[Process] = set()

    async def warm(self, *modules: str) -> None:
        """Start the process, and have it load what jobs will need. Errors as `run`."""
        await self.run(inside.load, *modules)

    async def run(self, job: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """See `Worker.run`; one job after the other."""
        found: T = await self._warm.do(partial(job, *args, **named))
        return found

    async def follow(
        self,
        heard: Callable[[S], None],
        job: Callable[P, Generator[S, None, T]],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """See `Worker.follow`."""
        own = Process()
        self._long.add(own)
        try:
            found: T = await own.do(partial(job, *args, **named), heard)
            return found
        finally:
            self._long.discard(own)
            await own.close()

    async def close(self) -> None:
        """See `Worker.close`."""
        await asyncio.gather(*(process.close() for process in (self._warm, *self._long)))
