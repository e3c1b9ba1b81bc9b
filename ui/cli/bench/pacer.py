"""A process that is measured and answers JSON lines with JSON lines.

Words of a command in; its answers out, one for each question. Rule: the process ends with the
block it was started in, and one that dies is told with what it said.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ui.demo.processes import DemoFailed

_PATIENCE_S = 600.0


class Pacer:
    """The process; see `pacer`."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self._process = process
        self._name = name

    async def ask(self, **question: object) -> dict[str, Any]:
        """Put one question and wait for its answer.

        Raises:
            DemoFailed: the process has ended instead.
            TimeoutError: no answer came.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise DemoFailed(self._name, "it has no pipes")
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        async with asyncio.timeout(_PATIENCE_S):
            line = await self._process.stdout.readline()
        if not line:
            _, said = await self._process.communicate()
            raise DemoFailed(self._name, said.decode(errors="replace"))
        return dict(json.loads(line))


@asynccontextmanager
async def pacer(name: str, *words: str) -> AsyncIterator[Pacer]:
    """Start `words` as a process that answers, for as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ),
        limit=2**22,
    )
    try:
        yield Pacer(process, name)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
