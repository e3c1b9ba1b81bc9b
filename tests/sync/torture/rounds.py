"""Rounds with real processes: `fieldapp sync` and `fieldapp server`, killed and cut and full.

In come seeds; out come totals. Each seed is a leg of rounds in a world of its own. In a round
technicians work, the line is hurt while they sync, one side may be killed (SIGKILL) or find its
disk full; at the end everything is let heal and looked at as after a schedule. Rule: only
events decide when something is killed: a line told, a byte passed.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Self

import msgspec

from fieldapp.store import attachments, device, outbox
from fieldapp.store.database import Database
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from sync.client.enrol import enrol
from sync.client.http import Http
from sync.server.office import Office
from tests.journeys.disk import SmallDisk
from tests.sync.server.cluster import Cluster
from tests.sync.server.doubles import Backyard
from tests.sync.torture import books, effects
from tests.sync.torture.books import Finding, Trouble
from tests.sync.torture.desk import TECHNICIANS, Desk
from tests.sync.torture.furnishing import SEALS, furnish
from tests.sync.torture.ground import Copied, Ground
from tests.sync.torture.machine import Book
from tests.sync.torture.nursery import Job, Nursery
from tests.sync.torture.proxy import Harm, Proxy, Way
from tests.sync.torture.search import POSTGRESQL, SQLITE
from tests.sync.torture.upstream import Upstream
from ui.wiring import open_laptop

_Told = tuple[list[str], list[tuple[str, str]]]
"""Operations and files, as a working child tells them."""

LEG = 25
"""Rounds of a seed, after which everything is looked at."""

_HEALING = 8
_LEFT = (0, 4_096, 30_000, 120_000, 500_000)
"""Octets of room on a disk that is full."""


@dataclass
class Counts:
    """What was done."""

    rounds: int = 0
    operations: int = 0
    laptops_killed: int = 0
    offices_killed: int = 0
    lines_hurt: int = 0
    disks_full: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Count another one's with this one's."""
        self.rounds += other.rounds
        self.operations += other.operations
        self.laptops_killed += other.laptops_killed
        self.offices_killed += other.offices_killed
        self.lines_hurt += other.lines_hurt
        self.disks_full += other.disks_full
        self.findings += other.findings

    def line(self) -> str:
        """In one line."""
        return (
            f"{self.rounds} rounds, {self.operations} operations, "
            f"{self.lines_hurt} lines hurt, "
            f"{self.laptops_killed} laptops and {self.offices_killed} offices killed, "
            f"{self.disks_full} disks full: {len(self.findings)} findings"
        )


@dataclass
class Witness:
    """A laptop of a leg: where it lies and what it showed as saved."""

    folder: Path
    laptop: str
    book: Book = field(default_factory=Book)
    db: Database = field(init=False)


class Rounds:
    """All that runs for as long as rounds are played."""

    def __init__(self, folder: Path, cluster: Cluster | None = None) -> None:
        """On PostgreSQL where there is a cluster; prepared once, played on again and again."""
        self.counts = Counts()
        self._folder = folder
        self._database = SQLITE if cluster is None else POSTGRESQL
        self._seed = 0
        self._chance = Random()
        self._ground = Ground(folder, cluster)
        self._nursery = Nursery()
        self._proxy = Proxy()
        self._upstream = Upstream(self._nursery, self._proxy, partial(self._out, pipe=False))
        self._laptops: list[str] = []
        self._outs = 0
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything."""
        self._upstream.stop(killed=True)
        self._proxy.close()
        self._nursery.close()

    def play(self, seed: int, rounds: int = LEG) -> None:
        """A leg: so many rounds in a world of its own, then a look at everything."""
        self._seed, self._chance = seed, Random(seed)
        with self._ground.copied(f"leg-{seed}") as copied:
            self._leg(copied, rounds)

    def _prepare(self) -> None:
        """An office and two laptops to copy."""
        settings = self._ground.office
        office = Office.open(settings)
        self._rows = furnish(office, self._folder)
        yard = Backyard(office)
        codes = [yard.code(technician) for technician in TECHNICIANS[:2]]
        office.close()
        self._upstream.start(settings)
        for number, code in enumerate(codes):
            asyncio.run(self._enrol(self._ground.laptops / f"laptop-{number}", code))
        self._upstream.stop()

    async def _enrol(self, folder: Path, code: str) -> None:
        http = Http(self._proxy.url)
        owner = enrol(http, code, device_name=folder.name)
        http.close()
        self._laptops.append(owner.laptop)
        laptop = await open_laptop(folder, PracticeSource())
        await laptop.db.write(lambda c: device.store_device(c, owner), touched=frozenset())
        report = await laptop.engine.sync_once()
        assert report.error is None, report
        await laptop.close()

    def _leg(self, copied: Copied, rounds: int) -> None:
        witnesses = [
            Witness(copied.laptops / f"laptop-{number}", laptop)
            for number, laptop in enumerate(self._laptops)
        ]
        office = Office.open(copied.office)
        desk = Desk(self._rows)
        try:
            self._upstream.start(copied.office)
            for _ in range(rounds):
                self.counts.rounds += 1
                self._work(self._chance.choice(witnesses))
                if self._chance.random() < 0.3:
                    desk.do(office, *(self._chance.randrange(10_000) for _ in range(3)))
                self._hurt_sync(copied.disks, witnesses)
            self._heal(witnesses)
            self._upstream.stop()
            asyncio.run(self._examine(office, witnesses))
        finally:
            self._upstream.stop(killed=True)
            office.close()

    def _work(self, witness: Witness) -> None:
        """Things are done on site; the process may be killed after some of them."""
        deeds = self._chance.randint(1, 4)
        last = self._chance.randint(1, deeds) if self._chance.random() < 0.3 else 0
        seed = self._chance.randrange(2**32)
        job = Job(folder=str(witness.folder), seed=seed, deeds=deeds, out=self._out())
        child = self._nursery.start(job)
        with Path(job.out).open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                made, files = msgspec.json.decode(line, type=_Told)
                witness.book.operations |= dict.fromkeys(made, b"")
                witness.book.files |= dict.fromkeys(files, b"")
                self.counts.operations += len(made)
                if number == last:
                    self._nursery.kill(child)
                    self.counts.laptops_killed += 1
        self._nursery.wait(child)

    def _hurt_sync(self, disks: list[SmallDisk], witnesses: list[Witness]) -> None:
        """A sync of one or both laptops on a bad line, on a full disk, with a sudden end."""
        chance = self._chance
        full = chance.choice(disks) if disks and chance.random() < 0.12 else None
        if full is not None:
            full.fill(leaving=chance.choice(_LEFT))
            self.counts.disks_full += 1
        victim = chance.choice(("", "", "laptop", "office"))
        servers = chance.choice(((0,), (1,), (0, 1)))
        self._proxy.harm(_drawn(chance))
        syncing = [chance.choice(witnesses)] if chance.random() < 0.7 else witnesses
        self._watch([self._open_sync(witness) for witness in syncing], victim, servers)
        if full is not None:
            full.empty()
        if victim == "office":
            self._kill_office(servers)  # also where no line was hurt
            self._upstream.revive()
            self.counts.offices_killed += 1

    def _open_sync(self, witness: Witness) -> tuple[int, int]:
        """Start a sync; the child and the pipe of its lines."""
        words = ("--data", str(witness.folder), "sync", "--json", "--patience", "0")
        job = Job(words=(*words, "--server", self._proxy.url), out=self._out())
        child = self._nursery.start(job)
        return child, os.open(job.out, os.O_RDONLY)

    def _watch(
        self, children: list[tuple[int, int]], victim: str, servers: tuple[int, ...]
    ) -> None:
        """Until all have ended; when the line is hurt, the victim is killed."""
        open_pipes = {pipe: child for child, pipe in children}
        hurt = False
        while open_pipes:
            ready, _, _ = select.select(list(open_pipes), [], [], 0.01)
            for pipe in ready:
                if not os.read(pipe, 65_536):
                    os.close(pipe)
                    self._nursery.wait(open_pipes.pop(pipe))
            if self._proxy.struck.is_set() and not hurt:
                hurt = True
                self.counts.lines_hurt += 1
                if victim == "office":
                    self._kill_office(servers)
                elif victim == "laptop":
                    self._kill_laptops(list(open_pipes.values()))
                self._proxy.harm(Harm())  # whoever is left is not held for ever

    def _kill_laptops(self, children: list[int]) -> None:
        for child in children:
            self._nursery.kill(child)
            self.counts.laptops_killed += 1

    def _kill_office(self, servers: tuple[int, ...]) -> None:
        for which in servers:
            self._upstream.kill(which)

    def _heal(self, witnesses: list[Witness]) -> None:
        """Good weather: everybody syncs until nothing waits."""
        self._proxy.harm(Harm())
        for witness in witnesses:
            said: list[str] = []
            for _ in range(_HEALING):
                child, pipe = self._open_sync(witness)
                with os.fdopen(pipe) as lines:
                    said = lines.read().splitlines()
                summary = json.loads(said[-1]) if said and said[-1].startswith("{") else {}
                if not self._nursery.wait(child) and _is_done(summary):
                    break
            else:
                self._find(Finding(Trouble.STUCK, f"{witness.folder.name}: {said[-3:]}"))

    async def _examine(self, office: Office, witnesses: list[Witness]) -> None:
        """Look at everything as after a schedule."""
        for witness in witnesses:
            laptop = await open_laptop(witness.folder, PracticeSource())
            witness.db = laptop.db
            await laptop.db.read(partial(_complete, book=witness.book))
            for finding in await books.of_a_laptop(office, witness):
                self._find(finding)
            await laptop.close()
        for finding in (*books.of_the_office(office), *effects.once(office, SEALS)):
            self._find(finding)

    def _find(self, finding: Finding) -> None:
        where = f"{self._database}, rounds of seed {self._seed}"
        self.counts.findings.append(f"{where}: {finding}")

    def _out(self, *, pipe: bool = True) -> str:
        """Where a child's lines go."""
        self._outs += 1
        path = self._folder / f"out-{self._outs}"
        if pipe and sys.platform != "win32":
            os.mkfifo(path)
        return str(path)


def _drawn(chance: Random) -> Harm:
    """Some harm, after a number of bytes of any size."""
    way = chance.choice((*Way, Way.CUT, Way.RESET, Way.HOLD))
    after = int(2 ** chance.uniform(0, 19))
    return Harm(way, up=chance.random() < 0.5, after=after)


def _is_done(summary: dict[str, object]) -> bool:
    return summary.get("waiting") == 0 and summary.get("files_waiting") == 0


def _complete(c: Transaction, book: Book) -> None:
    """Payloads and contents, as the laptop has them: they were not told while it worked."""
    items = {item.id: item for item in outbox.items(c)}
    for made in book.operations:
        if made in items:
            book.operations[made] = items[made].operation.payload
    for visit, sha256 in book.files:
        book.files[visit, sha256] = attachments.open_plain(c, visit, sha256)
