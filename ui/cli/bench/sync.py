"""`fieldapp bench sync`: a day to and from the office over a slow line, beside its limit.

In come a round trip and a bandwidth; out come, for a day's first load, a day's work and one
photo, what went over the line, how long it took, and the limit: the round trips of connecting,
challenge, token and question, and every octet that passed. Exit status 1 where one of the first
two takes more than an aim times that. Rule: a real office process, the real engine, and a line
that both must cross; what protocol 1 would have sent stands beside it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

import resources
from fieldapp.clock import SystemClock
from fieldapp.store import attachments, orders, outbox
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from sync.client.compression import compress
from sync.client.report import SyncReport
from sync.wire import SyncRequest, encode
from ui.cli.bench.report import Figures, Json, done, tell
from ui.demo.processes import DemoFailed, Office, run
from ui.demo.world import DESIGNATIONS, KEYS, STOCK
from ui.proof import long_day
from ui.proof.slow_link import Line, Passed, SlowLink, slow_link
from ui.wiring import Laptop, machine, open_laptop

RATIO_AIM = 1.15

_TECHNICIAN, _REGION = "M-01", "westland"
_SPARED_NEVER = 4
"""Round trips: the connection, the challenge, the token, the question."""

_OF_PROTOCOL_1 = 100
"""Operations in one of its requests."""


def sync(
    *,
    round_trip_ms: Annotated[float, typer.Option("--round-trip-ms", min=0)] = 300.0,
    bits_per_s: Annotated[float, typer.Option("--bits-per-s", min=1000)] = 256_000.0,
    as_json: Json = False,
) -> None:
    """A day's preload and a day's push over a slow line, and one photo."""
    figures = done(_measured(Line(round_trip_ms / 1000, bits_per_s)))
    aims = {name: figures[f"{name}_ratio"] <= RATIO_AIM for name in ("preload", "push")}
    tell("sync", figures, aims, as_json=as_json)


async def _measured(line: Line) -> Figures:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        office = Office(folder / "office")
        stack.push_async_callback(office.stop)
        await _morning(office, folder)
        there = urlsplit(office.url)
        link = await stack.enter_async_context(
            slow_link(there.hostname or "", there.port or 0, line)
        )
        bench = _Bench(folder / "laptop", link, line)
        figures = await bench.timed("preload")
        figures["preload_visits"] = await bench.work()
        figures["push_up_as_protocol_1"] = await bench.as_protocol_1()
        figures |= await bench.timed("push")
        await bench.photo()
        return figures | await bench.timed("photo")


async def _morning(office: Office, folder: Path) -> None:
    """The office publishes twelve visits; the laptop is enrolled and has nothing yet."""
    await office.start()
    await office.admin("technician", _TECHNICIAN, "Oefenmonteur", "--region", _REGION)
    [user] = await office.admin("user", "planner", "--role", "dispatcher", "--region", _REGION)
    for what, source in (("keys", KEYS), ("stock", STOCK), ("designations", DESIGNATIONS)):
        file = folder / f"{what}.csv"
        file.write_bytes(resources.read_bytes(source))
        await office.admin("import", what, str(file))
    token, day = folder / "planner.token", folder / "day.json"
    token.touch(mode=0o600)
    token.write_text(user["token"], encoding="ascii")
    day.write_text(json.dumps({"visits": long_day.rows(_TECHNICIAN)}), encoding="utf-8")
    today = orders.local_day(SystemClock().now()).isoformat()
    door = ("--date", today, "--server", office.url, "--token-file", str(token))
    await run("dispatch", "import", str(day), *door)
    await run("dispatch", "publish", *door)
    [code] = await office.admin("enrolment-code", _TECHNICIAN)
    laptop = ("--data", str(folder / "laptop"))
    await run("enrol", office.url, code["code"], "--practice", *laptop)


class _Bench:
    """A laptop and its line; every measured sync is that of a program just started."""

    def __init__(self, folder: Path, link: SlowLink, line: Line) -> None:
        self._folder = folder
        self._link = link
        self._line = line

    async def timed(self, name: str) -> Figures:
        """One sync, and its figures under `name`.

        Raises:
            DemoFailed: it did not come to its end.
        """
        laptop = await self._open()
        try:
            self._link.passed = Passed()
            began = time.perf_counter()
            report = await laptop.engine.sync_once()
            seconds = time.perf_counter() - began
        finally:
            await laptop.close()
        _check(name, report)
        return self._figures(name, seconds)

    async def work(self) -> int:
        """Forty facts at each visit; answers how many visits there are."""
        laptop = await self._open()
        clock = SystemClock()

        def append(c: Transaction) -> int:
            held = orders.held(c)
            for stored in held:
                for fact in long_day.facts(stored.visit, clock.now()):
                    outbox.append(c, stored.visit, fact, clock)
            return len(held)

        try:
            return await laptop.db.write(append, touched=frozenset())
        finally:
            await laptop.close()

    async def as_protocol_1(self) -> int:
        """Octets of the bodies that protocol 1 would send for what waits."""
        laptop = await self._open()
        try:
            items = await laptop.db.read(lambda c: outbox.to_send(c, 10_000))
        finally:
            await laptop.close()
        operations = [item.operation for item in items]
        return sum(
            len(compress(encode(SyncRequest(protocol=1, operations=tuple(part)))))
            for part in (
                operations[start : start + _OF_PROTOCOL_1]
                for start in range(0, len(operations), _OF_PROTOCOL_1)
            )
        )

    async def photo(self) -> None:
        """One photo that waits."""
        laptop = await self._open()

        def add(c: Transaction) -> None:
            visit = orders.held(c)[0].visit.id
            content = os.urandom(long_day.PHOTO_OCTETS)
            attachments.add(c, content, visit=visit, slot="seal", media_type="image/jpeg")

        try:
            await laptop.db.write(add, touched=frozenset())
        finally:
            await laptop.close()

    async def _open(self) -> Laptop:
        outside = replace(machine(), server_url=self._link.url)
        laptop = await open_laptop(self._folder, PracticeSource(), outside)
        laptop.http(self._link.url).close()  # what the network needs is loaded before
        return laptop

    def _figures(self, name: str, seconds: float) -> Figures:
        passed = self._link.passed
        octets = passed.up + passed.down
        limit_s = _SPARED_NEVER * self._line.round_trip_s + octets * 8 / self._line.bits_per_s
        return {
            f"{name}_seconds": round(seconds, 3),
            f"{name}_limit_s": round(limit_s, 3),
            f"{name}_ratio": round(seconds / limit_s, 3),
            f"{name}_round_trips": passed.round_trips,
            f"{name}_connections": passed.connections,
            f"{name}_up": passed.up,
            f"{name}_down": passed.down,
        }


def _check(name: str, report: SyncReport) -> None:
    if report.error is not None or report.waiting or report.files_waiting:
        raise DemoFailed(name, f"{report.error!r}, {report.waiting} still wait")
