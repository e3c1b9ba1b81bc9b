"""Noodexport: everything that the office may not have yet, in one encrypted file.

Out comes a frozen State: what would go along, how it is locked, how far it is, what came of it.
In come a path, perhaps a passphrase, and a person's word on a new recovery key. Rule: nothing
is called written before the file is whole on its medium, and the outbox stays as it is.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from fieldapp.clock import Clock
from fieldapp.domain.rescue import SUFFIX
from fieldapp.store import attachments, outbox, outstanding, recovery, salvage
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from fieldapp.work.rescue import SHORTEST, Rescued, Wish, export
from ui.messages import TREES, Lang, Message, explain
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"outbox", "files", "device"})
_SHARES = 200


@dataclass(frozen=True, slots=True)
class RescueState:
    """What the page shows.

    Attributes:
        operations: kept here; all go along.
        waiting: of them, what the office does not have yet.
        files: that would go along; `octets` of everything that would.
        everything: also files that the office has confirmed.
        readable: whether all of that could be counted; a damaged store may hold more or less.
        recovery: id of the recovery key that locks it; empty: a passphrase does.
        offered: id of another one, which a person has to compare first.
        done: how far it is, or what came of it; None before the first.
        file: the name of the file that is written, or was.
        finished: the file is whole on its medium.
        stopped: a person ended it.
    """

    operations: int = 0
    waiting: int = 0
    files: int = 0
    octets: int = 0
    everything: bool = False
    readable: bool = True
    recovery: str = ""
    offered: str = ""
    running: bool = False
    done: Rescued | None = None
    file: str = ""
    finished: bool = False
    stopped: bool = False
    problem: Message | None = None

    @property
    def needs_passphrase(self) -> bool:
        """Whether the office gave this laptop no recovery key."""
        return not self.recovery


@dataclass(frozen=True, slots=True)
class RescueRoom:
    """What the presenter works with."""

    db: Database
    clock: Clock
    tasks: Tasks


class RescuePresenter(Presenter[RescueState]):
    """Writes one rescue file at a time."""

    def __init__(self, room: RescueRoom, lang: Lang) -> None:
        """Empty; `open` loads."""
        super().__init__(RescueState())
        self._room = room
        self._lang = lang
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)
        self._work: asyncio.Task[Rescued] | None = None

    async def open(self) -> None:
        """Load, and keep up with the store."""
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Hear no more; a file that is being written goes on."""
        self._refresher.close()

    def name(self) -> str:
        """How a file is called: date and time, and nothing of a person."""
        now: datetime = self._room.clock.now().astimezone(METER_TIME)
        return f"fieldapp-{now:%Y%m%d-%H%M%S}{SUFFIX}"

    @staticmethod
    def fits(passphrase: str) -> bool:
        """Whether this is long enough."""
        return len(passphrase) >= SHORTEST

    async def refresh(self) -> None:
        """Ask the store again."""
        problem = await attempt(self._load(), self._lang)
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    async def include(self, *, everything: bool) -> None:
        """Take along also what the office has confirmed, or not."""
        self._show(replace(self.state, everything=everything))
        await self.refresh()

    async def trust(self) -> None:
        """A person has compared the offered key with the office: use it."""
        key_id = self.state.offered
        work = self._room.db.write(
            lambda c: recovery.trust(c, key_id), touched=frozenset({"device"})
        )
        problem = await attempt(work, self._lang)
        await self.refresh()
        if problem is not None:
            self._show(replace(self.state, problem=problem))

    async def export(self, path: str, passphrase: str = "") -> bool:
        """Write the file; the State says how it goes and how it ended."""
        if self._work is not None:
            return False
        target = Path(path)
        wish = Wish(target, self.state.everything, passphrase)
        self._begin(target.name)
        self._work = asyncio.ensure_future(
            export(self._room.db, self._room.clock, wish, self._tell)
        )
        try:
            done = await self._work
        except asyncio.CancelledError:
            self._show(replace(self.state, running=False, stopped=True, done=None))
            return False
        except TREES as error:
            problem = explain(error, self._lang)
            self._show(replace(self.state, running=False, done=None, problem=problem))
            return False
        finally:
            self._work = None
        self._show(replace(self.state, running=False, finished=True, done=done))
        return True

    def stop(self) -> None:
        """End it; nothing is left on the medium."""
        if self._work is not None:
            self._work.cancel()

    def _begin(self, name: str) -> None:
        self._show(
            replace(
                self.state,
                running=True,
                file=name,
                done=None,
                finished=False,
                stopped=False,
                problem=None,
            )
        )

    def _tell(self, done: Rescued) -> None:
        before = self.state.done
        step = max(1, done.total // _SHARES)
        if before is None or done.octets - before.octets >= step:
            self._show(replace(self.state, done=done))

    async def _load(self) -> None:
        db, everything = self._room.db, self.state.everything
        known = await salvage.attempt(db, recovery.known)
        counted = await salvage.attempt(db, lambda c: _count(c, everything=everything))
        self._show(
            replace(
                self.state,
                recovery=known.taken.id if known is not None and known.taken else "",
                offered=known.offered.id if known is not None and known.offered else "",
                readable=counted is not None,
            )
        )
        if counted is not None:
            operations, waiting, files, octets = counted
            self._show(
                replace(
                    self.state,
                    operations=operations,
                    waiting=waiting,
                    files=files,
                    octets=octets,
                )
            )


def _count(c: Transaction, *, everything: bool) -> tuple[int, int, int, int]:
    operations, made = outstanding.kept(c)
    files, content = attachments.kept(c, everything=everything)
    waits = outbox.counts(c)
    return operations, waits.waiting + waits.refused, files, made + content
