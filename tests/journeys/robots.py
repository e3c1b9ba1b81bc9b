"""Technicians in processes of their own, each of which can end itself at any commit.

python -m tests.journeys.robots    # jobs as JSON lines in; what each of them tells, out

One process loads the program and makes a copy of itself for each job, which opens a laptop and
works one visit through the presenters. It tells of every commit before it happens, so that
whoever asked knows what must be found afterwards, however it ended.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, event

from fieldapp.clock import SystemClock
from fieldapp.domain.work_order import Visit
from fieldapp.store import attachments, outbox
from fieldapp.store.keys import PracticeSource
from fieldapp.store.opening import READING
from fieldapp.work.tools import Tools
from hardware.drivers.optical_access import Authentication
from hardware.drivers.optical_line import Framing, OpticalOptions
from hardware.pump import Timing
from hardware.serial_port import open_port
from tests.journeys.laptops import whole
from tests.ui.visits.robot import Habits, Robot
from tests.westland import enrol
from ui.presenters.metering import Sources
from ui.wiring import Laptop, Outside, open_laptop

START = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)
"""When every technician begins; the meters stay at it, well away from a quarter-hour."""

_STEP = timedelta(milliseconds=1)
_RUN = timedelta(milliseconds=100)


class Kill(msgspec.Struct, frozen=True):
    """At which commit the process ends: just before it, or just after it."""

    commit: int
    after: bool


class Job(msgspec.Struct, frozen=True):
    """One technician's work.

    Attributes:
        folder: of the laptop.
        visits: what a new laptop gets; an enrolled one has them.
        visit: the id of the one to work; empty for none.
        ports: the customer port and the optical port of each meter, by its number.
        deed, answers, ways: habits of this technician; a way is step, requirement, way out.
        run: how often the laptop was opened before, for a clock of one's own; below zero for
            the machine's.
    """

    folder: str
    visits: tuple[Visit, ...] = ()
    visit: str = ""
    ports: dict[str, tuple[str, str]] = {}
    deed: str = "repaired"
    answers: dict[str, str] = {}
    ways: tuple[tuple[str, str, str], ...] = ()
    run: int = 0
    kill: Kill | None = None


class Watch(SystemClock):
    """A clock that steps on when it is looked at."""

    def __init__(self, run: int) -> None:
        self._now = START + run * _RUN

    def now(self) -> datetime:
        self._now += _STEP
        return self._now

    def monotonic_s(self) -> float:
        return (self._now - START).total_seconds() + 1000


def tell(**told: Any) -> None:
    """Put one line out, at once: nothing of it is lost in a kill."""
    os.write(sys.stdout.fileno(), msgspec.json.encode(told) + b"\n")


class Commits:
    """Counts the commits of an open laptop, tells each of them, and ends at one."""

    def __init__(self, laptop: Laptop, kill: Kill | None) -> None:
        self._kill = kill
        self._made = 0
        event.listen(Engine, "commit", self._before)
        laptop.db.subscribe(self._after)

    def _before(self, connection: Connection) -> None:
        if connection.get_execution_options().get(READING):
            return
        self._end(after=True)  # word of the last one may come after the next has begun
        self._made += 1
        count = connection.exec_driver_sql("SELECT count(*) FROM operations").scalar()
        tell(kind="commit", operations=count)
        self._end(after=False)

    def _after(self, _topics: frozenset[str]) -> None:
        self._end(after=True)

    def _end(self, *, after: bool) -> None:
        if sys.platform != "win32" and self._kill == Kill(self._made, after):
            os.kill(os.getpid(), signal.SIGKILL)


async def _no_keys(_number: str) -> OpticalOptions:
    return OpticalOptions(
        auth=Authentication.NONE, framing=Framing.HDLC, timing=Timing(response_s=20)
    )


async def work(job: Job) -> None:
    """Open the laptop, and work its visit from wherever it stands to the end."""
    clock = SystemClock() if job.run < 0 else Watch(job.run)
    outside = Outside(clock, Tools(open_port, _no_keys), lang="en")
    laptop = await open_laptop(Path(job.folder), PracticeSource(), outside)
    if job.visits:
        await enrol(laptop, job.visits)
    if job.visit:
        items = await laptop.db.read(outbox.items)
        tell(kind="opened", operations=[item.id for item in items])
        Commits(laptop, job.kill)
        await _work(laptop, job)
        tell(kind="end", **await _left(laptop, job.visit))
    await laptop.close()


async def _work(laptop: Laptop, job: Job) -> None:
    def at(number: str) -> Sources:
        return Sources(*job.ports.get(number, ("", "")))

    ways = {(step, need): way for step, need, way in job.ways}
    robot = Robot(laptop, at, job.visit, Habits(job.deed, job.answers, ways))
    await robot.open()
    await robot.work()
    robot.page.close()


async def _left(laptop: Laptop, visit: str) -> dict[str, Any]:
    """What a laptop in which nothing is broken holds in the end."""
    items = await whole(laptop)
    stored = await laptop.visits.stored(visit)
    files = await laptop.db.read(lambda c: attachments.of_visit(c, visit))
    return {
        "sequences": [item.sequence for item in items],
        "operations": [item.id for item in items],
        "state": stored.progress.state,
        "steps": sorted(stored.progress.steps_done),
        "facts": stored.progress.facts,
        "files": sorted(file.sha256 for file in files),
    }


def main() -> None:
    """Do the jobs that come in, one after another."""
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        if sys.platform != "win32":
            child = os.fork()
            if child == 0:
                asyncio.run(work(job))
                os._exit(0)
            _, status = os.waitpid(child, 0)
            tell(kind="gone", status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
