"""The search for a schedule that breaks the sync: seeds in, totals and failures out.

In come a database, a first seed and how long to go on; out come how much was played, and of
each failure its seed and its shortest schedule. Rule: the same seed plays the same schedule.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec

from sync.server.settings import ServerSettings
from tests.sync.server.cluster import Cluster, binaries
from tests.sync.torture.books import Finding, Trouble
from tests.sync.torture.schedule import Schedule, draw
from tests.sync.torture.shrink import shrink
from tests.sync.torture.world import Stage, staged

SQLITE, POSTGRESQL = "sqlite", "postgresql"
MOST_FAILURES = 3
"""After so many the search ends: they are enough to mend."""


class Unavailable(Exception):
    """This machine has no PostgreSQL."""


@dataclass
class Totals:
    """What was played and what it showed."""

    schedules: int = 0
    operations: int = 0
    requests: int = 0
    kills: int = 0
    troubles: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def line(self) -> str:
        """In one line."""
        troubles = ", ".join(f"{self.troubles.get(name, 0)} {name}" for name in Trouble)
        return (
            f"{self.schedules} schedules, {self.operations} operations, "
            f"{self.requests} requests, {self.kills} kills: {troubles}"
        )

    def found(self, troubles: Mapping[str, int]) -> None:
        """Count troubles."""
        for name, number in troubles.items():
            self.troubles[name] = self.troubles.get(name, 0) + number

    def add(self, other: Totals) -> None:
        """Count another one's with this one's."""
        self.schedules += other.schedules
        self.operations += other.operations
        self.requests += other.requests
        self.kills += other.kills
        self.found(other.troubles)
        self.failures += other.failures


def seeds(first: int, step: int, seconds: float) -> Iterator[int]:
    """Every so-manieth seed until the time is over."""
    until = time.monotonic() + seconds
    for seed in count(first, step):
        if time.monotonic() > until:
            return
        yield seed


async def search(
    stage: Stage, chosen: Iterable[int], told: Callable[[Totals], None] | None = None
) -> Totals:
    """Play the schedules of these seeds."""
    totals = Totals()
    for seed in chosen:
        await _try(stage, draw(seed), totals)
        if told is not None:
            told(totals)
        if len(totals.failures) == MOST_FAILURES:
            break
    return totals


async def replay(stage: Stage, schedule: Schedule) -> Totals:
    """Play one schedule."""
    totals = Totals()
    await _try(stage, schedule, totals)
    return totals


async def _try(stage: Stage, schedule: Schedule, totals: Totals) -> None:
    played = await stage.play(schedule)
    totals.schedules += 1
    totals.operations += played.operations
    totals.requests += played.requests
    totals.kills += played.kills
    totals.found(Counter(str(finding.trouble) for finding in played.findings))
    if played.findings:
        totals.failures.append(await _explained(stage, schedule, played.findings))


async def _explained(stage: Stage, schedule: Schedule, findings: tuple[Finding, ...]) -> str:
    """The seed, what broke, and the shortest schedule that breaks something like it."""
    kinds = {finding.trouble for finding in findings}

    async def fails(smaller: Schedule) -> bool:
        found = (await stage.play(smaller)).findings
        return any(finding.trouble in kinds for finding in found)

    short = await shrink(schedule, fails)
    again = (await stage.play(short)).findings
    steps = [f"    {msgspec.json.encode(step).decode()}" for step in short.steps]
    return "\n".join(
        [
            f"seed {schedule.seed}:",
            *(f"  {finding}" for finding in again or findings),
            f"  in {len(short.steps)} steps of {len(schedule.steps)}:",
            *steps,
            f"  replay: {msgspec.json.encode(short).decode()}",
        ]
    )


@asynccontextmanager
async def stage_on(database: str) -> AsyncIterator[Stage]:
    """A stage on a database of its own, in a temporary folder.

    Raises:
        Unavailable: there is no such database on this machine.
    """
    with _no_news(), in_memory() as folder, _settings(database, folder) as settings:
        async with staged(folder, settings) as stage:
            yield stage


@contextmanager
def _no_news() -> Iterator[None]:
    """Requests that were killed are not worth a line."""
    told = logging.getLogger("uvicorn.error")
    told.disabled = True
    try:
        yield
    finally:
        told.disabled = False


@contextmanager
def _settings(database: str, folder: Path) -> Iterator[ServerSettings]:
    data = folder / "office"
    data.mkdir()
    plain = ServerSettings.in_folder(data)
    if database == SQLITE:
        yield plain
        return
    with own_cluster() as cluster:
        url = cluster.url(cluster.new_database())
        yield ServerSettings(url, plain.files, plain.key_file)


@contextmanager
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL of the search's own.

    Raises:
        Unavailable: there is none on this machine.
    """
    found = binaries()
    if found is None:
        raise Unavailable
    with in_memory() as place:
        if sys.platform != "win32" and os.getuid() == 0:
            shutil.chown(place, "postgres")
        cluster = Cluster(place, found)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def in_memory() -> Iterator[Path]:
    """In memory where there is such a disk: the search is for order, not for the disk."""
    memory = Path("/dev/shm")
    folder = tempfile.mkdtemp(prefix="fieldapp-", dir=memory if memory.is_dir() else None)
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
