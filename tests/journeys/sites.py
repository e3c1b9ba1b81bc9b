"""A place of work: a laptop, the simulated meters of one visit, and technicians who get killed.

The meters live here, behind TCP, so that what was written to one of them survives whoever
wrote it.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from hardware.port import Port
from hardware.simulators.hosting import Serve, host
from hardware.simulators.optical_state import OpticalMeter
from tests.fieldapp.domain.cases import Case
from tests.journeys.programs import ROOT
from tests.journeys.robots import START, Job, Kill
from tests.walls import customer_port, meters_of, optical_port

KILLED = -9
_SEARCHING = 2
Ways = tuple[tuple[str, str, str], ...]
Ports = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Run:
    """What one technician told before it ended, killed or not.

    Attributes:
        found: the operations that lay in the laptop when it was opened.
        commits: how many operations there were, by each commit that was begun.
        end: what was left when all was done; empty for one that was killed.
        status: of the process.
    """

    found: tuple[str, ...]
    commits: tuple[int, ...]
    end: dict[str, Any]
    status: int


class Technicians:
    """The process that makes technicians; one works at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.robots"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )

    def run(self, job: Job) -> Run:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        told: list[dict[str, Any]] = []
        while not told or told[-1]["kind"] != "gone":
            told.append(json.loads(self._process.stdout.readline()))
        of = {
            kind: [t for t in told if t["kind"] == kind] for kind in ("opened", "commit", "end")
        }
        return Run(
            found=tuple(of["opened"][0]["operations"]) if of["opened"] else (),
            commits=tuple(t["operations"] for t in of["commit"]),
            end=of["end"][0] if of["end"] else {},
            status=told[-1]["status"],
        )

    def end(self) -> None:
        self._process.communicate(timeout=20)


@dataclass
class Site:
    """One visit to be worked: see `site`.

    Attributes:
        job: the work, from the beginning to the end.
        runs: how often the laptop was opened.
    """

    job: Job
    technicians: Technicians
    runs: int = 0

    async def work(self, kill: Kill | None = None) -> Run:
        """Go on until the end, or until the kill."""
        job = msgspec.structs.replace(self.job, run=self.runs, kill=kill)
        self.runs += 1
        return await asyncio.to_thread(self.technicians.run, job)


class Laptops:
    """Folders of laptops that hold one visit each, made once a case and then copied."""

    def __init__(self, root: Path, technicians: Technicians) -> None:
        self._root = root
        self._technicians = technicians
        self._made = 0

    def take(self, case: Case) -> Path:
        """A laptop of one's own that holds the visit of this case."""
        kept = self._root / case.name
        if not kept.exists():
            made = self._technicians.run(Job(str(kept), visits=(case.visit,)))
            assert made.status == 0
        self._made += 1
        own = self._root / f"laptop-{self._made}"
        shutil.copytree(kept, own)
        return own


@asynccontextmanager
async def site(
    case: Case, laptops: Laptops, technicians: Technicians, ways: Ways = ()
) -> AsyncIterator[Site]:
    """A fresh laptop with the visit of a case, and its meters as they hang before the work."""
    folder = await asyncio.to_thread(laptops.take, case)
    meters = meters_of(case.visit, lambda: START)
    if any(need == "modem" for _, need, _ in ways):
        for meter in meters.values():
            meter.modem_registration = _SEARCHING
    async with hosted(meters) as ports:
        job = Job(str(folder), visit=case.visit.id, ports=ports, deed=case.deed, ways=ways)
        yield Site(job, technicians)
    shutil.rmtree(folder)


@asynccontextmanager
async def hosted(meters: Mapping[str, OpticalMeter]) -> AsyncIterator[Ports]:
    """The customer port and the optical port of each meter, by its number."""
    serving: list[asyncio.Task[None]] = []
    try:
        yield {
            number: (
                await _hosted(_serving(customer_port, meter), serving),
                await _hosted(_serving(optical_port, meter), serving),
            )
            for number, meter in meters.items()
        }
    finally:
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


def _serving(
    speak: Callable[[OpticalMeter, Port], Awaitable[None]], meter: OpticalMeter
) -> Serve:
    async def serve(port: Port) -> None:
        await speak(meter, port)

    return serve


async def _hosted(serve: Serve, serving: list[asyncio.Task[None]]) -> str:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    hosting = host(serve, listen="127.0.0.1:0", on_ready=ready.set_result)
    serving.append(asyncio.create_task(hosting))
    return await ready
