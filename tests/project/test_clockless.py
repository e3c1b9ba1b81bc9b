"""Rooms without a clock are handed times, ids and random bytes; they never make them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLOCKLESS = (
    "hardware/p1",
    "hardware/iec62056",
    "hardware/hdlc",
    "hardware/wrapper",
    "hardware/echo.py",
    "hardware/dlms",
    "hardware/dsmr",
    "hardware/values.py",
    "hardware/checksums.py",
    "fieldapp/domain",
    "sync/wire.py",
)
TIME = re.compile(r"(?<!clock)\.now\(|\btime\.(time|monotonic)\(")
BANNED = re.compile(
    r"(?<!clock)\.now\(|\.utcnow\(|\btime\.time\(|uuid4|uuid7|os\.urandom|secrets\.token"
)
ONE_CLOCK = "fieldapp/clock.py"
PRODUCT = ("fieldapp", "hardware", "sync", "ui")
THREADS = re.compile(r"ThreadPoolExecutor\(|Thread\(")
THREAD_OWNERS = {
    "sync/server/logs.py",
    "hardware/serial_port.py",
    "fieldapp/store/database.py",
    "sync/client/engine.py",
    "sync/client/desk.py",
    "sync/client/listening.py",
    "sync/server/bell_watch.py",
    "ui/proof/stage_office.py",
    "ui/worker/inside.py",
    "ui/worker/process.py",
}
PROCESSES = re.compile(
    r"Popen\(|create_subprocess_\w+\(|subprocess\.run\(|os\.fork\(|multiprocessing"
)
PROCESS_OWNERS = {
    "sync/server/processes.py",
    "ui/app/program.py",
    "ui/cli/bench/p1.py",
    "ui/cli/bench/pacer.py",
    "ui/cli/bench/window.py",
    "ui/demo/processes.py",
    "ui/proof/load_cluster.py",
    "ui/proof/optical_peers.py",
    "ui/worker/process.py",
}


def sources(*places: str) -> list[Path]:
    found: list[Path] = []
    for place in places:
        path = ROOT / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


@pytest.mark.parametrize("place", CLOCKLESS)
def test_no_clock_and_no_chance(place: str) -> None:
    for path in sources(place):
        found = BANNED.search(path.read_text())
        assert found is None, f"{path.relative_to(ROOT)}: {found}"


def test_the_store_and_the_work_take_their_time_from_the_clock() -> None:
    for path in sources("fieldapp/store", "fieldapp/work"):
        assert TIME.search(path.read_text()) is None, path


@pytest.mark.parametrize(
    ("starting", "owners"), [(THREADS, THREAD_OWNERS), (PROCESSES, PROCESS_OWNERS)]
)
def test_threads_and_processes_have_owners(starting: re.Pattern[str], owners: set[str]) -> None:
    starters = {
        path.relative_to(ROOT).as_posix()
        for path in sources(*PRODUCT)
        if starting.search(path.read_text())
    }
    assert starters == owners


def test_every_place_exists() -> None:
    for place in [*CLOCKLESS, *THREAD_OWNERS, *PROCESS_OWNERS, ONE_CLOCK]:
        assert (ROOT / place).exists(), place
