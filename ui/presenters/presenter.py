"""What every presenter is: one frozen State, those who watch it, and a way to ask again.

Out goes a State whenever it differs from the one before; in come intents, which the presenters
themselves name. Rule: no Qt; a presenter never writes back while it is being rendered, and an
expected error becomes a `Message` in the State, never an exception in a view.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from ui.messages import TREES, Lang, Message, explain
from ui.tasks import Tasks

S = TypeVar("S")
Unsubscribe = Callable[[], None]


class Published(Protocol):
    """Where a presenter hears that something changed: the store."""

    def subscribe(self, listener: Callable[[frozenset[str]], None]) -> Unsubscribe:
        """Call `listener` with the topics after each commit."""
        ...


class Presenter(Generic[S]):
    """Holds a State and tells its listeners when it changes."""

    def __init__(self, state: S) -> None:
        self._state = state
        self._listeners: list[Callable[[S], None]] = []

    @property
    def state(self) -> S:
        """What is to be shown now."""
        return self._state

    def subscribe(self, listener: Callable[[S], None]) -> Unsubscribe:
        """Call `listener` with each new State; the answer ends that, also when called twice."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _show(self, state: S) -> None:
        if state == self._state:
            return
        self._state = state
        for listener in tuple(self._listeners):
            listener(state)


class Refresher:
    """Runs `load` at the start and after every commit that touches `topics`.

    Commits that come while it runs are gathered into one more run.
    """

    def __init__(
        self, load: Callable[[], Awaitable[None]], topics: frozenset[str], tasks: Tasks
    ) -> None:
        self._load = load
        self._topics = topics
        self._tasks = tasks
        self._unsubscribe: Unsubscribe | None = None
        self._running = False
        self._again = False

    async def open(self, source: Published) -> None:
        """Listen to `source` and load for the first time."""
        if self._unsubscribe is None:
            self._unsubscribe = source.subscribe(self._heard)
        await self._load()

    def close(self) -> None:
        """Hear no more."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _heard(self, topics: frozenset[str]) -> None:
        if not topics & self._topics:
            return
        if self._running:
            self._again = True
            return
        self._running = True
        if self._tasks.spawn(self._run(), "refresh") is None:
            self._running = False

    async def _run(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self._load()
        finally:
            self._running = False


async def attempt(work: Awaitable[object], lang: Lang) -> Message | None:
    """Await `work`; an expected error comes back in words, None means that it went well."""
    try:
        await work
    except TREES as error:
        return explain(error, lang)
    return None
