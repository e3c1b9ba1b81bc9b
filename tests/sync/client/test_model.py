from __future__ import annotations

import random
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.store import attachments, chain, orders, secrets
from fieldapp.store.database import Database
from fieldapp.store.transaction import Transaction
from sync.client.answers import Answer
from sync.client.calls import Call
from sync.client.engine import Engine
from sync.client.http import Http
from sync.errors import BadWire, OfficeFault, Offline, TryLater
from sync.server import tables

if TYPE_CHECKING:
    from tests.sync.conftest import Enrolled, Laptop, RealOffice

KEY = bytes(range(32))
STEPS = 40


class Weather(Http):
    """A line to the real office with bad weather: requests and answers get lost by chance."""

    chance: random.Random
    risk = 0.0

    def post(self, path: str, message: bytes, *, token: str = "") -> Answer:
        self._strike()
        answer = super().post(path, message, token=token)
        self._strike()
        return answer

    def send(self, call: Call) -> Answer:
        self._strike()
        answer = super().send(call)
        self._strike()
        return answer

    def _strike(self) -> None:
        if self.chance.random() < self.risk:
            raise self.chance.choice(
                [Offline("lost"), BadWire("page"), TryLater(0.0), OfficeFault("500")]
            )


class Player:
    """A technician, an office and bad luck, in any order; remembers what must not get lost."""

    def __init__(self, laptop: Laptop, office: RealOffice, seed: int, folder: Path) -> None:
        self.laptop = laptop
        self.office = office
        self.chance = random.Random(seed)
        self.folder = folder
        self.made: set[str] = set()
        self.photos = 0
        self.moves: list[Callable[[], Awaitable[None]]] = [
            self.work,
            self.work,
            self.work,
            self.photo,
            self.stormy_sync,
            self.stormy_sync,
            self.stormy_sync,
            self.publish,
            self.restart,
            self.office_forgets,
        ]
        self.engine = self.connect(0.25)

    def connect(self, risk: float) -> Engine:
        chance = self.chance

        def line(url: str) -> Http:
            made = Weather(url)
            made.chance, made.risk = chance, risk
            return made

        return Engine(self.laptop.db, line, self.laptop.clock)

    async def play(self) -> None:
        for _ in range(STEPS):
            await self.chance.choice(self.moves)()
        await self.engine.close()
        self.engine = self.connect(0.0)

    async def work(self) -> None:
        if await self.laptop.visits():
            self.made.update(await self.laptop.work(self.chance.randint(1, 7)))

    async def photo(self) -> None:
        content = self.chance.randbytes(self.chance.choice([10, 300_000]))

        def take(c: Transaction) -> bool:
            visits = sorted(orders.versions(c))
            if visits:
                attachments.add(
                    c, content, visit=visits[0], slot="old", media_type="image/jpeg"
                )
            return bool(visits)

        self.photos += await self.laptop.db.write(take, touched=frozenset({"files"}))

    async def stormy_sync(self) -> None:
        report = await self.engine.sync_once()
        at_office = {row.id for row in self.office.operations(self.laptop.owner.laptop)}
        received = {v.id for v in report.verdicts if v.outcome != "rejected"}
        assert received <= at_office

    async def publish(self) -> None:
        self.office.plan(self.laptop.owner.technician, self.chance.randint(1, 3))

    async def restart(self) -> None:
        """Close and open the program; now and then from a copy of the disk."""
        await self.engine.close()
        await self.laptop.engine.close()
        await self.laptop.db.close()
        if self.chance.random() < 0.5:
            copy = self.folder / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.laptop.db.path.parent, copy)
            shutil.rmtree(self.laptop.db.path.parent)
            shutil.move(copy, self.laptop.db.path.parent)
        self.laptop.db = await Database.open(self.laptop.db.path, KEY)
        self.laptop.engine = self.laptop.engine_to(self.laptop.owner.server_url)
        self.engine = self.connect(0.25)

    async def office_forgets(self) -> None:
        """The office is restored from a backup: its last operations are gone."""
        t = tables.operations
        mine = t.c.laptop == self.laptop.owner.laptop
        held = self.office.operations(self.laptop.owner.laptop)
        if not held:
            return
        keep = self.chance.randint(max(0, len(held) - 4), len(held))
        gone = [row.sequence for row in held[keep:]]
        with self.office.office.database.writing() as c:
            c.execute(t.delete().where(mine, t.c.sequence.in_(gone)))


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_both_sides_hold_the_same_in_the_end(
    enrolled: Enrolled, back_office: RealOffice, tmp_path: Path, seed: int
) -> None:
    laptop = await enrolled(1)
    player = Player(laptop, back_office, seed, tmp_path)
    await player.play()
    report = await player.engine.sync_once()
    await player.engine.close()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert report.files_waiting == 0

    held = back_office.operations(laptop.owner.laptop)
    assert {row.id for row in held} == player.made
    assert len(held) == len(player.made)
    assert {row.outcome for row in held} <= {"applied"}
    public = secrets.public_key(laptop.owner.private_key)
    assert await laptop.db.read(lambda c: chain.broken_at(c, public)) is None
    t = tables.files
    mine = (t.c.laptop == laptop.owner.laptop, t.c.complete_at.is_not(None))
    with back_office.office.database.reading() as c:
        assert len(c.execute(t.select().where(*mine)).all()) == player.photos
