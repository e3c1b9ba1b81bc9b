"""The demo's real processes: the office, its one-shot commands, and the technician's.

Each is this program again (`fieldapp ...`), started with its own interpreter and data folder.
Output lines come out as parsed JSON where they are JSON. Rule: whoever starts a process here
also ends it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

_STOP_S = 15.0
_PROGRAM = (sys.executable, "-m", "ui.command")


class DemoFailed(Exception):
    """A process of the demo ended otherwise than it should; `said` is what it printed."""

    def __init__(self, what: str, said: str) -> None:
        super().__init__(f"{what}: {said.strip()}")
        self.what = what
        self.said = said


async def start(*words: str, log: Path | None = None) -> asyncio.subprocess.Process:
    """Start `fieldapp WORDS...` with pipes on its input and output.

    What it says on standard error goes to a pipe too, or to the end of a file: a pipe that
    nobody reads would in the end hold up whoever says much.
    """
    with ExitStack() as kept:
        err = asyncio.subprocess.PIPE if log is None else kept.enter_context(log.open("ab"))
        return await asyncio.create_subprocess_exec(
            *_PROGRAM,
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=err,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            limit=2**22,
        )


async def run(*words: str) -> list[dict[str, Any]]:
    """Run `fieldapp WORDS...` to its end and return its JSON lines.

    Raises:
        DemoFailed: it did not exit with 0.
    """
    process = await start(*words)
    out, err = await process.communicate()
    if process.returncode != 0:
        raise DemoFailed(" ".join(words[:2]), (err or out).decode(errors="replace"))
    return [json.loads(line) for line in out.splitlines() if line.startswith(b"{")]


async def lines(process: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    """The JSON lines that a running process prints, as they come."""
    if process.stdout is None:
        return
    async for line in process.stdout:
        if line.startswith(b"{"):
            yield json.loads(line)


async def end(process: asyncio.subprocess.Process) -> int:
    """Ask a process to stop, wait, and kill it where it does not listen; returns its status."""
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.communicate(), _STOP_S)
    except TimeoutError:
        process.kill()
        await process.communicate()
    return process.returncode or 0


class Office:
    """The back office of the demo, which can be stopped and started again on the same data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it on a free port (the same one again the next time).

        Raises:
            DemoFailed: it did not say that it takes requests.
        """
        port = self.url.rpartition(":")[2] or "0"
        self.folder.mkdir(parents=True, exist_ok=True)
        words = ("server", "--data", str(self.folder), "--port", port, "--practice")
        log = self.folder / "office.log"
        self._process = await start(*words, log=log)
        async for line in lines(self._process):
            self.url = line["ready"]
            return
        await self._process.communicate()
        *_, said = ("", *log.read_text("utf-8", "replace").splitlines())
        raise DemoFailed("server", said)

    async def stop(self) -> None:
        """Stop it as an administrator would."""
        if self._process is not None:
            await end(self._process)
            self._process = None

    async def admin(self, *words: str) -> list[dict[str, Any]]:
        """Run `fieldapp server-admin WORDS...` on this office's data."""
        return await run("server-admin", *words, "--data", str(self.folder))
