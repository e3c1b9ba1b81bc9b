"""`fieldapp server` in processes of its own, and laptops at work against it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from fieldapp.clock import SystemClock
from fieldapp.domain import facts as f
from sync.server.office import Office
from sync.server.settings import ServerSettings
from sync.wire import Outcome, SyncAnswer, SyncRequest, decode
from tests.sync.server.doubles import REGION, START, Backyard, Signer
from tests.sync.server.line import Cut, Line

PROGRAM = (sys.executable, "-m", "ui.command")


class Log:
    """What the processes of one office say on standard error."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._told: list[dict[str, Any]] = []
        self._more = threading.Condition()
        self._reading = threading.Thread(target=self._read, args=(process,))
        self._reading.start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            with self._more:
                self._told.append(json.loads(line))
                self._more.notify_all()

    def wait(self, *events: str, number: int = 1) -> list[dict[str, Any]]:
        """The lines of these events, once there are so many."""

        def found() -> list[dict[str, Any]]:
            lines = [line for line in self._told if line["event"] in events]
            return lines if len(lines) >= number else []

        with self._more:
            assert self._more.wait_for(found, 60), [line["event"] for line in self._told]
            return found()

    def end(self) -> None:
        self._reading.join(20)


class Served:
    """`fieldapp server`, as an administrator starts it."""

    def __init__(self, settings: ServerSettings, *words: str) -> None:
        data = settings.key_file.parent
        self.process = subprocess.Popen(
            [*PROGRAM, "server", "--data", str(data), "--port", "0", *words],
            env=os.environ | {"FIELDAPP_DB": settings.db_url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = Log(self.process)
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["ready"]
        self.port = int(self.url.rpartition(":")[2])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.end()

    def end(self) -> int:
        self.process.terminate()
        status = self.process.wait(60)
        self.log.end()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        return status


@dataclass
class Worker:
    """A laptop that sends one operation after the other and keeps what the office said."""

    signer: Signer
    visit: str
    line: Line
    count: Callable[[], None]
    applied: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    async def work(self) -> None:
        """Until nobody takes anything any more."""
        while True:
            note = f.ComplaintRecorded(at=START, text="the cupboard is damp")
            operation = self.signer.operation(self.visit, note)
            request = SyncRequest(cursor=10**9, operations=(operation,))
            if not await self._deliver(request):
                return
            self.applied.append(json.loads(operation.header)["id"])
            self.count()

    async def _deliver(self, request: SyncRequest) -> bool:
        while True:
            try:
                said = await self.line.sync(request)
            except ConnectionRefusedError:
                return False
            except Cut as e:
                self.refusals.append("not let in" if e.fresh else "cut")
                continue
            if said.status == 200:
                [verdict] = decode(said.body, SyncAnswer).verdicts
                assert verdict.outcome in {Outcome.APPLIED, Outcome.APPLIED_WITH_CONFLICT}
                return True
            self.refusals.append(f"{said.status} {'retry-after' in said.headers}")
            await asyncio.sleep(0)


class Crew:
    """Laptops at work against a port, from a thread of their own."""

    def __init__(self, office: Office, port: int, number: int) -> None:
        yard = Backyard(office)
        yard.technician()
        [visit] = yard.visits()
        self._more = threading.Condition()
        self._done = 0
        signers = [yard.laptop() for _ in range(number)]
        now = SystemClock().now()
        self.workers = [
            Worker(
                signer,
                visit,
                Line(port, office.door.token(REGION, signer.laptop, now)),
                self._count,
            )
            for signer in signers
        ]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._thread.start()

    async def _work(self) -> None:
        await asyncio.gather(*(worker.work() for worker in self.workers))

    def _count(self) -> None:
        with self._more:
            self._done += 1
            self._more.notify_all()

    def wait(self, more: int) -> None:
        """Until so many more operations were taken."""
        with self._more:
            wanted = self._done + more
            assert self._more.wait_for(lambda: self._done >= wanted, 60)

    def end(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()

    def refusals(self) -> list[str]:
        """How it was said no since they were last asked for."""
        told = [said for worker in self.workers for said in worker.refusals]
        for worker in self.workers:
            worker.refusals.clear()
        return told
