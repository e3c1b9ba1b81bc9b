"""One process of the worker, as the window holds it: started at need, killed to stop.

In come jobs; out come their answers, awaited in the loop while a thread of this room waits on
the pipe. Rule: one job at a time, answered by the process that began it: where that ends in the
middle the job is `WorkerGone`, and the next one starts another process.
"""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import IO, Any

from fieldapp.errors import WorkerGone
from ui.worker.inside import DONE, FAILED, unpacked

_COMMAND = (sys.executable, "-m", "ui.worker.inside")
_FLAGS = 0x08004000 if sys.platform == "win32" else 0
"""No console window, and less of the processor than the window (Windows, process creation)."""


class Process:
    """A process, or none yet."""

    def __init__(self) -> None:
        """Nothing is started before the first job."""
        self._turn = asyncio.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._guard = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._closed = False

    async def do(self, job: partial[Any], heard: Callable[[Any], None] | None = None) -> Any:
        """What the job returns; `heard` gets what it yields. Cancelling kills the process.

        Raises:
            WorkerGone: the process ended in the middle, or was closed.
            Exception: whatever the job raises.
        """
        async with self._turn:
            if self._closed:
                raise WorkerGone("closed")
            self._stopped = False
            self._thread = self._thread or ThreadPoolExecutor(1, "worker")
            loop = asyncio.get_running_loop()

            def told(step: object) -> None:
                if heard is not None:
                    loop.call_soon_threadsafe(self._tell, heard, step)

            work = loop.run_in_executor(self._thread, self._do, job, told)
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                self._stop()
                await asyncio.wait([work])
                work.exception()  # that it is gone, as was wanted
                raise

    async def close(self) -> None:
        """End the process and whatever it does."""
        self._closed = True
        self._stop()
        async with self._turn:
            if self._thread is not None:
                await asyncio.get_running_loop().run_in_executor(self._thread, self._end)
                self._thread.shutdown()
                self._thread = None

    def _tell(self, heard: Callable[[Any], None], step: object) -> None:
        if not self._stopped:
            heard(step)

    def _stop(self) -> None:
        """Kill the process; the thread that waits for it finds the pipe empty."""
        with self._guard:
            self._stopped = True
            if self._child is not None:
                self._child.kill()

    def _do(self, job: partial[Any], told: Callable[[object], None]) -> Any:
        """In the thread: hand the job over and wait for its answer."""
        call = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        child = self._running()
        with self._kept(child) as (into, out):
            pickle.dump(call, into)
            into.flush()
        while True:
            with self._kept(child) as (_, out):
                said = pickle.load(out)
            kind, value = pickle.loads(said)
            if kind == DONE:
                return value
            if kind == FAILED:
                raise unpacked(*value)
            told(value)

    def _running(self) -> subprocess.Popen[bytes]:
        """A process that runs: the one that is there, or a new one."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        child = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=_FLAGS
        )
        with self._guard:
            self._child = child
            if self._stopped:
                child.kill()
        return child

    @contextmanager
    def _kept(self, child: subprocess.Popen[bytes]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The two ends of its pipes; a process that is gone from them is ended whole."""
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            yield child.stdin, child.stdout
        except (EOFError, OSError, pickle.UnpicklingError) as e:
            self._end()
            raise WorkerGone(f"exit {child.returncode}") from e

    def _end(self) -> None:
        """Let go of the process, dead or alive, and of its pipes."""
        with self._guard:
            child, self._child = self._child, None
        if child is not None:
            child.kill()
            with suppress(OSError):  # what it did not take any more is lost with it
                child.communicate()
