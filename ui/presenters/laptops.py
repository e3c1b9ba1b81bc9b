"""The office's side of synchronising: what of each laptop has not arrived yet.

In come the office's lines; out comes a State, asked for again every so often while somebody
looks. Rule: it tells what the office counted, with the moment at which it did; nothing of a
customer is in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from fieldapp.clock import Clock
from fieldapp.work.expected import METER_TIME
from sync.client.people import LaptopLine
from sync.errors import Offline, SyncError
from ui.messages import Lang, Message, explain
from ui.presenters.presenter import Presenter
from ui.tasks import Tasks

REFRESH_S = 30.0
"""How often the office is asked again while the page is open."""


class Office(Protocol):
    """A signed-in dispatcher's line to the office."""

    async def laptops(self) -> list[LaptopLine]:
        """The region's laptops."""
        ...

    async def close(self) -> None:
        """End the line."""
        ...


class Standing(StrEnum):
    """How a laptop stands, the most pressing first."""

    SILENT = "silent"
    MISSING = "missing"
    LOOKED_AT = "looked_at"
    COMING = "coming"
    UNKNOWN = "unknown"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class LaptopRow:
    """One laptop, as `sync.client.people.LaptopLine` names its counts."""

    laptop: str
    technician: str
    name: str
    device_name: str
    withdrawn: bool
    silent: bool
    last_contact: datetime | None
    visits_today: int
    done_today: int
    waiting: int | None
    files_waiting: int | None
    oldest_waiting: datetime | None
    held: int
    missing: int
    files_partial: int
    without_files: tuple[str, ...]
    days_differ: tuple[date, ...]
    set_aside: int
    conflicts: int

    @property
    def standing(self) -> Standing:
        """How it stands."""
        if self.silent:
            return Standing.SILENT
        if self.missing or self.without_files or self.days_differ:
            return Standing.MISSING
        if self.set_aside or self.conflicts:
            return Standing.LOOKED_AT
        coming = (self.waiting, self.files_waiting, self.held, self.files_partial)
        if any(coming):
            return Standing.COMING
        # nothing is known of one that never said what it holds
        return Standing.UNKNOWN if self.waiting is None else Standing.WHOLE


@dataclass(frozen=True, slots=True)
class LaptopsState:
    """The page.

    Attributes:
        signed_in: None until it is known.
        rows: those that are waited for first.
        told_at: when the office told it, by this machine's clock.
        only: show those with something to come only.
        selected: the laptop that is looked at, or empty.
        online: whether the last call reached the office; None before the first.
    """

    signed_in: bool | None = None
    rows: tuple[LaptopRow, ...] = ()
    told_at: datetime | None = None
    only: bool = False
    selected: str = ""
    busy: bool = False
    online: bool | None = None
    problem: Message | None = None

    @property
    def shown(self) -> tuple[LaptopRow, ...]:
        """The rows as filtered."""
        return tuple(row for row in self.rows if not self.only or self._expected(row))

    @property
    def row(self) -> LaptopRow | None:
        """The one that is looked at."""
        return next((row for row in self.rows if row.laptop == self.selected), None)

    @property
    def waited_for(self) -> int:
        """Of how many something is to come or to be looked at."""
        return sum(self._expected(row) for row in self.rows)

    @property
    def silent(self) -> int:
        """How many are silent."""
        return sum(row.silent for row in self.rows)

    @staticmethod
    def _expected(row: LaptopRow) -> bool:
        return row.standing not in {Standing.WHOLE, Standing.UNKNOWN}


@dataclass(frozen=True, slots=True)
class LaptopsRoom:
    """What the page is made of.

    Attributes:
        sign_in: a line to the office as whoever is signed in here; None where nobody is.
    """

    sign_in: Callable[[], Awaitable[Office | None]]
    clock: Clock
    tasks: Tasks
    lang: Lang


class LaptopsPresenter(Presenter[LaptopsState]):
    """One dispatcher's look at the laptops."""

    def __init__(self, room: LaptopsRoom) -> None:
        """Nothing is asked before `open`."""
        super().__init__(LaptopsState())
        self._room = room
        self._office: Office | None = None
        self._keeping_up: asyncio.Task[Any] | None = None

    def now(self) -> datetime:
        """The device's time, local at the meters, for what is told as an age."""
        return self._room.clock.now().astimezone(METER_TIME)

    async def open(self) -> None:
        """Ask, and keep up from now on."""
        await self.refresh()
        if self._keeping_up is None and self._office is not None:
            self._keeping_up = self._room.tasks.spawn(self._again_and_again(), "laptops")

    async def rest(self) -> None:
        """Nobody looks: ask no more, and end the line."""
        if self._keeping_up is not None:
            self._keeping_up.cancel()
            self._keeping_up = None
        office, self._office = self._office, None
        if office is not None:
            await office.close()

    async def refresh(self) -> bool:
        """Ask the office now."""
        self._show(replace(self.state, busy=True))
        try:
            if self._office is None:
                self._office = await self._room.sign_in()
            if self._office is None:
                self._show(LaptopsState(signed_in=False, only=self.state.only))
                return False
            rows = tuple(_row(line) for line in await self._office.laptops())
        except SyncError as error:
            online = not isinstance(error, Offline)
            problem = explain(error, self._room.lang)
            failed = replace(self.state, busy=False, online=online, problem=problem)
            self._show(replace(failed, signed_in=True))
            return False
        told = replace(self.state, busy=False, online=True, problem=None, signed_in=True)
        self._show(replace(told, rows=rows, told_at=self._room.clock.now()))
        return True

    def show_only(self, *, only: bool) -> None:
        """Show those of which something is to come, or all."""
        self._show(replace(self.state, only=only))

    def select(self, laptop: str) -> None:
        """Look at one; an empty one at none."""
        self._show(replace(self.state, selected=laptop))

    async def _again_and_again(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            await self.refresh()


def _row(line: LaptopLine) -> LaptopRow:
    return LaptopRow(
        laptop=line.laptop,
        technician=line.technician,
        name=line.name,
        device_name=line.device_name,
        withdrawn=line.withdrawn,
        silent=line.silent,
        last_contact=line.last_contact,
        visits_today=line.visits_today,
        done_today=line.visits_today - line.open_today,
        waiting=line.waiting,
        files_waiting=line.files_waiting,
        oldest_waiting=line.oldest_waiting,
        held=line.held,
        missing=line.missing,
        files_partial=line.files_partial,
        without_files=line.without_files,
        days_differ=line.days_differ,
        set_aside=line.set_aside,
        conflicts=line.conflicts,
    )
