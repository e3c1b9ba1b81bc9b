"""Programs that start at once: one process loads everything and makes copies of itself.

python -m tests.sync.torture.nursery    # jobs as JSON lines in, the children's numbers out

In come jobs: words of the program, or work on a laptop; out comes the number of a real process
that does it and can be killed. Rule: only where processes can be copied (not on Windows).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from typing import NoReturn

import msgspec

from fieldapp.clock import SystemClock
from fieldapp.errors import StoreError
from fieldapp.store import orders
from fieldapp.store.keys import PracticeSource
from fieldapp.store.transaction import Transaction
from tests.sync.torture import onsite
from tests.sync.torture.onsite import Saved
from ui.wiring import open_laptop

_LOADED = (
    "ui.cli.main",
    "ui.cli.sync",
    "ui.cli.office",
    "sync.client.http",
    "sync.server.run",
    "psycopg",
)


class Job(msgspec.Struct, frozen=True):
    """What a child does.

    Attributes:
        words: of the program; none: work on the laptop in `folder`.
        out: the file that its lines go to.
        seed, deeds: of the work, and how many.
        wait: instead of all that, the child to wait for.
    """

    words: tuple[str, ...] = ()
    folder: str = ""
    out: str = ""
    seed: int = 0
    deeds: int = 0
    wait: int = 0


class Nursery:
    """The parent of the children, in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sync.torture.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(self, job: Job) -> int:
        """Start a child; its number."""
        return self._ask(job)

    def wait(self, child: int) -> int:
        """Until it has ended; its status, negative for the signal that ended it."""
        return self._ask(Job(wait=child))

    def kill(self, child: int) -> None:
        """End it at once; it may have ended already, and is not waited for yet."""
        if sys.platform != "win32":
            os.kill(child, signal.SIGKILL)

    def close(self) -> None:
        """End the parent."""
        self._process.communicate()

    def _ask(self, job: Job) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


async def work(job: Job) -> None:
    """Do things on site and tell of each that was saved, until the disk is full."""
    chance = Random(job.seed)
    laptop = await open_laptop(Path(job.folder), PracticeSource())
    clock = SystemClock()
    for _ in range(job.deeds):
        what, where = chance.randrange(10_000), chance.randrange(4)

        def change(c: Transaction, what: int = what, where: int = where) -> Saved:
            held = orders.held(c)
            return onsite.do(c, held[where % len(held)], what, clock) if held else Saved()

        try:
            saved = await laptop.db.write(change, touched=frozenset())
        except StoreError:
            break
        os.write(1, msgspec.json.encode([saved.operations, sorted(saved.files)]) + b"\n")
    await laptop.close()


def _do(job: Job) -> int:
    if not job.words:
        asyncio.run(work(job))
        return 0
    sys.argv = ["fieldapp", *job.words]
    try:
        import_module("ui.command").main()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 1
    return 0


def _child(job: Job) -> int:
    """Make a copy of this process that does the job; its number."""
    if sys.platform != "win32":
        child = os.fork()
        if child:
            return child
        _be_child(job)
    raise NotImplementedError


def _be_child(job: Job) -> NoReturn:
    status = 1
    try:
        out = os.open(job.out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        status = _do(job)
        sys.stdout.flush()
    finally:
        os._exit(status)


def main() -> None:
    """Do what the lines say."""
    for name in _LOADED:
        import_module(name)
    lines = os.fdopen(os.dup(1), "wb", buffering=0)
    for line in sys.stdin.buffer:
        job = msgspec.json.decode(line, type=Job)
        if job.wait:
            _, status = os.waitpid(job.wait, 0)
            lines.write(b"%d\n" % os.waitstatus_to_exitcode(status))
        else:
            lines.write(b"%d\n" % _child(job))


if __name__ == "__main__":
    main()
