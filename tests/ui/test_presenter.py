from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hardware.errors import PortGone
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.tasks import Tasks


class _Counter(Presenter[int]):
    def set(self, value: int) -> None:
        self._show(value)


def test_listeners_hear_changes_only_and_can_leave_twice() -> None:
    counter = _Counter(0)
    heard: list[int] = []
    leave = counter.subscribe(heard.append)
    counter.set(0)
    counter.set(1)
    leave()
    leave()
    counter.set(2)
    assert heard == [1]
    assert counter.state == 2


class _Source:
    def __init__(self) -> None:
        self.listeners: list[Callable[[frozenset[str]], None]] = []

    def subscribe(self, listener: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def publish(self, *topics: str) -> None:
        for listener in tuple(self.listeners):
            listener(frozenset(topics))


async def test_a_refresher_loads_at_once_and_gathers_what_comes_while_it_runs() -> None:
    source, loads, tasks = _Source(), [0], Tasks(_reraise)
    gate = asyncio.Event()
    gate.set()

    async def load() -> None:
        loads[0] += 1
        await gate.wait()

    refresher = Refresher(load, frozenset({"visits"}), tasks)
    await refresher.open(source)
    await refresher.open(source)
    assert (loads[0], len(source.listeners)) == (2, 1)
    source.publish("outbox")
    gate.clear()
    source.publish("visits")
    await asyncio.sleep(0)
    for _ in range(5):
        source.publish("visits", "outbox")
    gate.set()
    await tasks.settle()
    assert loads[0] == 4
    refresher.close()
    refresher.close()
    assert source.listeners == []


async def test_a_refresher_whose_tasks_are_closed_stays_silent() -> None:
    source, tasks = _Source(), Tasks(_reraise)
    loads: list[int] = []

    async def load() -> None:
        loads.append(1)

    await Refresher(load, frozenset({"visits"}), tasks).open(source)
    await tasks.close()
    source.publish("visits")
    source.publish("visits")
    assert loads == [1]


async def test_an_expected_error_becomes_words_and_a_bug_stays_a_bug() -> None:
    async def gone() -> None:
        raise PortGone("COM4")

    async def bug() -> None:
        raise ValueError("bug")

    async def fine() -> None:
        return None

    message = await attempt(gone(), "en")
    assert message is not None
    assert "COM4" in message.what
    assert await attempt(fine(), "en") is None
    with pytest.raises(ValueError, match="bug"):
        await attempt(bug(), "en")


def _reraise(error: BaseException) -> None:
    raise error
