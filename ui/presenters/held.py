"""Photos and captures that wait for a connection that costs nothing, and the way to send them.

Out comes a State from the engine, which knows what its last run left, and the store; in comes
the wish to send them all the same. Rule: it says until when they wait at the longest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fieldapp.store import attachments, closings, departures
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from sync.client.engine import Engine
from sync.client.report import EngineState
from ui.messages import Lang, Message
from ui.presenters.presenter import Presenter, Refresher, Unsubscribe, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"files", "outbox"})


@dataclass(frozen=True, slots=True)
class HeldState:
    """What is held back.

    Attributes:
        files: which ones, by visit and SHA-256.
        size: their octets.
        until: when the first of them goes over any connection, local at the meters.
        day_waits: a day was closed and the office has not confirmed it whole.
    """

    files: frozenset[tuple[str, str]] = frozenset()
    size: int = 0
    until: datetime | None = None
    day_waits: bool = False
    problem: Message | None = None


@dataclass(frozen=True, slots=True)
class HeldRoom:
    """What the presenter works with."""

    db: Database
    engine: Engine
    tasks: Tasks


class HeldPresenter(Presenter[HeldState]):
    """Shows what is held back, and lets it go."""

    def __init__(self, room: HeldRoom, lang: Lang) -> None:
        """Show what is in `room`; `open` loads."""
        super().__init__(HeldState())
        self._room = room
        self._lang = lang
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)
        self._unsubscribe: Unsubscribe | None = None

    async def open(self) -> None:
        """Load, and keep up with store and engine from now on."""
        if self._unsubscribe is None:
            self._unsubscribe = self._room.engine.subscribe(self._line_changed)
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    async def refresh(self) -> None:
        """Ask engine and store again."""
        problem = await attempt(self._load(), self._lang)
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    async def let_go(self) -> bool:
        """Let everything that waits now go with the next sync, over any connection."""
        gone = self._room.db.write(departures.let_go, touched=frozenset({"files"}))
        problem = await attempt(gone, self._lang)
        self._show(replace(self.state, problem=problem))
        return problem is None

    async def _load(self) -> None:
        told = self._room.engine.state
        waits, size = await self._room.db.read(lambda c: _look(c, told))
        until = told.held_until.astimezone(METER_TIME) if told.held_until else None
        self._show(HeldState(told.files_held, size, until, waits))

    def _line_changed(self, line: EngineState) -> None:
        if line.files_held != self.state.files:
            self._room.tasks.spawn(self.refresh(), "what is held back")


def _look(c: Transaction, told: EngineState) -> tuple[bool, int]:
    """Whether a closed day waits, and the octets of what is held."""
    size = sum(
        file.size
        for file in attachments.waiting(c)
        if (file.visit, file.sha256) in told.files_held
    )
    return bool(closings.awaited(c)), size
