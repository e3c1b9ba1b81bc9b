"""Work for the processor, away from the window: photos, days of captures, documents, plans.

In come a function of a module and its arguments; out comes what it returns, and on the way what
it yields where it is a generator: its progress. Whoever has `Tasks` has a worker:

    shot = await tasks.worker.run(jpeg, pixels)
    found = await tasks.worker.follow(self._heard, read_recording, path)

`here.Here` calls it in this process: for tests, the command line, and whatever is short.
`beside.Beside` is the window's: one warm process for `run`, started when it is first needed
or when the window has nothing to do, and for as long as a `follow` lasts one of its own, so
that no photo waits behind the capture of a day. Cancelling the awaiting task kills the process
in the middle of the job; the next job finds a fresh one. A process that ends by itself is
`WorkerGone`, and the job can simply be done again. Nothing here counts seconds: a laptop may
sleep in between.

Rule: what takes more than 20 ms of the processor goes here. A job keeps and opens nothing that
outlives it, takes and gives plain values (bytes, numbers, frozen dataclasses; nothing of Qt),
and stands in a module that imports only what it needs. A generator yields a few times a second.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")


class Worker(Protocol):
    """Does jobs, here or beside."""

    async def run(self, job: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """What the job returns; its errors pass.

        Raises:
            WorkerGone: the process ended in the middle; nothing was kept.
        """
        ...

    async def follow(
        self,
        heard: Callable[[S], None],
        job: Callable[P, Generator[S, None, T]],
        *args: P.args,
        **named: P.kwargs,
    ) -> T:
        """As `run`, for a long job; `heard` gets in this loop what it yields."""
        ...

    async def close(self) -> None:
        """End what runs; nothing is left behind."""
        ...
