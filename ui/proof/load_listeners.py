"""Laptops that listen for changes: connections to `/v1/changed` that are held open.

In come prepared requests; out comes how many the office took. What is told over them is read
and let go. Rule: an office without that endpoint has no listeners, which is said and no error.
"""

from __future__ import annotations

import asyncio

_AT_ONCE = 50


class Listeners:
    """Open connections; see `open`."""

    def __init__(self, ports: list[int], requests: list[bytes]) -> None:
        self._ports = ports
        self._requests = requests
        self._readers: list[asyncio.Task[None]] = []
        self.heard = 0

    async def open(self) -> int:
        """Open them all; answers how many the office took."""
        gate = asyncio.Semaphore(_AT_ONCE)
        tasks = [self._one(gate, n, request) for n, request in enumerate(self._requests)]
        return sum(await asyncio.gather(*tasks))

    def close(self) -> None:
        """Hang up."""
        for reader in self._readers:
            reader.cancel()

    async def _one(self, gate: asyncio.Semaphore, n: int, request: bytes) -> bool:
        async with gate:
            port = self._ports[n % len(self._ports)]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
        if head[9:12] != b"200":
            writer.close()
            return False
        self._readers.append(asyncio.create_task(self._read(reader, writer)))
        return True

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(4096):
                self.heard += 1
        finally:
            writer.close()
