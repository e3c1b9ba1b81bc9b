from __future__ import annotations

import asyncio

from ui.tasks import Tasks


async def _fail() -> None:
    raise ValueError("bug")


async def test_failures_reach_the_one_function_and_cancellations_do_not() -> None:
    failures: list[BaseException] = []
    heard, forever = asyncio.Event(), asyncio.Event()

    def hear(failure: BaseException) -> None:
        failures.append(failure)
        heard.set()

    tasks = Tasks(hear)
    tasks.spawn(_fail(), "fails")
    waiting = tasks.spawn(forever.wait(), "waits")
    await asyncio.wait_for(heard.wait(), 5)
    assert [str(failure) for failure in failures] == ["bug"]
    await tasks.close()
    assert waiting is not None
    assert waiting.cancelled()
    assert len(failures) == 1


async def test_settle_waits_for_what_was_started_by_others() -> None:
    tasks = Tasks(lambda _: None)
    done: list[str] = []

    async def inner() -> None:
        done.append("inner")

    async def outer() -> None:
        tasks.spawn(inner(), "inner")
        done.append("outer")

    tasks.spawn(outer(), "outer")
    await tasks.settle()
    assert done == ["outer", "inner"]


async def test_after_close_nothing_starts() -> None:
    tasks = Tasks(lambda _: None)
    await tasks.close()
    assert tasks.spawn(_fail(), "late") is None
