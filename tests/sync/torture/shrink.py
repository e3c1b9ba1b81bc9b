"""A failing schedule made as short as it can be and still fail.

In come a schedule and a way to ask whether one fails; out comes the shortest that was found:
steps are left out, then deaths and faults. Rule: it ends, as every change makes it smaller.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import msgspec

from tests.sync.torture.schedule import Schedule

Fails = Callable[[Schedule], Awaitable[bool]]


async def shrink(schedule: Schedule, fails: Fails) -> Schedule:
    """The shortest schedule found that still fails."""
    found = True
    while found:
        found = False
        for smaller in _smaller(schedule):
            if await fails(smaller):
                schedule, found = smaller, True
                break
    return schedule


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    """Every schedule with one thing less, the largest cuts first."""
    steps = schedule.steps
    for size in (len(steps) // 2, 1):
        for start in range(len(steps) - size, -1, -max(1, size)):
            if size:
                yield _with(schedule, (*steps[:start], *steps[start + size :]))
    for place, step in enumerate(steps):
        plainer = [msgspec.structs.replace(step, death=None)] if step.death else []
        for nth in range(len(step.faults)):
            fewer = (*step.faults[:nth], *step.faults[nth + 1 :])
            plainer.append(msgspec.structs.replace(step, faults=fewer))
        for one in plainer:
            yield _with(schedule, (*steps[:place], one, *steps[place + 1 :]))


def _with(schedule: Schedule, steps: tuple[object, ...]) -> Schedule:
    return msgspec.structs.replace(schedule, steps=steps)
