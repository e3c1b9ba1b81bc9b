"""A worker that is no process: jobs are called where they are asked for.

See `ui.worker`. Rule: between two steps of a long job the loop goes on, so that it can be
stopped here as it can beside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator

from ui.worker import P, S, T


class Here:
    """See `Worker`."""

    async def run(self, job: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """See `Worker.run`."""
        return job(*args, **named)

    async def follow(
        self,
        heard: Callable[[S], None],
        job: Callable[P, Generator[S, None, T]],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """See `Worker.follow`."""
        steps = job(*args, **named)
        try:
            while True:
                heard(next(steps))
                await asyncio.sleep(0)
        except StopIteration as end:
            found: T = end.value
            return found
        finally:
            steps.close()

    async def close(self) -> None:
        """See `Worker.close`."""
