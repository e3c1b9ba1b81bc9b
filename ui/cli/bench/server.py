"""`fieldapp bench server`: what the back office holds on this one machine.

PostgreSQL, two processes of the office and the load all run here. First what one sync costs
with few and with many visits stored, then the load of 20 000 technicians' busy hours (sync.md,
"Peaks to hold"), then the morning's burst of preloads. Exit status 1 where an aim is missed.
Rule: the two costs are taken in turns in the same run; every time counts from when its request
was due.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import msgspec
import psycopg
import typer

from sync.server.office import Office
from sync.server.settings import ServerSettings
from ui.cli.bench.pacer import Pacer, pacer
from ui.cli.bench.report import Figures, Json, done, tell
from ui.cli.output import fail, progress
from ui.demo.processes import DemoFailed, end, lines, start
from ui.proof.load_cluster import Cluster, binaries, databases
from ui.proof.load_cpu import used_s
from ui.proof.load_fill import EACH, fill

P99_AIM_MS = 250.0
GROWTH_AIM = 1.2
"""What a sync may cost with many visits stored, in times of what it costs with few."""

RATES = {"visit": 24.0, "operations": 40, "empty": 100.0, "preload": 33.0}
"""Syncs a second of each kind; a visit's brings so many operations."""

BURST_RATE = 333.0
LISTENERS = 1_000
ROUNDS, TIMES = 12, 20
"""How often the two costs are taken in turns, and of how many syncs each time."""

_PROCESSES = 2
_NAMES = ("fieldapp_bench_few", "fieldapp_bench_many")


def server(  # noqa: PLR0913 - the options of one command
    *,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="Of each load.")] = 60.0,
    visits: Annotated[int, typer.Option("--visits", min=24, help="Stored, many.")] = 3_000_000,
    few: Annotated[int, typer.Option("--few", min=24, help="Stored, few.")] = 10_000,
    technicians: Annotated[
        int, typer.Option("--technicians", min=2, help="With a laptop each.")
    ] = 20_000,
    db: Annotated[
        str, typer.Option("--db", help="A PostgreSQL server instead of one of its own.")
    ] = "",
    as_json: Json = False,
) -> None:
    """The office under the load of 20 000 technicians, on this machine."""
    asked = _Asked(seconds, visits, few, min(technicians, visits // EACH))
    with _databases(db) as (urls, postgres):
        figures = done(_measured(asked, urls, postgres))
    tell("server", figures, _aims(figures), as_json=as_json)


def _aims(figures: Figures) -> dict[str, bool]:
    mixed, burst = figures["mixed"], figures["burst"]
    kinds = ("visit", "empty", "preload")
    return {
        "p99": all(mixed[kind]["p99_ms"] < P99_AIM_MS for kind in kinds),
        "errors": not any(mixed[kind]["errors"] for kind in kinds),
        "burst": not burst["preload"]["errors"],
        "growth": max(figures["growth"].values()) <= GROWTH_AIM,
        "listeners": figures["listeners"] == LISTENERS,
    }


@dataclass(frozen=True, slots=True)
class _Asked:
    seconds: float
    visits: int
    few: int
    technicians: int


@contextmanager
def _databases(db: str) -> Iterator[tuple[list[str], int]]:
    """The URLs of two empty databases, and PostgreSQL's process (0: on another machine)."""
    with ExitStack() as stack:
        try:
            url, process = (db, 0) if db else stack.enter_context(_cluster())
            urls = stack.enter_context(databases(url, *_NAMES))
        except psycopg.Error as e:
            fail(f"No databases can be made for this. {e}")
        yield urls, process


@contextmanager
def _cluster() -> Iterator[tuple[str, int]]:
    """A PostgreSQL for this run alone: its URL and its process."""
    programs = binaries()
    if programs is None:
        fail(
            "There is no PostgreSQL to measure with. Install it (apt: postgresql), or name a"
            " server with --db."
        )
    folder = Path(tempfile.mkdtemp(prefix="fieldapp-bench-"))
    cluster = Cluster(folder, programs)
    try:
        cluster.start()
    except DemoFailed as e:
        shutil.rmtree(folder, ignore_errors=True)
        fail(f"PostgreSQL can't be started here. {e}")
    try:
        yield cluster.url(), cluster.process()
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _measured(asked: _Asked, urls: list[str], postgres: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="fieldapp-bench-") as name:
        async with AsyncExitStack() as stack:
            few_fleet = asked.few // EACH, asked.few
            sizes = (few_fleet, (asked.technicians, asked.visits))
            few, many = [
                await stack.enter_async_context(_running(Path(name) / str(n), url, *sizes[n]))
                for n, url in enumerate(urls)
            ]
            figures: Figures = {
                "visits": asked.visits,
                "technicians": asked.technicians,
                "cores": os.cpu_count(),
                "busy_before": _busy(),
                **await _costs(few, many),
            }
            told = await many.load.ask(do="listen", number=LISTENERS)
            progress("The busy hours ...")
            mixed = await _counted(
                many, postgres, do="mixed", seconds=asked.seconds, rates=RATES
            )
            progress("The morning ...")
            burst = await _counted(
                many, postgres, do="burst", seconds=asked.seconds, rate=BURST_RATE
            )
            progress("")
            return {**figures, **told, "mixed": mixed, "burst": burst}


def _busy() -> float | None:
    """How many programs wanted the processor in the minute before, where that is known."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


@dataclass(frozen=True, slots=True)
class _Site:
    """An office's processes and the load at them."""

    processes: list[asyncio.subprocess.Process]
    load: Pacer


@asynccontextmanager
async def _running(
    folder: Path, url: str, technicians: int, visits: int
) -> AsyncIterator[_Site]:
    progress(f"{visits} visits ...")
    fleet_file = folder / "fleet.json"
    office = Office.open(_settings(folder, url))
    fleet = fill(office, url, technicians, visits)
    office.close()
    fleet_file.write_bytes(msgspec.json.encode(fleet, enc_hook=str))
    async with AsyncExitStack() as stack:
        processes, ports = [], []
        for _ in range(_PROCESSES):
            process = await start("server", "--data", str(folder), "--db", url, "--port", "0")
            stack.push_async_callback(end, process)
            processes.append(process)
            ports.append(await _port(process))
        words = (sys.executable, "-m", "ui.proof.load_run", str(fleet_file), *ports)
        load = await stack.enter_async_context(pacer("load", *words))
        await load.ask(do="learn")
        yield _Site(processes, load)


def _settings(folder: Path, url: str) -> ServerSettings:
    plain = ServerSettings.in_folder(folder)
    return ServerSettings(url, plain.files, plain.key_file)


async def _port(process: asyncio.subprocess.Process) -> str:
    async for line in lines(process):
        return str(line["ready"]).rpartition(":")[2]
    _, err = await process.communicate()
    raise DemoFailed("server", err.decode(errors="replace"))


async def _costs(few: _Site, many: _Site) -> Figures:
    """Milliseconds of one sync at both, in turns, and how many times more it is with many."""
    for site in (few, many):
        await site.load.ask(do="cost", times=TIMES)
    rounds = [
        [await site.load.ask(do="cost", times=TIMES) for site in (few, many)]
        for _ in range(ROUNDS)
    ]
    kinds = tuple(rounds[0][0])
    at_few, at_many = (
        {kind: median(pair[n][kind] for pair in rounds) for kind in kinds} for n in (0, 1)
    )
    return {
        "few_ms": {kind: round(at_few[kind], 2) for kind in kinds},
        "many_ms": {kind: round(at_many[kind], 2) for kind in kinds},
        "growth": {kind: round(at_many[kind] / at_few[kind], 2) for kind in kinds},
    }


async def _counted(site: _Site, postgres: int, **question: object) -> dict[str, Any]:
    """A load's figures, with the processor seconds of everything that answered it."""
    watched = [p.pid for p in site.processes] + ([postgres] if postgres else [])
    before = [used_s(process) for process in watched]
    told = await site.load.ask(**question)
    after = [used_s(process) for process in watched]
    spent = [
        None if a is None or b is None else round(b - a, 1)
        for a, b in zip(before, after, strict=True)
    ]
    return {
        **told,
        "office_cpu_s": spent[:_PROCESSES],
        "postgres_cpu_s": spent[_PROCESSES] if postgres else None,
    }
