from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fieldapp.store import attachments, outbox
from fieldapp.store.keys import PracticeSource
from ui.wiring import open_laptop

if TYPE_CHECKING:
    from tests.sync.client.conftest import Filled, Proxy
    from tests.sync.conftest import RealOffice

COMMAND = [sys.executable, "-m", "ui.command"]
WORK = 250
PHOTOS = 2

MOMENTS = [
    ("up", 500),
    ("down", 1_500),
    ("down", 6_000),
    ("up", 90_000),
    ("up", 400_000),
    ("up", 900_000),
]
"""Where the line holds its breath and the process is killed: token, sync, files."""


async def test_killed_at_any_moment_and_run_again_to_the_end(
    back_office: RealOffice, filled: Filled, proxy: Proxy, tmp_path: Path
) -> None:
    folder = tmp_path / "laptop"
    laptop = await filled(folder, WORK, PHOTOS)
    killed = 0
    for direction, after in MOMENTS:
        proxy.stall(direction, after)
        killed += await asyncio.to_thread(killed_in_sync, folder, proxy)
    assert killed >= 4
    again = await open_laptop(folder, PracticeSource())
    report = await again.engine.sync_once()
    items = await again.db.read(outbox.items)
    files = await again.db.read(attachments.waiting)
    await again.close()
    assert (report.error, report.waiting, report.refused) == (None, 0, 0)
    assert [item.state for item in items] == ["applied"] * WORK
    assert files == ()
    held = back_office.operations(laptop)
    assert [row.id for row in held] == [item.id for item in items]
    assert {(row.outcome, row.counts) for row in held} == {("applied", True)}
    assert back_office.files(laptop) == PHOTOS


def killed_in_sync(folder: Path, proxy: Proxy) -> bool:
    """Start a sync and kill it where the line stalls; False where it ended before that."""
    words = [*COMMAND, "--data", str(folder), "sync", "--server", proxy.url]
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None and not proxy.stalled.wait(0.05):
        pass
    child.kill()
    return child.wait() != 0


@pytest.mark.parametrize("after", [700, 1_500])
async def test_killed_in_the_first_load(
    back_office: RealOffice, filled: Filled, proxy: Proxy, tmp_path: Path, after: int
) -> None:
    folder = tmp_path / "laptop"
    await filled(folder, 0, 0)
    technician = await owner_of(folder)
    back_office.plan(technician, 60)
    proxy.stall("down", after)
    assert await asyncio.to_thread(killed_in_sync, folder, proxy)
    again = await open_laptop(folder, PracticeSource())
    report = await again.engine.sync_once()
    await again.close()
    assert (report.error, report.received) == (None, 60)


async def owner_of(folder: Path) -> str:
    laptop = await open_laptop(folder, PracticeSource())
    owner = await laptop.owner()
    await laptop.close()
    return owner.technician
