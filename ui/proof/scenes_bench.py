"""Scenes at the workshop's bench: the customer port of meters that the street does not have.

In comes the stage; out come windows. A simulated meter of the scene's own speaks into a laptop
of the scene's own, whose clock leaps from telegram to telegram, so that a quarter of an hour
is heard in a second. Rule: all of it goes through the port and the pages, as on any bench.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from fieldapp.store.keys import PracticeSource
from fieldapp.work.tools import Tools
from hardware.port import MemoryPort, Port, memory_pair
from hardware.simulators.p1 import MeterSpec, P1Meter, TelegramSource
from hardware.simulators.p1_faults import Faulty
from ui.proof.scene import Played, Quiet, Scene, ends, page_of, until
from ui.proof.stage import Stage
from ui.proof.stage_clock import StageClock
from ui.views.language import Words
from ui.views.main_window import MainWindow
from ui.views.meter import MeterPage
from ui.wiring import Laptop, Outside, open_laptop

MORNING = datetime(2026, 11, 23, 10, 20, tzinfo=ZoneInfo("Europe/Amsterdam"))
THREE = MeterSpec(
    phases=3, meter_number="E0047000012345620", gas_number="G0039001936990625", seed=3
)
SINGLE = MeterSpec(
    "4.2", meter_number="E0012001122334411", gas_number="G0007001234567809", seed=8
)
BELGIAN = MeterSpec("be", 3, meter_number="1SAG3101021605", gas_number="7FLO2112345678", seed=5)
_PORT = "bench"


@dataclass(frozen=True, slots=True)
class BenchTop:
    """A laptop with its window on the meter's page, and the meter's end of the cable."""

    laptop: Laptop
    clock: StageClock
    window: MainWindow
    page: MeterPage
    line: list[MemoryPort]

    async def hear(self, source: TelegramSource, count: int, every_s: int = 1) -> None:
        """Let the meter send so many telegrams, that far apart."""
        for _ in range(count):
            now = self.clock.now()
            await self._send(source.telegram(now))
            self.clock.leap_to(now + timedelta(seconds=every_s))

    async def go_on(self, source: TelegramSource) -> None:
        """Let it send as time really goes by, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            await self.line[-1].write(source.telegram(self.clock.now()))

    async def _send(self, octets: bytes) -> None:
        live, heard = self.page.live, asyncio.Event()
        before = live.state.count
        end = live.subscribe(lambda state: heard.set() if state.count > before else None)
        await self.line[-1].write(octets)
        await heard.wait()
        end()


@asynccontextmanager
async def bench_top(folder: Path, words: Words) -> AsyncIterator[BenchTop]:
    """Put a laptop on the bench, its cable in nothing yet."""
    line: list[MemoryPort] = []

    async def open_port(name: str) -> Port:
        near, far = memory_pair(name)
        line.append(far)
        return near

    clock = StageClock(MORNING)
    laptop = await open_laptop(folder, PracticeSource(), Outside(clock, Tools(open_port)))
    try:
        await laptop.keep(msgspec.structs.replace(laptop.settings, role="workshop"))
        window = await page_of(laptop, words, "meter")
        page = window.page
        assert isinstance(page, MeterPage)
        yield BenchTop(laptop, clock, window, page, line)
        page.live.stop()
        await page.live.ended()
    finally:
        await laptop.close()


@asynccontextmanager
async def _listening(words: Words, quiet: Quiet) -> AsyncIterator[BenchTop]:
    with tempfile.TemporaryDirectory() as folder:
        async with bench_top(Path(folder), words) as top:
            top.page.live.use(_PORT)
            top.page.live.start()
            await until(quiet, lambda: bool(top.line))
            yield top


async def _played(
    stack: AsyncExitStack, top: BenchTop, meter: TelegramSource | None = None
) -> Played:
    """What stands there now; the meter goes on meanwhile, so that its line stays healthy."""
    if meter is not None:
        going_on = asyncio.create_task(top.go_on(meter))

        async def stop() -> None:
            going_on.cancel()
            await asyncio.gather(going_on, return_exceptions=True)

        stack.push_async_callback(stop)
    return ends(top.window, stack.pop_all().aclose)


async def live(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """Three phases for some minutes, in half a minute of which the cable was out."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        meter = P1Meter(THREE)
        await top.hear(meter, 100)
        top.clock.leap_to(top.clock.now() + timedelta(seconds=30))
        await top.hear(meter, 100)
        chart = top.page.live_view.board.chart
        chart.choose_span("minutes_15")
        chart.plot.point_at(top.page.live.now_s() - 60)
        return await _played(stack, top, meter)


async def single(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """One phase of a 4.2, which tells no voltage."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        await top.hear(P1Meter(SINGLE), 30, every_s=10)
        top.page.live_view.board.chart.choose_quantity("voltage")
        return await _played(stack, top)


async def belgian(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """All data of a Belgian meter, its month peak among them."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        await top.hear(P1Meter(BELGIAN), 3)
        top.page.live_view.show_section("registers")
        return await _played(stack, top)


async def registers(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """All data of a Dutch meter: devices, power failures, sags and swells."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        await top.hear(P1Meter(THREE), 3)
        top.page.live_view.show_section("registers")
        return await _played(stack, top)


async def raw(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """A telegram that was damaged on the way, held still, its last line looked at."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        meter = P1Meter(THREE)
        await top.hear(meter, 5)
        await top.hear(Faulty(meter, ["wrong-checksum"]), 1)
        await top.hear(meter, 1)
        view = top.page.live_view
        view.show_section("telegram")
        view.raw.hold.click()
        view.raw.back.click()
        view.raw.telegram.table.choose(str(len(view.raw.telegram.table.rows.rows) - 1))
        return await _played(stack, top)


async def ask(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """The question before a recording."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        await top.hear(P1Meter(THREE), 3)
        top.page.live_view.redraw()
        top.page.live_view.record.click()
        return await _played(stack, top)


async def recording(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """A recording that runs."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        meter = P1Meter(THREE)
        await top.hear(meter, 2)
        lasts = timedelta(minutes=15)
        await top.page.recordings.record(THREE.meter_number, lasts, timedelta(hours=24))
        await top.hear(meter, 120)
        return await _played(stack, top, meter)


async def shelf(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """What is kept: a recording and a telegram."""
    async with AsyncExitStack() as stack:
        top = await stack.enter_async_context(_listening(words, quiet))
        meter = P1Meter(THREE)
        await top.hear(meter, 2)
        work, day = top.page.recordings, timedelta(hours=24)
        await work.record(THREE.meter_number, timedelta(minutes=5), day)
        await top.hear(meter, 30)
        await work.end()
        last = top.page.live.history.at(0)
        assert last is not None
        await work.keep_telegram(last.heard, THREE.meter_number, day)
        await until(quiet, lambda: len(work.state.kept) == 2)
        top.page.live_view.show_section("recordings")
        top.page.live_view.recordings.table.selectRow(0)
        return await _played(stack, top)


async def opened(_here: Stage, words: Words, quiet: Quiet) -> Played:
    """A capture from elsewhere: two hours, with noise, damage and a gap in it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        top = await stack.enter_async_context(bench_top(folder / "laptop", words))
        capture = folder / "meterkast-2026-11-22.p1"
        capture.write_bytes(damaged_capture(720))
        work = top.page.recordings
        top.page.live_view.show_section("recordings")
        work.open_file(capture)
        await until(quiet, lambda: work.state.opened is not None)
        return await _played(stack, top)


def damaged_capture(count: int) -> bytes:
    """So many telegrams ten seconds apart, with noise, wrong checksums and a gap."""
    sound = P1Meter(MeterSpec("4.2", 3, meter_number=THREE.meter_number, seed=3))
    noisy = Faulty(sound, ["noise", "bit-flip"], seed=2)
    pieces = []
    for n in range(count):
        at = MORNING - timedelta(seconds=10 * (count - n))
        if count // 2 < n < count // 2 + 30:
            continue
        pieces.append((noisy if n % 60 == 59 else sound).telegram(at))
    return b"".join(pieces)


SCENES = (
    Scene("p1_live", live),
    Scene("p1_single", single),
    Scene("p1_registers", registers),
    Scene("p1_belgian", belgian),
    Scene("p1_raw", raw),
    Scene("p1_ask", ask),
    Scene("p1_recording", recording),
    Scene("p1_shelf", shelf),
    Scene("p1_opened", opened),
)
