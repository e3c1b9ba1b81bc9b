"""A visit's files for the planner: which there are, whether all are in, and a look at one.

In come intents; out comes a State made of the office's lines. Rule: nothing of a customer is
kept: a picture is let go with the look, and the office writes every look down.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sync.client.evidence import VisitFileLine
from sync.errors import SyncError
from ui.messages import Lang, Message, explain
from ui.presenters.planning_office import Office
from ui.presenters.presenter import Presenter

T = TypeVar("T")


class Standing(StrEnum):
    """How a file stands: here, under way, or only recorded."""

    HERE = "here"
    COMING = "coming"
    AWAITED = "awaited"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file, as `sync.client.evidence.VisitFileLine` names its values."""

    sha256: str
    slot: str
    media_type: str
    size: int
    standing: Standing
    recorded_at: datetime | None = None
    complete_at: datetime | None = None
    look: str = ""


@dataclass(frozen=True, slots=True)
class VisitFilesState:
    """The list.

    Attributes:
        visit: whose files these are; empty: the list is closed. `number` is the visit's.
        files: None until the office has told.
        chosen: SHA-256 of the one that is looked at.
        picture: octets of that one's picture; None where there is none, or not yet.
    """

    visit: str = ""
    number: str = ""
    files: tuple[FileRow, ...] | None = None
    chosen: str = ""
    picture: bytes | None = None
    busy: bool = False
    problem: Message | None = None

    @property
    def here(self) -> int:
        """How many of them are here whole."""
        return sum(one.standing is Standing.HERE for one in self.files or ())

    @property
    def file(self) -> FileRow | None:
        """The one that is looked at."""
        return next((one for one in self.files or () if one.sha256 == self.chosen), None)


class VisitFiles(Presenter[VisitFilesState]):
    """One list at a time."""

    def __init__(self, line: Callable[[], Office | None], lang: Lang) -> None:
        """Use the line to the office that there is when something is asked."""
        super().__init__(VisitFilesState())
        self._line = line
        self._lang = lang

    async def open(self, visit: str, number: str) -> None:
        """Show a visit's files as they are now."""
        again = self.state if self.state.visit == visit else VisitFilesState(visit, number)
        self._show(again)
        found = await self._ask(visit, lambda office: office.files(visit))
        if found is not None:
            self._show(replace(self.state, files=tuple(map(_row, found))))

    async def look(self, sha256: str) -> None:
        """Look at one; where it has a picture, ask for that."""
        if sha256 == self.state.chosen and self.state.picture is not None:
            return
        self._show(replace(self.state, chosen=sha256, picture=None))
        visit, file = self.state.visit, self.state.file
        if file is None or not file.look:
            return
        found = await self._ask(visit, lambda office: office.picture(visit, file.look))
        if found is not None and self.state.chosen == sha256:
            self._show(replace(self.state, picture=found))

    def let_go(self) -> None:
        """Look at none."""
        self._show(replace(self.state, chosen="", picture=None))

    def close(self) -> None:
        """Close the list; nothing of it stays."""
        self._show(VisitFilesState())

    async def _ask(self, visit: str, call: Callable[[Office], Awaitable[T]]) -> T | None:
        """The office's answer; None where it said no, or where nobody waits for it any more."""
        office = self._line()
        if office is None:
            return None
        self._show(replace(self.state, busy=True, problem=None))
        answer, problem = None, None
        try:
            answer = await call(office)
        except SyncError as error:
            problem = explain(error, self._lang)
        if self.state.visit != visit:
            return None
        self._show(replace(self.state, busy=False, problem=problem))
        return answer


def _row(line: VisitFileLine) -> FileRow:
    standing = Standing.COMING if line.announced else Standing.AWAITED
    return FileRow(
        sha256=line.sha256,
        slot=line.slot,
        media_type=line.media_type,
        size=line.size,
        standing=Standing.HERE if line.complete_at is not None else standing,
        recorded_at=line.recorded_at,
        complete_at=line.complete_at,
        look=line.look,
    )
