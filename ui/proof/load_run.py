"""The process that loads an office: one JSON question a line in, its figures out.

`{"do": "cost"}` asks one thing after another and says what one sync takes; `mixed` is the busy
hours' load and `burst` the morning's. Rule: requests are made before the clock runs.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from fieldapp.clock import SystemClock
from sync.wire import Outcome
from ui.proof.load_fill import EACH, Fleet, Rider
from ui.proof.load_lines import Servers, Shot, run
from ui.proof.load_listeners import Listeners
from ui.proof.load_requests import Sender, read

_GOOD = {Outcome.APPLIED, Outcome.APPLIED_WITH_CONFLICT}


class Load:
    """One fleet at one office's processes."""

    def __init__(self, fleet: Fleet, ports: list[int]) -> None:
        self._sender = Sender(fleet, SystemClock())
        self._riders = fleet.riders
        self._ports = ports
        self._servers = Servers(ports)
        self._pushed = self._asked = 0
        self._listeners: Listeners | None = None

    async def learn(self) -> None:
        """Hear what the laptops know already, as they would from the day before."""
        for _ in self._ports:
            answer = read(await self._servers.answer(self._sender.empty(self._riders[0])))
        self._sender.permit = answer.permit.version if answer.permit else ""

    async def cost(self, times: int) -> dict[str, list[float]]:
        """Milliseconds of an empty sync, a preload and a whole visit, each asked alone."""
        took: dict[str, list[float]] = {"empty": [], "preload": [], "visit": []}
        for _ in range(times):
            n, self._asked = self._asked, self._asked + 1
            rider = self._riders[-1 - n % len(self._riders)]
            for kind, request in (
                ("preload", self._sender.preload(rider)),
                ("empty", self._sender.empty(rider)),
                ("visit", self._sender.visit(rider, n // len(self._riders) % EACH, 40)),
            ):
                start = time.perf_counter()
                answer = await self._servers.answer(request)
                took[kind].append((time.perf_counter() - start) * 1000)
                if trouble := _CHECKS[kind](answer):
                    raise ValueError(f"{kind}: {trouble}")
        return took

    async def mixed(self, seconds: float, rates: dict[str, float]) -> dict[str, Any]:
        """Visits, empty syncs and preloads at these rates a second, each on a steady beat."""
        made: dict[str, Callable[[int], bytes]] = {
            "visit": lambda _: self._next_visit(int(rates["operations"])),
            "empty": lambda n: self._sender.empty(self._rider(n)),
            "preload": lambda n: self._sender.preload(self._rider(n)),
        }
        shots = [
            Shot(kind, n / rates[kind], make(n), _CHECKS[kind] if n % 10 == 0 else None)
            for kind, make in made.items()
            for n in range(int(seconds * rates[kind]))
        ]
        return await self._fire(shots, seconds)

    async def burst(self, seconds: float, rate: float) -> dict[str, Any]:
        """Preloads, each another laptop's for as long as there are any."""
        shots = [
            Shot(
                "preload",
                n / rate,
                self._sender.preload(self._rider(n)),
                _CHECKS["preload"] if n % 20 == 0 else None,
            )
            for n in range(int(seconds * rate))
        ]
        return await self._fire(shots, seconds)

    async def listen(self, number: int) -> int:
        """Open this many connections to `/v1/changed`; answers how many stay open."""
        chosen = [self._rider(n * 7) for n in range(number)]
        self._listeners = Listeners(self._ports, [self._sender.listen(r) for r in chosen])
        return await self._listeners.open()

    async def _fire(self, shots: list[Shot], seconds: float) -> dict[str, Any]:
        gc.collect()
        gc.freeze()  # the collector need not walk through the prepared requests
        gc.disable()
        used = time.process_time()
        scores = await run(self._servers, shots)
        used = time.process_time() - used
        gc.enable()
        figures: dict[str, Any] = {k: s.figures(seconds) for k, s in scores.items()}
        return {**figures, "load_cpu_s": round(used, 1)}

    def _rider(self, n: int) -> Rider:
        return self._riders[n % len(self._riders)]

    def _next_visit(self, operations: int) -> bytes:
        n, self._pushed = self._pushed, self._pushed + 1
        place = n // len(self._riders) % EACH
        return self._sender.visit(self._rider(n), place, operations)


def _visit(answer: bytes) -> str:
    told = read(answer).verdicts
    wrong = {f"{v.outcome.value} {v.reason}" for v in told if v.outcome not in _GOOD}
    return ", ".join(sorted(wrong)) if told else "no verdicts"


def _preload(answer: bytes) -> str:
    given = sum(change.visit is not None for change in read(answer).changes)
    return "" if given == EACH else f"{given} visits"


def _empty(answer: bytes) -> str:
    return f"{len(told)} changes" if (told := read(answer).changes) else ""


_CHECKS = {"visit": _visit, "preload": _preload, "empty": _empty}


async def answer(load: Load, asked: dict[str, Any]) -> dict[str, Any]:
    """What a question comes to."""
    match asked["do"]:
        case "learn":
            await load.learn()
            return {}
        case "cost":
            took = await load.cost(asked["times"])
            return {kind: statistics.median(times) for kind, times in took.items()}
        case "listen":
            return {"listeners": await load.listen(asked["number"])}
        case "mixed":
            return await load.mixed(asked["seconds"], asked["rates"])
        case _:
            return await load.burst(asked["seconds"], asked["rate"])


async def _serve(fleet: Fleet, ports: list[int]) -> None:
    load = Load(fleet, ports)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        found = await answer(load, json.loads(line))
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


def _fleet(file: Path) -> Fleet:
    return msgspec.json.decode(
        file.read_bytes(), type=Fleet, dec_hook=lambda kind, value: kind(value)
    )


if __name__ == "__main__":
    asyncio.run(_serve(_fleet(Path(sys.argv[1])), [int(port) for port in sys.argv[2:]]))
