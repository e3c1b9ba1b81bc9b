"""The frame round every page: who this is, the line, the ports, what needs a person, search.

Out comes a State from the store, the engine, the ports and the settings; in come what pages
have to say and what the technician sets. Rule: the status tells what store, office and ports
said, never what is hoped for; matters that need a person stay until they are over or dismissed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec

from fieldapp.clock import Clock
from fieldapp.settings import Settings
from fieldapp.store import device, orders, outbox, planner
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from fieldapp.work.expected import METER_TIME
from sync.client.engine import Engine
from sync.client.report import EngineState
from ui.messages import TREES, Lang, Loudness, Message, explain
from ui.ports import Ports, Use
from ui.presenters.frame_search import Hit, find
from ui.presenters.presenter import Presenter, Refresher, attempt
from ui.tasks import Tasks

_TOPICS = frozenset({"visits", "outbox", "files", "device"})
PORT_ROLES = ("p1", "optical")


class Role(StrEnum):
    """What this laptop is used for; it can be several."""

    TECHNICIAN = "technician"
    DISPATCHER = "dispatcher"
    WORKSHOP = "workshop"


@dataclass(frozen=True, slots=True)
class PortRow:
    """One of the two ports that the technician chose; `source` is empty when not chosen."""

    role: str
    source: str
    use: Use


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that needs a person.

    Attributes:
        code: `refused`, `withdrawn`, `line`, `clock`, `said` or `crash`.
        tone: `attention` or `blocking`.
        page: the code of the page where something can be done, or empty.
        about: what that page is to be about.
        count: how many.
        subject: a visit's number, or where a fault was met.
        message: the words, where it came as an error.
    """

    code: str
    tone: str
    page: str = ""
    about: str = ""
    count: int = 0
    subject: str = ""
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class FrameState:
    """What stands round every page.

    Attributes:
        online: None before the first try.
        last_contact: the office's time at the last contact.
        matters: the most pressing first; dismissed ones are not among them.
        cables: in a practice street, the visit whose meter the cables are in.
    """

    roles: frozenset[Role] = frozenset()
    technician: str = ""
    office: str = ""
    practice: bool = False
    online: bool | None = None
    offline_since: datetime | None = None
    running: bool = False
    waiting: int = 0
    refused: int = 0
    files_waiting: int = 0
    last_contact: datetime | None = None
    ports: tuple[PortRow, ...] = ()
    matters: tuple[Matter, ...] = ()
    cables: str = ""


class Book(Protocol):
    """Where the settings lie."""

    @property
    def settings(self) -> Settings:
        """As they are now."""
        ...

    async def keep(self, settings: Settings) -> None:
        """Keep these from now on; raises `OSError`."""
        ...


@dataclass(frozen=True, slots=True)
class FrameRoom:
    """What the frame's presenter works with."""

    db: Database
    engine: Engine
    clock: Clock
    ports: Ports
    tasks: Tasks
    book: Book


class FramePresenter(Presenter[FrameState]):
    """Shows the frame of a window."""

    def __init__(self, room: FrameRoom, lang: Lang) -> None:
        """Show what is in `room`; `open` loads."""
        super().__init__(FrameState())
        self._room = room
        self._lang = lang
        self._notices: list[Matter] = []
        self._standing: tuple[Matter, ...] = ()
        self._dismissed: set[Matter] = set()
        self._refresher = Refresher(self.refresh, _TOPICS, room.tasks)
        self._ends: list[Callable[[], None]] = []

    @property
    def settings(self) -> Settings:
        """What the technician has set."""
        return self._room.book.settings

    def now(self) -> datetime:
        """The device's time, local at the meters."""
        return self._room.clock.now().astimezone(METER_TIME)

    async def open(self) -> None:
        """Load, and keep up from now on."""
        if not self._ends:
            self._ends.append(self._room.engine.subscribe(self._line_changed))
            self._ends.append(self._room.ports.subscribe(self._ports_changed))
        self._line_changed(self._room.engine.state)
        self._ports_changed()
        await self._refresher.open(self._room.db)

    def close(self) -> None:
        """Stop keeping up."""
        self._refresher.close()
        while self._ends:
            self._ends.pop()()

    async def refresh(self) -> None:
        """Ask the store again."""
        problem = await attempt(self._load(), self._lang)
        if problem is not None:
            self.say(problem)

    def say(self, message: Message) -> None:
        """Put an error into the banner; a quiet one is the status bar's."""
        if message.loudness is Loudness.QUIET:
            return
        tone = "blocking" if message.loudness is Loudness.ALARM else "attention"
        self._notice(Matter("said", tone, message=message))

    def crashed(self, failure: BaseException, place: str) -> None:
        """A fault of this program: its kind and place, never its data."""
        self._notice(Matter("crash", "blocking", subject=f"{type(failure).__name__}, {place}"))

    def dismiss(self, matter: Matter) -> None:
        """A person has seen it; it comes back only when it changes."""
        if matter in self._notices:
            self._notices.remove(matter)
        else:
            self._dismissed.add(matter)
        self._show_matters()

    def plugged(self, cables: str) -> None:
        """In a practice street: the visit whose meter the cables are in now."""
        self._show(replace(self.state, cables=cables))

    async def set(self, **fields: object) -> bool:
        """Keep settings by the names of `Settings`; False where the disk refused."""
        changed = msgspec.structs.replace(self.settings, **fields)
        if changed == self.settings:
            return True
        try:
            await self._room.book.keep(changed)
        except OSError as failure:
            self.crashed(failure, "settings")
            return False
        return True

    async def set_port(self, role: str, source: str) -> bool:
        """Use `source` as the port of a role from now on."""
        return await self.set(ports={**self.settings.ports, role: source.strip()})

    async def find(self, text: str) -> tuple[Hit, ...]:
        """Visits and meters on this laptop that fit what was typed, the best first."""
        hits: list[Hit] = []

        async def look() -> None:
            hits.extend(await self._room.db.read(lambda c: find(c, text)))

        problem = await attempt(look(), self._lang)
        if problem is not None:
            self.say(problem)
        return tuple(hits)

    async def _load(self) -> None:
        loaded, self._standing = await self._room.db.read(load_frame)
        roles = set(loaded.roles)
        if self.settings.role == Role.WORKSHOP:
            roles.add(Role.WORKSHOP)
        self._show(
            replace(
                self.state,
                roles=frozenset(roles),
                technician=loaded.technician,
                office=loaded.office,
                practice=loaded.practice,
                waiting=loaded.waiting,
                refused=loaded.refused,
                files_waiting=loaded.files_waiting,
                last_contact=loaded.last_contact or self.state.last_contact,
            )
        )
        self._show_matters()

    def _line_changed(self, line: EngineState) -> None:
        tried = line.online or line.offline_since is not None
        self._show(
            replace(
                self.state,
                online=line.online if tried else None,
                offline_since=line.offline_since,
                running=line.running,
                last_contact=line.last_contact or self.state.last_contact,
            )
        )
        self._show_matters()

    def _ports_changed(self) -> None:
        chosen = self.settings.ports
        rows = tuple(
            PortRow(role, chosen.get(role, ""), self._room.ports.use(chosen.get(role, "")))
            for role in PORT_ROLES
        )
        self._show(replace(self.state, ports=rows))

    def _notice(self, matter: Matter) -> None:
        if matter not in self._notices:
            self._notices.append(matter)
        self._show_matters()

    def _show_matters(self) -> None:
        standing = (*self._of_the_line(), *self._standing)
        self._dismissed &= set(standing)
        open_ones = [m for m in standing if m not in self._dismissed]
        self._show(replace(self.state, matters=_pressing((*self._notices, *open_ones))))

    def _of_the_line(self) -> Iterable[Matter]:
        detail = self._room.engine.state.detail
        if isinstance(detail, TREES):
            message = explain(detail, self._lang)
            if message.loudness is Loudness.ALARM and self.state.technician:
                yield Matter("line", "blocking", "sync", message=message)
        clock = self._room.engine.state.clock
        if clock is not None:
            yield Matter("clock", "attention", "sync", message=explain(clock, self._lang))


def load_frame(c: Transaction) -> tuple[FrameState, tuple[Matter, ...]]:
    """What the store knows of it, and the matters that stand in it."""
    owner, desk = device.device(c), planner.planner(c)
    counts, contact = outbox.counts(c), device.last_contact(c)
    roles = {Role.TECHNICIAN: owner, Role.DISPATCHER: desk}
    state = FrameState(
        roles=frozenset(role for role, who in roles.items() if who is not None),
        technician=owner.technician_name if owner else "",
        office=owner.server_url if owner else desk.server_url if desk else "",
        practice=owner is not None and owner.practice,
        waiting=counts.waiting,
        refused=counts.refused,
        files_waiting=counts.files_waiting,
        last_contact=contact.server_time if contact else None,
    )
    return state, tuple(_standing(c, counts.refused))


def _standing(c: Transaction, refused: int) -> Iterable[Matter]:
    if refused:
        yield Matter("refused", "blocking", "sync", count=refused)
    for stored in orders.held(c):
        if stored.withdrawn and not stored.progress.state.final:
            visit = stored.visit
            yield Matter("withdrawn", "attention", "visit", visit.id, subject=visit.number)


def _pressing(matters: tuple[Matter, ...]) -> tuple[Matter, ...]:
    """What blocks goes before what asks attention; otherwise the order stays."""
    return tuple(sorted(matters, key=lambda m: m.tone != "blocking"))
