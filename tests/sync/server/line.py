"""A laptop's connection to an office in other processes: HTTP/1.1 as plain as it gets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sync.wire import SyncRequest, encode


class Cut(Exception):
    """No whole answer came; `fresh`: on a connection that had not answered before."""

    def __init__(self, *, fresh: bool) -> None:
        super().__init__()
        self.fresh = fresh


@dataclass(frozen=True)
class Said:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Line:
    """One connection at a time, kept as long as the office wants."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._token = token
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._answered = 0

    async def sync(self, request: SyncRequest) -> Said:
        return await self.ask("POST /v1/sync", encode(request))

    async def ask(self, what: str, body: bytes = b"") -> Said:
        """Raises ConnectionRefusedError, or Cut."""
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port)
            self._answered = 0
        reader, writer = self._ends
        head = (
            f"{what} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            writer.write(head.encode() + body)
            said = await _answer(reader)
        except (OSError, asyncio.IncompleteReadError) as e:
            self.close()
            raise Cut(fresh=self._answered == 0) from e
        self._answered += 1
        if said.headers.get("connection") == "close":
            self.close()
        return said

    def close(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
            self._ends = None


async def _answer(reader: asyncio.StreamReader) -> Said:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Said(int(first.split()[1]), headers, body)
