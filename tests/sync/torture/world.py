"""The stage on which schedules are played: one office, four laptops, and the line between.

In come schedules; out comes what each of them made and what it broke. The office and the
laptops are prepared once; each schedule begins with copies of them. Rule: one thing happens at
a time, so that the same schedule ends the same way.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest.mock import patch

from fieldapp.store import device
from fieldapp.store.database import Database
from sync.client.engine import Engine
from sync.client.enrol import enrol
from sync.client.http import Http
from sync.client.report import SyncReport
from sync.server import restoring
from sync.server.settings import ServerSettings
from sync.wire import Outcome
from tests.sync.server.doubles import Backyard
from tests.sync.torture import books, desk, effects
from tests.sync.torture.books import Finding, Trouble
from tests.sync.torture.bureau import Backup, Bureau, Killed, days
from tests.sync.torture.faults import Fault
from tests.sync.torture.furnishing import SEALS, furnish
from tests.sync.torture.line import URL, Exchange, instead_of_sockets
from tests.sync.torture.machine import KEY, Machine
from tests.sync.torture.schedule import LAPTOPS, Do, Schedule, Step

_HEALING = 6
"""So many syncs at most until all is well once the line is good."""

_SMALL = {
    "sync.client.exchange.MAX_OPERATIONS": 3,
    "sync.client.sizes.MAX_OPERATIONS": 3,
    "sync.client.sizes.PAGE": 3,
    "sync.server.changes.PAGE": 3,
    "sync.client.files.PIECE": 128 * 1024,
}
"""So small are requests, pages and pieces here, that a few operations make many of them."""

_OF_LAPTOP = frozenset(
    {
        *(Do.WORK, Do.SYNC, Do.REOPEN, Do.OLDER, Do.SAVE, Do.RESTORE),
        *(Do.RESEND, Do.CLOCK, Do.WITHDRAW),
    }
)


@dataclass(frozen=True)
class Played:
    """What became of a schedule."""

    operations: int
    requests: int
    kills: int
    findings: tuple[Finding, ...]


class Stage:
    """Prepared once, played on again and again."""

    def __init__(self, folder: Path, settings: ServerSettings) -> None:
        self.folder = folder
        self.exchange = Exchange()
        self.bureau = Bureau(settings, self.exchange)
        self.rows: dict[str, dict[str, object]] = {}
        self.laptops: list[str] = []
        self.start: Backup

    async def prepare(self) -> None:
        """An office with three technicians and their routes, and four enrolled laptops."""
        self.bureau.open()
        self.rows = furnish(self.bureau.office, self.folder)
        yard = Backyard(self.bureau.office)
        for number in range(LAPTOPS):
            await self._prepare(yard, number)
        self.start = Backup.of(self.bureau)

    async def _prepare(self, yard: Backyard, number: int) -> None:
        """The last laptop is enrolled and has not synced yet."""
        technician = desk.TECHNICIANS[number % len(desk.TECHNICIANS)]
        http = Http(URL)
        owner = enrol(http, yard.code(technician), device_name=f"laptop {number}")
        http.close()
        self.laptops.append(owner.laptop)
        db = await Database.open(self._template(number) / "store.db", KEY)
        await db.write(lambda c: device.store_device(c, owner), touched=frozenset())
        if number < LAPTOPS - 1:
            engine = Engine(db, Http, self.bureau.clock)
            report = await engine.sync_once()
            assert report.error is None, report
            await engine.close()
        await db.close()

    def _template(self, number: int) -> Path:
        return self.folder / f"template-{number}"

    def machine(self, number: int, seed: int) -> Machine:
        """A copy of a laptop."""
        here = self.folder / f"laptop-{number}"
        chance = Random(seed * LAPTOPS + number)
        made = Machine(self._template(number), here, chance)
        made.laptop = self.laptops[number]
        return made

    def clear(self) -> None:
        """Throw the copies away."""
        for number in range(LAPTOPS):
            for name in (f"laptop-{number}", f"laptop-{number}-backup"):
                shutil.rmtree(self.folder / name, ignore_errors=True)

    async def play(self, schedule: Schedule) -> Played:
        """Play it from the start, let everything heal, and look at what there is."""
        self.bureau.clock.restart(Random(schedule.seed))
        self.start.restore(self.bureau)
        self.exchange.forget()
        self.clear()
        player = Player(self, schedule)
        try:
            return await player.play()
        finally:
            for machine in player.machines.values():
                await machine.close()

    def close(self) -> None:
        """End it."""
        self.bureau.close()
        self.exchange.close()


@asynccontextmanager
async def staged(folder: Path, settings: ServerSettings) -> AsyncIterator[Stage]:
    """A stage, ready to be played on."""
    stage = Stage(folder, settings)
    with ExitStack() as patches:
        patches.enter_context(instead_of_sockets(stage.exchange))
        for name, size in _SMALL.items():
            patches.enter_context(patch(name, size))
        try:
            await stage.prepare()
            yield stage
        finally:
            stage.close()


class Player:
    """Plays one schedule."""

    def __init__(self, stage: Stage, schedule: Schedule) -> None:
        self._bureau = stage.bureau
        self._exchange = stage.exchange
        self._steps = schedule.steps
        self._desk = desk.Desk(stage.rows)
        self._backup = stage.start
        self._findings: list[Finding] = []
        self._kills = 0
        does = {step.do for step in schedule.steps}
        self._set_back = bool(does & {Do.RESTORE, Do.OFFICE_RESTORE, Do.WITHDRAW})
        used = {step.who % LAPTOPS for step in schedule.steps if step.do in _OF_LAPTOP}
        self.machines = {n: stage.machine(n, schedule.seed) for n in sorted(used or {0})}

    async def play(self) -> Played:
        """All steps, then peace."""
        for machine in self.machines.values():
            await machine.open()
        for step in self._steps:
            await self._step(step)
            await self._start_what_died()
        await self._heal()
        await self._look()
        made = sum(len(m.book.operations.keys() | m.book.lost) for m in self.machines.values())
        return Played(made, self._exchange.requests, self._kills, tuple(self._findings))

    async def _step(self, step: Step) -> None:
        self._set_fates(step)
        if step.do in _OF_LAPTOP:
            machine = self.machines[step.who % LAPTOPS]
            with suppress(Killed):
                await self._at_laptop(machine, step)
            return
        with suppress(Killed):
            self._at_office(step)

    def _set_fates(self, step: Step) -> None:
        if step.death is None:
            return
        fate = self._bureau.fate
        if step.death.laptop:
            fate = self.machines[step.who % LAPTOPS].fate
        fate.set(step.death.commit, after=step.death.after)

    async def _start_what_died(self) -> None:
        """Start again whoever was killed; nobody else dies by what was set before."""
        self._kills += self._bureau.reopen_if_dead()
        for machine in self.machines.values():
            if machine.fate.dead:
                self._kills += 1
                await machine.reopen()
            machine.fate.forget()

    async def _at_laptop(self, machine: Machine, step: Step) -> None:
        match step.do:
            case Do.SYNC:
                await self._sync(machine, step.faults)
            case Do.CLOCK:
                machine.clock.jumped += days(step.what)
            case Do.WITHDRAW:
                desk.withdraw(self._bureau.office, machine.laptop)
            case _:
                await _with_laptop(machine, step)

    def _at_office(self, step: Step) -> None:
        match step.do:
            case Do.PLAN:
                self._desk.do(self._bureau.office, step.who, step.what, step.where)
            case Do.INBOX:
                desk.work_through_inbox(self._bureau.office, step.what)
            case Do.ARRIVE:
                self._exchange.arrive(step.what)
            case Do.OFFICE_SAVE:
                self._backup = Backup.of(self._bureau)
            case Do.OFFICE_RESTORE:
                self._backup.restore(self._bureau)
                restoring.note_restored(self._bureau.office)
            case Do.OFFICE_CLOCK:
                self._bureau.clock.jumped += days(step.what)

    async def _sync(
        self, machine: Machine, faults: tuple[Fault, ...] = ()
    ) -> SyncReport | None:
        self._exchange.weather(faults)
        report = await machine.sync()
        self._exchange.weather(())
        await self._start_what_died()
        if report is not None:
            received = [v.id for v in report.verdicts if Outcome(v.outcome).received]
            self._findings += books.told_truly(self._bureau.office, machine, received)
        if not self._set_back:
            self._findings += await books.cursor_holds(self._bureau.office, machine)
        return report

    async def _heal(self) -> None:
        """The line is good, what was kept back arrives, and everybody syncs."""
        while self._exchange.late:
            self._exchange.arrive(0)
        reports: dict[int, SyncReport | None] = {}
        for turn in range(_HEALING):
            if turn == 1:
                await self._bring_up_to_date()
            for number, machine in self.machines.items():
                reports[number] = await self._sync(machine)
            older = any(machine.older for machine in self.machines.values())
            if not older and all(_is_calm(report) for report in reports.values()):
                return
        for number, report in reports.items():
            if not _is_calm(report):
                self._find(Trouble.STUCK, f"laptop {number} after {_HEALING} syncs: {report}")

    async def _bring_up_to_date(self) -> None:
        """An older program heals too, but for what only today's notices: a restored office."""
        for machine in self.machines.values():
            if machine.older:
                machine.older = False
                await machine.reopen()

    async def _look(self) -> None:
        office = self._bureau.office
        for number, machine in self.machines.items():
            found = await books.of_a_laptop(office, machine)
            if not self._set_back:
                found += await books.receipt(machine)
            for finding in found:
                self._find(finding.trouble, f"laptop {number}: {finding.what}")
        self._findings += books.of_the_office(office)
        self._findings += (*effects.once(office, SEALS), *effects.disputes(office))
        for answer in self._exchange.broken:
            self._find(Trouble.STUCK, f"the office answered {answer!r}")

    def _find(self, trouble: Trouble, what: str) -> None:
        self._findings.append(Finding(trouble, what))


async def _with_laptop(machine: Machine, step: Step) -> None:
    match step.do:
        case Do.WORK:
            await machine.work(step.what, step.where)
        case Do.REOPEN | Do.OLDER:
            machine.older ^= step.do is Do.OLDER
            await machine.reopen()
        case Do.RESEND:
            await machine.resend()
        case Do.SAVE:
            await machine.save()
        case Do.RESTORE:
            await machine.restore()


def _is_calm(report: SyncReport | None) -> bool:
    if report is None or report.error is not None:
        return False
    return not (report.waiting or report.files_waiting)
