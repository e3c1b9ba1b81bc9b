"""A laptop whose customer port the test speaks into, telegram by telegram."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from hardware.port import MemoryPort, Port, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter
from ui.presenters.live import LivePresenter
from ui.presenters.recording import RecordingPresenter
from ui.presenters.recording_state import RecordingState
from ui.wiring import Laptop

METER = "E0047000012345620"
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)


@dataclass
class Bench:
    """A laptop, the meter on its cable, and both presenters of the page."""

    laptop: Laptop
    live: LivePresenter
    recordings: RecordingPresenter
    line: list[MemoryPort]
    meter: P1Meter

    async def hear(self, count: int = 1) -> bytes:
        """Let the meter send; answers the last telegram."""
        raw = b""
        for _ in range(count):
            raw = self.meter.telegram(self.laptop.clock.now())
            wanted = self.live.state.count + 1
            await self.line[-1].write(raw)
            await until(self.live, partial(self._heard, wanted))
        return raw

    def _heard(self, wanted: int) -> bool:
        return self.live.state.count >= wanted

    def state(self) -> RecordingState:
        return self.recordings.state

    async def close(self) -> None:
        self.live.close()
        await self.live.ended()
        self.recordings.close()
        await self.recordings.settled()


class Watched(Protocol):
    def subscribe(self, listener: Callable[[object], None]) -> Callable[[], None]: ...


async def until(presenter: Watched, holds: Callable[[], bool]) -> None:
    reached = asyncio.Event()
    end = presenter.subscribe(lambda _state: reached.set() if holds() else None)
    async with asyncio.timeout(10):
        while not holds():
            await reached.wait()
            reached.clear()
    end()


@dataclass
class Cable:
    """A cable whose far end the test holds."""

    line: list[MemoryPort] = field(default_factory=list)

    async def open_port(self, name: str) -> Port:
        near, far = memory_pair(name)
        self.line.append(far)
        return near


async def bench_of(laptop: Laptop, cable: Cable, number: str = METER) -> Bench:
    live, recordings = laptop.live_presenter(), laptop.recording_presenter()
    await live.open()
    await recordings.open()
    live.use("p1")
    live.start()
    meter = P1Meter(MeterSpec(phases=3, meter_number=number, seed=3))
    made = Bench(laptop, live, recordings, cable.line, meter)
    await until(live, lambda: live.state.step == "wait_telegram")
    await made.hear()
    return made


def long_capture(folder: Path, start: datetime, count: int = 1500) -> Path:
    """A file with so many telegrams, a second apart."""
    meter = P1Meter(MeterSpec(phases=3, seed=3))
    path = folder / "day.p1"
    moments = (start + timedelta(seconds=n) for n in range(count))
    path.write_bytes(b"".join(map(meter.telegram, moments)))
    return path
