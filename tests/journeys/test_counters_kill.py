"""Killed between reserving counters and sending them: some are skipped, none comes twice."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fieldapp.clock import SystemClock
from fieldapp.store.counters import StoredCounters
from fieldapp.store.database import Database
from hardware.drivers.optical import open_optical
from hardware.drivers.optical_access import RUN
from hardware.dsmr.objects import Version
from hardware.serial_port import open_port
from hardware.simulators.hosting import host
from hardware.simulators.optical import Framing, OpticalSimulator
from hardware.simulators.optical_state import OpticalMeter
from tests.hardware.optical.secured import demands
from tests.journeys.counting_laptop import KEY, way_in

ROOT = Path(__file__).parents[2]


@pytest.fixture
def meter() -> OpticalMeter:
    """Of before SMR 5: it has no count that the public client could read."""
    security = demands()
    return OpticalMeter(
        "E0044007382246019", lambda: datetime.now(UTC), Version.DSMR422, security=security
    )


@pytest.fixture
async def source(meter: OpticalMeter) -> AsyncIterator[str]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        host(
            OpticalSimulator(meter, Framing.HDLC).serve,
            listen="127.0.0.1:0",
            pty=False,
            throttle_baud=None,
            on_ready=ready.set_result,
        )
    )
    yield await ready
    serving.cancel()
    with suppress(asyncio.CancelledError):
        await serving


def killed(store: Path, source: str, moment: str) -> int:
    """Run the laptop until `moment`, kill it there, and answer the counter it reserved."""
    words = [sys.executable, "-m", "tests.journeys.counting_laptop", str(store), source, moment]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
    return int(said)


@pytest.mark.parametrize("moment", ["reserved", "associated"])
async def test_killed_between_reserving_and_sending(
    moment: str, meter: OpticalMeter, source: str, tmp_path: Path
) -> None:
    store = tmp_path / "laptop" / "store.db"
    firsts = [await asyncio.to_thread(killed, store, source, moment) for _ in range(2)]
    assert firsts == [0, RUN]
    seen = meter.invocation_counter
    db = await Database.open(store, KEY)
    port = await open_port(source)
    counters = StoredCounters(db, SystemClock())
    async with open_optical(port, way_in(counters)) as session:
        assert (await session.identify()).equipment_id == meter.meter_number
    await db.close()
    assert meter.invocation_counter > 2 * RUN
    assert (seen > RUN) is (moment == "associated")
