"""What happens to a laptop's disk and data, met by the whole command: nothing is lost."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fieldapp.clock import SystemClock
from fieldapp.domain.status import VisitState
from fieldapp.store.keys import PracticeSource
from fieldapp.store.orders import local_day
from tests.journeys.disk import SmallDisk, small_disk
from tests.journeys.laptops import begin, make_laptop, operations, state_of
from tests.journeys.lines import failure, run
from tests.journeys.offices import Office
from tests.journeys.programs import ROOT, Services, fieldapp
from ui.wiring import STORE_FILE, open_laptop

WESTLAND = json.loads((ROOT / "resources/demo/westland.json").read_text())
NO_PORTS = ("--p1", "/dev/null", "--optical", "/dev/null")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", "6m") as made:
        yield made


async def test_a_disk_that_gets_full_in_a_visit(disk: SmallDisk) -> None:
    laptop = disk.folder / "laptop"
    await make_laptop(laptop, "V-1007")
    disk.fill(leaving=200_000)
    stuck = await run("demo-technician", *NO_PORTS, data=laptop)
    text = failure(stuck)
    assert "This laptop's disk is full" in text
    assert "Make room on the disk" in text
    told = [line for line in stuck.lines if line["kind"] == "did"]
    disk.empty()
    kept = await operations(laptop)
    assert len(kept) >= len(told) > 3
    assert await state_of(laptop, "visit-V-1007") is VisitState.STARTED
    finished = await run("demo-technician", *NO_PORTS, data=laptop)
    assert finished.status == 0, finished.err
    assert await state_of(laptop, "visit-V-1007") is VisitState.DONE
    assert (await operations(laptop))[: len(kept)] == kept


async def test_a_disk_that_gets_full_in_a_sync(
    disk: SmallDisk, tmp_path: Path, services: Services
) -> None:
    laptop, today = disk.folder / "laptop", local_day(SystemClock().now())
    tomorrow = today + timedelta(days=1)
    office = Office(tmp_path / "office", services)
    office.publish(today, WESTLAND["visits"][:1])
    [visit] = [line["id"] for line in office.enrol(laptop) if line["kind"] == "visit"]
    await begin(laptop, visit)
    made = await operations(laptop)
    many = [{**WESTLAND["visits"][1], "number": f"V-2{n:03}"} for n in range(40)]
    office.publish(tomorrow, many)
    disk.fill(leaving=60_000)
    full = await run("sync", "--json", data=laptop)
    text = failure(full)
    assert "This laptop's disk is full" in text
    assert "Make room on the disk" in text
    assert full.lines[-1]["error"] == "StoreFull"
    disk.empty()
    assert await operations(laptop) == made
    again = await run("sync", "--json", data=laptop)
    assert again.status == 0, again.err
    assert again.lines[-1]["waiting"] == again.lines[-1]["refused"] == 0
    assert sorted(office.operations()) == sorted(made)
    listed = fieldapp("day", "--json", "--date", tomorrow.isoformat(), data=laptop).lines
    assert len(listed) == len(many)


DAMAGE = {"its first page": [20], "every page": range(20, 10**9, 4096)}


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (("day",), "its first page"),
        (("sync",), "every page"),
        (("p1", "read", "/dev/ttyNONE"), "its first page"),
    ],
)
async def test_damaged_data(tmp_path: Path, command: tuple[str, ...], where: str) -> None:
    await make_laptop(tmp_path, "V-1001")
    store = tmp_path / STORE_FILE
    content = bytearray(store.read_bytes())
    for place in DAMAGE[where]:
        if place >= len(content):
            break
        content[place] ^= 0xFF
    store.write_bytes(content)
    text = failure(await run(*command, data=tmp_path))
    assert "The data on this laptop are damaged" in text
    assert "call the office" in text
    assert store.read_bytes() == content


@pytest.mark.parametrize(
    "command",
    [
        ("day",),
        ("sync",),
        ("p1", "read", "/dev/ttyNONE", "--visit", "V-1003"),
        ("optical", "read", "/dev/ttyNONE", "--visit", "V-1003"),
    ],
)
async def test_a_second_program_on_the_same_folder(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    await make_laptop(tmp_path)
    await begin(tmp_path, "visit-V-1003")
    before = await operations(tmp_path)
    first = await open_laptop(tmp_path, PracticeSource())
    try:
        text = failure(await run(*command, data=tmp_path))
    finally:
        await first.close()
    assert "Another program is using this laptop's data" in text
    assert "Close the other" in text
    assert await operations(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = ("p1", "read", "/dev/ttyNONE", "--data", str(tmp_path / "file"))
    text = failure(await run(*words))
    assert "store has a fault" in text
