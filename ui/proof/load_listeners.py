"""Laptops that listen for changes: connections to `/v1/changed` that are held open.

In come prepared requests; out comes how many the office took. What is told over them is read
and let go. Rule: an office without that endpoint has no listeners, which is said and no error.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

_AT_ONCE = 50
_AGAIN_S = 1.0


class Listeners:
    """Open connections; see `open`."""

    def __init__(self, ports: list[int], requests: list[bytes]) -> None:
        self._ports = ports
        self._requests = requests
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> int:
        """Open them all; answers how many the office took."""
        gate = asyncio.Semaphore(_AT_ONCE)
        tries = [self._first(gate, n, request) for n, request in enumerate(self._requests)]
        return sum(await asyncio.gather(*tries))

    async def _first(self, gate: asyncio.Semaphore, n: int, request: bytes) -> bool:
        port = self._ports[n % len(self._ports)]
        async with gate:
            line = await _listen(port, request)
        if line is None:
            return False
        self._tasks.append(asyncio.create_task(_stay(port, request, line)))
        return True


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _listen(port: int, request: bytes) -> Line | None:
    """One more connection; None: the office does not know the endpoint, or has no room."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if head[9:12] == b"200":
        return reader, writer
    writer.close()
    return None


async def _stay(port: int, request: bytes, line: Line | None) -> None:
    """Hear what is told, and come again when the office ends it, as laptops do."""
    while line is not None:
        reader, writer = line
        with suppress(OSError):
            while await reader.read(4096):
                pass
        writer.close()
        await asyncio.sleep(_AGAIN_S)
        line = await _listen(port, request)
