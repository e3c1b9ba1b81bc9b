"""`fieldapp bench start` and `ui`: how soon the window is there, and how smooth it stays.

Rule: beside a bare PySide6 window, and beside an empty event loop, in the same run.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from fieldapp import settings
from fieldapp.clock import SystemClock
from ui.cli.bench.report import Figures, Json, done, tell
from ui.demo.day import Day, morning
from ui.demo.processes import DemoFailed, Office, end, lines

FRAME_AIM = 2.5
"""The window's first picture, in times of a bare PySide6 window's."""

DAY_AIM = 6.0
"""The usable day list, in times of the same."""

LONG_SHARE_AIM = 0.001
"""Of the event loop's steps, how many may take more than 50 ms by the wall."""

MEMORY_AIM_MB = 4.0
"""How much memory may grow in the second half, when everything was shown once."""

_METER = "E0044007382311220"
"""Of the practice day's fault visit: the one whose purpose allows all that is measured."""

_PATIENCE_S = 60.0
"""Longer than a measured process gives itself to say where it stands (`ui.proof.telling`)."""

_GONE_S = 5.0


def start(
    *,
    runs: Annotated[int, typer.Option("--runs", min=1, help="Of each, alternating.")] = 9,
    as_json: Json = False,
) -> None:
    """From nothing to a window, and to the day's list, beside a bare window."""
    figures = done(_start(runs))
    aims = {
        "frame": figures["frame_ratio"] <= FRAME_AIM,
        "day": figures["day_ratio"] <= DAY_AIM,
    }
    tell("start", figures, aims, as_json=as_json)


def busy(
    *,
    seconds: Annotated[float, typer.Option("--seconds", min=2.0)] = 30.0,
    as_json: Json = False,
) -> None:
    """The window with live P1, optical sessions and sync at once, beside an empty loop."""
    figures = done(_busy(seconds))
    aims = {
        "wall": figures["wall_long"] <= LONG_SHARE_AIM * figures["steps"],
        "cpu": figures["cpu_long"] == 0,
        "memory": figures["memory_late_mb"] <= MEMORY_AIM_MB,
        "worked": figures["sessions"] > figures["failed"]
        and figures["telegrams"] > 0
        and figures["syncs"] > 0,
    }
    tell("ui", figures, aims, as_json=as_json)


async def _start(runs: int) -> Figures:
    with tempfile.TemporaryDirectory() as place:
        day = _day(Path(place))
        office = Office(day.folder / "office")
        try:
            await morning(day, office)
        finally:
            await office.stop()
        bare: list[float] = []
        frame: list[float] = []
        list_: list[float] = []
        for _ in range(runs):
            bare.append((await _timed("ui.proof.start_bare"))["frame"])
            found = await _timed("ui.proof.start_app", "--data", str(day.laptop))
            frame.append(found["frame"])
            list_.append(found["day"])
    medians = [statistics.median(row) for row in (bare, frame, list_)]
    return {
        "runs": runs,
        "bare_ms": round(medians[0] * 1000),
        "frame_ms": round(medians[1] * 1000),
        "day_ms": round(medians[2] * 1000),
        "frame_ratio": round(medians[1] / medians[0], 2),
        "day_ratio": round(medians[2] / medians[0], 2),
    }


async def _timed(room: str, *words: str) -> dict[str, float]:
    """Run a room to its end; seconds from its start to each line it told, by kind."""
    began = time.perf_counter()
    process = await _python(room, *words)
    found: dict[str, float] = {}
    try:
        async with _patience(room, _PATIENCE_S):
            async for line in lines(process):
                found[line["kind"]] = time.perf_counter() - began
            _, err = await process.communicate()
    finally:
        await _gone(process)
    if process.returncode or not found:
        raise DemoFailed(room, err.decode(errors="replace"))
    return found


async def _busy(seconds: float) -> Figures:
    async with AsyncExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory())
        day = _day(Path(place))
        office = Office(day.folder / "office")
        stack.push_async_callback(office.stop)
        await morning(day, office)
        meters = await _python("ui.proof.meters", _METER)
        stack.push_async_callback(end, meters)
        ports = await _first_line("ui.proof.meters", meters)
        _use(day.laptop, {"p1": ports["p1"], "optical": ports["optical"]})
        empty, window = await asyncio.gather(
            _told("ui.proof.idle", str(seconds), lasts_s=seconds),
            _told("ui.proof.busy", str(day.laptop), str(seconds), lasts_s=seconds),
        )
    beside = {f"empty_{name}": value for name, value in empty.items() if name != "kind"}
    return {**{k: v for k, v in window.items() if k != "kind"}, **beside}


def _use(folder: Path, ports: dict[str, str]) -> None:
    kept = settings.load(folder)
    settings.save(folder, msgspec.structs.replace(kept, ports=ports))


async def _first_line(room: str, process: asyncio.subprocess.Process) -> Figures:
    """What a room tells that then goes on."""
    async with _patience(room, _PATIENCE_S):
        async for line in lines(process):
            return line
        _, err = await process.communicate()
    raise DemoFailed(room, err.decode(errors="replace"))


@asynccontextmanager
async def _patience(room: str, seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as e:
        raise DemoFailed(room, f"no answer in {seconds:g} s") from e


async def _told(room: str, *words: str, lasts_s: float) -> Figures:
    """Run a room that takes `lasts_s` to its end; its one line.

    Raises:
        DemoFailed: it failed, or was still there a good while after its time.
    """
    process = await _python(room, *words)
    try:
        async with _patience(room, lasts_s + _PATIENCE_S):
            out, err = await process.communicate()
    finally:
        await _gone(process)
    found = [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]
    if process.returncode or not found:
        raise DemoFailed(room, err.decode(errors="replace"))
    return dict(found[-1])


async def _python(room: str, *words: str) -> asyncio.subprocess.Process:
    """Start a room of this program; without a screen its window is drawn in memory."""
    screen = {} if _has_screen() else {"QT_QPA_PLATFORM": "offscreen"}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        room,
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | screen,
        limit=2**22,
    )


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Kill it if it is still there; who else holds its pipes is not waited for."""
    if process.returncode is None:
        process.kill()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.communicate(), _GONE_S)


def _has_screen() -> bool:
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return named or platform.system() != "Linux"


def _day(folder: Path) -> Day:
    return Day(folder, SystemClock(), lambda _line: None)
