from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldapp.errors import WorkerGone
from hardware.errors import PortGone
from tests.ui import jobs
from ui.worker import Worker
from ui.worker.beside import Beside
from ui.worker.here import Here

LARGE = 12_000_000
pytest.importorskip("fcntl", reason="looks at processes as Linux shows them")
assert sys.platform == "linux"


@pytest.fixture
async def beside() -> AsyncIterator[Beside]:
    made = Beside()
    yield made
    await made.close()


@pytest.fixture(params=["here", "beside"])
async def worker(request: pytest.FixtureRequest) -> AsyncIterator[Worker]:
    made: Worker = Here() if request.param == "here" else Beside()
    yield made
    await made.close()


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """Where a job that never ends tells its process."""
    made = tmp_path / "told"
    os.mkfifo(made)
    return made


async def told(fifo: Path) -> int:
    return int(await asyncio.to_thread(fifo.read_text))


async def ended(pid: int) -> None:
    """Until this process has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    await asyncio.to_thread(select.select, [handle], [], [])
    os.close(handle)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class LongJob:
    """One that never ends, followed."""

    def __init__(self, worker: Worker) -> None:
        self.heard: list[int] = []
        self._first = asyncio.Event()
        self.task = asyncio.create_task(worker.follow(self._hear, jobs.never_end))

    def _hear(self, number: int) -> None:
        self.heard.append(number)
        self._first.set()

    async def pid(self) -> int:
        await self._first.wait()
        return self.heard[0]


async def test_a_job_is_answered_here_as_beside(worker: Worker) -> None:
    assert await worker.run(jobs.double, 21) == 42
    assert await worker.run(jobs.octets, size=3) == b"\0\0\0"
    assert await worker.run(jobs.noisy) == 7


async def test_a_long_job_tells_how_far_it_is(worker: Worker) -> None:
    heard: list[int] = []
    assert await worker.follow(heard.append, jobs.count_to, 200) == "counted"
    assert heard == list(range(200))


async def test_a_long_job_is_stopped_here_as_beside(worker: Worker) -> None:
    job = LongJob(worker)
    await job.pid()
    job.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job.task


async def test_what_a_job_raises_is_raised_where_it_was_asked_for(worker: Worker) -> None:
    with pytest.raises(PortGone, match="because") as caught:
        await worker.run(jobs.refuse)
    assert (caught.value.port, caught.value.detail) == ("port", "because")
    with pytest.raises(jobs.OddError, match="odd") as odd:
        await worker.run(jobs.refuse_oddly)
    assert odd.value.sum == 3
    with pytest.raises(FileNotFoundError):
        await worker.run(jobs.lose_a_file)
    assert await worker.run(jobs.double, 1) == 2


async def test_what_cant_cross_is_an_error_and_the_process_goes_on(beside: Beside) -> None:
    first = await beside.run(jobs.whoami)
    with pytest.raises(RuntimeError, match="ValueError"):
        await beside.run(jobs.refuse_with_a_lambda)
    with pytest.raises(AttributeError):
        await beside.run(jobs.give_a_lambda)
    with pytest.raises(AttributeError):
        await beside.run(lambda: None)
    assert await beside.run(jobs.whoami) == first


async def test_photos_fit_through_both_ways(beside: Beside) -> None:
    assert await beside.run(jobs.size_of, bytes(LARGE)) == LARGE
    assert len(await beside.run(jobs.octets, LARGE)) == LARGE


async def test_it_is_another_process_and_stays_warm(beside: Beside) -> None:
    await beside.warm("json.tool")
    pid = await beside.run(jobs.whoami)
    assert pid != os.getpid()
    assert await beside.run(jobs.loaded, "json.tool")
    assert not await beside.run(jobs.loaded, "PySide6")
    assert not await beside.run(jobs.loaded, "sqlalchemy")
    assert await beside.run(jobs.whoami) == pid


async def test_jobs_asked_for_at_once_are_all_answered(beside: Beside) -> None:
    found = await asyncio.gather(*(beside.run(jobs.double, n) for n in range(20)))
    assert found == [2 * n for n in range(20)]


async def test_a_process_that_dies_in_the_middle_is_told_and_the_job_can_be_done_again(
    beside: Beside,
) -> None:
    first = await beside.run(jobs.whoami)
    with pytest.raises(WorkerGone, match="exit 3"):
        await beside.run(jobs.die)
    assert await beside.run(jobs.whoami) != first


async def test_a_process_that_dies_in_between_is_not_missed(beside: Beside) -> None:
    first = await beside.run(jobs.whoami)
    os.kill(first, signal.SIGKILL)
    await ended(first)
    assert await beside.run(jobs.whoami) != first


async def test_a_short_job_that_is_cancelled_is_killed(beside: Beside, fifo: Path) -> None:
    job = asyncio.create_task(beside.run(jobs.spin, str(fifo)))
    pid = await told(fifo)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert not is_running(pid)
    assert await beside.run(jobs.double, 2) == 4


async def test_a_job_cancelled_before_its_process_runs_is_not_waited_for(
    beside: Beside, fifo: Path
) -> None:
    job = asyncio.create_task(beside.run(jobs.spin, str(fifo)))
    await asyncio.sleep(0)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    assert await beside.run(jobs.double, 2) == 4


async def test_a_job_cancelled_while_it_waits_costs_no_process(beside: Beside) -> None:
    before = await beside.run(jobs.whoami)
    running, waiting = (asyncio.create_task(beside.run(jobs.octets, LARGE)) for _ in range(2))
    await asyncio.sleep(0)
    waiting.cancel()
    assert len(await running) == LARGE
    assert await beside.run(jobs.whoami) == before


async def test_a_long_job_holds_no_short_one_up_and_is_stopped(beside: Beside) -> None:
    job = LongJob(beside)
    pid = await job.pid()
    assert await beside.run(jobs.double, 2) == 4
    job.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job.task
    assert not is_running(pid)
    heard = len(job.heard)
    await asyncio.sleep(0)
    assert len(job.heard) == heard


async def test_closing_ends_every_process() -> None:
    beside = Beside()
    warm = await beside.run(jobs.whoami)
    job = LongJob(beside)
    pid = await job.pid()
    await beside.close()
    with pytest.raises(WorkerGone):
        await job.task
    assert not is_running(warm)
    assert not is_running(pid)
    with pytest.raises(WorkerGone):
        await beside.run(jobs.double, 1)


WINDOW = """
import asyncio, sys
from tests.ui import jobs
from ui.worker.beside import Beside

asyncio.run(Beside().run(jobs.spin, sys.argv[1]))
"""


async def test_a_window_that_is_killed_leaves_no_process(fifo: Path) -> None:
    window = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WINDOW, str(fifo), stderr=PIPE
    )
    pid = await told(fifo)
    assert is_running(pid)
    window.kill()
    await window.communicate()
    await ended(pid)


async def test_a_laptop_that_slept_finds_its_worker(beside: Beside) -> None:
    pid = await beside.run(jobs.whoami)
    job = asyncio.create_task(beside.run(jobs.octets, LARGE))
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)
    assert len(await job) == LARGE
    assert await beside.run(jobs.whoami) == pid
