"""`fieldapp bench p1`: how fast telegrams are read, beside dsmr-parser on the same telegrams.

Two figures of one core's own time: telegrams of several versions that are all different, and
one telegram of version 5.0 over and over; each with checksum, times and exact decimals. Then
the whole process from a file to JSON, and what memory a recorded day takes. Rule: both sides
read the same octets in turns; the peer gets its telegrams already cut and its specification
named, while this program starts from octets.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from ui.cli.bench.pacer import Pacer, pacer
from ui.cli.bench.report import Figures, Json, done, tell
from ui.cli.output import fail
from ui.demo.processes import DemoFailed
from ui.proof.p1_telegrams import by_header, mixed, sample

READ_AIM = 10.0
"""Telegrams a second, in times of dsmr-parser's."""

PROCESS_AIM = 5.0
"""From a file to JSON, in times of a script around dsmr-parser."""

MEMORY_AIM_MB = 2.0
"""How much memory may grow over a day, when a tenth of it has been read."""

DAY = 86_400
"""Telegrams of a recorded day of version 5."""

_ROOT = Path(__file__).parents[3]
_IN_ENVIRONMENT = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
PEER = _ROOT / ".venv-interop-p1" / _IN_ENVIRONMENT
"""The interpreter of the environment that `make interop` builds."""

_REPEATS = 500


def p1(
    *,
    telegrams: Annotated[
        int, typer.Option("--telegrams", min=50, help="All different, in the file.")
    ] = 20_000,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Of each, alternating.")] = 5,
    day: Annotated[int, typer.Option("--day", min=10, help="Telegrams of the day.")] = DAY,
    v5: Annotated[
        Path | None, typer.Option("--sample", help="A file with another version 5 telegram.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Telegrams a second, a whole process and a recorded day, beside dsmr-parser."""
    if not PEER.exists():
        fail("There is no dsmr-parser to measure beside. Run make interop, then try again.")
    figures = done(_measured(telegrams, runs, day, v5))
    aims = {
        "mixed": figures["mixed_ratio"] >= READ_AIM,
        "sample": figures["sample_ratio"] >= READ_AIM,
        "process": figures["process_ratio"] >= PROCESS_AIM,
        "memory": figures["day_grown_mb"] <= MEMORY_AIM_MB,
    }
    tell("p1", figures, aims, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Material:
    """What both sides read.

    Attributes:
        many: a file of telegrams that are all different.
        slices: its parts, one a run, as first and last octet.
        one: a file with one telegram.
        headers: the peer's specification for each identification in both.
    """

    many: Path
    slices: list[tuple[int, int]]
    one: Path
    headers: dict[str, str]


def _material(place: Path, telegrams: int, runs: int, v5: Path | None) -> _Material:
    many, one = place / "many", place / "one"
    edges = [0]
    with many.open("wb") as file:
        for telegram in mixed(telegrams):
            file.write(telegram)
            edges.append(file.tell())
    octets = sample() if v5 is None else v5.read_bytes()
    one.write_bytes(octets)
    parts = [edges[at * telegrams // runs] for at in range(runs + 1)]
    header = octets[1:].split(b"\r\n")[0].decode("latin-1")
    return _Material(many, list(pairwise(parts)), one, {header: "V5", **by_header()})


async def _measured(telegrams: int, runs: int, day: int, v5: Path | None) -> Figures:
    with tempfile.TemporaryDirectory() as place:
        files = _material(Path(place), telegrams, runs, v5)
        peer = (str(PEER), str(_script()), json.dumps(files.headers))
        async with (
            pacer("p1", sys.executable, "-m", "ui.proof.p1_pace") as ours,
            pacer("dsmr-parser", *peer) as theirs,
        ):
            pair = _Pair(ours, theirs)
            different = await pair.paces(files.many, files.slices, 1)
            whole = [(0, files.one.stat().st_size)] * runs
            same = await pair.paces(files.one, whole, _REPEATS)
            over = await ours.ask(day=str(files.many), telegrams=day)
        processes = await _processes(files.many, peer, min(runs, 3))
    return {
        "telegrams": telegrams,
        **{f"mixed_{name}": value for name, value in different.items()},
        **{f"sample_{name}": value for name, value in same.items()},
        **processes,
        "day_telegrams": over["telegrams"],
        "day_s": round(over["seconds"], 2),
        "day_grown_mb": over["grown_mb"],
    }


def _script() -> Path:
    found = find_spec("ui.proof.p1_peer")
    if found is None or found.origin is None:
        raise DemoFailed("dsmr-parser", "its script is not installed")
    return Path(found.origin)


class _Pair:
    """The two sides, who read the same slices in turn."""

    def __init__(self, ours: Pacer, theirs: Pacer) -> None:
        self._sides = (ours, theirs)

    async def paces(self, file: Path, slices: list[tuple[int, int]], times: int) -> Figures:
        """Telegrams a second of either side and how they compare; medians."""
        rows = [await self._turn(file, part, times) for part in slices]
        ours, theirs = zip(*rows, strict=True)
        return {
            "per_s": round(statistics.median(ours)),
            "peer_per_s": round(statistics.median(theirs)),
            "ratio": round(statistics.median(a / b for a, b in rows), 1),
        }

    async def _turn(self, file: Path, part: tuple[int, int], times: int) -> tuple[float, float]:
        start, stop = part
        told = [
            await side.ask(read=str(file), start=start, stop=stop, times=times)
            for side in self._sides
        ]
        counts = [each["telegrams"] for each in told]
        if counts[0] != counts[1]:
            raise DemoFailed("bench p1", f"the two sides read different numbers: {counts}")
        ours, theirs = (each["telegrams"] / each["seconds"] for each in told)
        return ours, theirs


async def _processes(file: Path, peer: tuple[str, ...], runs: int) -> Figures:
    """The whole way from a file to JSON in a file, both sides in turn; medians."""
    read = (sys.executable, "-m", "ui.cli.main", "p1", "read", str(file), "--json")
    seconds: dict[str, list[float]] = {"": [], "_peer": []}
    for _ in range(runs):
        seconds[""].append(await _timed(read))
        seconds["_peer"].append(await _timed((*peer, str(file))))
    ours, theirs = (statistics.median(row) for row in seconds.values())
    return {
        "process_s": round(ours, 2),
        "process_peer_s": round(theirs, 2),
        "process_ratio": round(theirs / ours, 1),
    }


async def _timed(words: tuple[str, ...]) -> float:
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *words,
            stdout=out,
            stderr=asyncio.subprocess.PIPE,
            env=dict(os.environ),
        )
        _, said = await process.communicate()
    if process.returncode:
        raise DemoFailed(words[-1], said.decode(errors="replace"))
    return time.perf_counter() - began
