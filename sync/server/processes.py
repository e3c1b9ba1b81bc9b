"""Runs several processes of one office on one port, and keeps them running.

In comes the service; the processes share one listening socket, so a connection goes to whoever
takes it first, and one that dies leaves nobody waiting. A dead one is started again after a
pause that grows; the word to stop goes on to all of them. Rule: they share no memory; all that
one must know of another stands in the database and in the files.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable

from sync.server.office import Office, OfficeUnavailable
from sync.server.run import GRACE_S, address, listen, serve
from sync.server.service import Seat, Service, packed

_PROGRAM = (sys.executable, "-m", "sync.server.member")
_FIRST_S, _LONGEST_S = 1.0, 30.0
_SOUND_S = 60.0
"""After so long a process is taken to be sound: its next pause is the first one again."""

_LOG = logging.getLogger(__name__)


def run(service: Service, on_ready: Callable[[str], None]) -> None:
    """Serve by as many processes as the service says until a signal says stop.

    Raises:
        OSError: the address can't be had.
        OfficeUnavailable: folder, key file or database can't be had.
    """
    if service.processes == 1:
        serve(service, on_ready)
        return
    Office.open(service.settings).close()  # one migrates, and says what is wrong
    bound = listen(service.host, service.port)
    url = address(bound)
    bound.listen()  # who comes before they are ready waits
    asyncio.run(_supervise(service, bound, lambda: on_ready(url)))


async def _supervise(
    service: Service, bound: socket.socket, on_ready: Callable[[], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, stop.set)
    members = [_Member(number, service, bound, stop) for number in _numbers(service)]
    keeping = [asyncio.create_task(member.keep()) for member in members]
    for task in keeping:
        task.add_done_callback(lambda _ended: stop.set())
    for member in members:
        await _either(member.began.wait(), stop.wait())
    if not stop.is_set():
        on_ready()
    await stop.wait()
    bound.close()  # the processes close theirs when they let nobody in any more
    for found in await asyncio.gather(*keeping, return_exceptions=True):
        if found is not None:
            raise found


def _numbers(service: Service) -> range:
    return range(1, service.processes + 1)


class _Member:
    """One of the processes, again and again."""

    def __init__(
        self, number: int, service: Service, bound: socket.socket, stop: asyncio.Event
    ) -> None:
        self._number = number
        self._service = service
        self._descriptor = bound.fileno()
        self._stop = stop
        self.began = asyncio.Event()
        """Set once it took requests, or never will."""

    async def keep(self) -> None:
        """Until it is told to stop.

        Raises:
            OfficeUnavailable: it never took requests; the others are told to stop.
        """
        pause_s = _FIRST_S
        loop = asyncio.get_running_loop()
        while not self._stop.is_set():
            since_s = loop.time()
            process = await self._start()
            await self._watch(process)
            if self._stop.is_set():
                return
            if loop.time() - since_s > _SOUND_S:
                pause_s = _FIRST_S
            told = {"member": self._number, "ended": process.returncode}
            _LOG.warning("process ended", extra={**told, "again_in_s": pause_s})
            await _either(self._stop.wait(), asyncio.sleep(pause_s))
            pause_s = min(_LONGEST_S, 2 * pause_s)

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *_PROGRAM,
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(self._descriptor,),
            process_group=0,  # Ctrl-C is for the one that supervises
        )
        if process.stdin is not None:
            process.stdin.write(packed(Seat(self._number, self._descriptor, self._service)))
        return process

    async def _watch(self, process: Process) -> None:
        """Until the process ends, by itself or because all are to stop."""
        watching = asyncio.create_task(self._said(process))
        try:
            await _either(watching, self._stop.wait())
            if self._stop.is_set():
                await self._end(process)
            await watching
        finally:
            self.began.set()

    async def _said(self, process: Process) -> None:
        """What it says at its start, then its end."""
        line = await process.stdout.readline() if process.stdout is not None else b""
        said = json.loads(line) if line else {}
        if "ready" in said:
            self.began.set()
        await process.wait()
        if not self.began.is_set() and not self._stop.is_set():
            self._stop.set()
            raise OfficeUnavailable(said.get("failed", "a process ended before it was ready"))

    async def _end(self, process: Process) -> None:
        """Say stop by closing its input; a process that does not listen is killed."""
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(self._service.drain_s + 2 * GRACE_S):
                await process.wait()
        except TimeoutError:
            process.kill()


async def _either(*ways: Awaitable[object]) -> None:
    """Until one of them is through; the others are let go, but for the caller's own tasks."""
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task, way in zip(tasks, ways, strict=True):
            if task is not way:
                task.cancel()
