"""One of several processes of an office, as `python -m sync.server.member`.

Started by `processes`. In comes, as the first line of standard input, its seat; out goes
`{"ready": true}`, or `{"failed": "…"}` with the reason. Rule: it ends when its input does, so
that none is left over where the one that supervises was killed.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys

import uvicorn

from sync.server import logs
from sync.server.office import OfficeUnavailable
from sync.server.run import one
from sync.server.service import Seat, unpacked


def main() -> int:
    """Serve until the input ends or a signal comes; answers the exit status."""
    seat = unpacked(sys.stdin.buffer.readline())
    with logs.written(level=seat.service.log_level):
        return _take(seat)


def _take(seat: Seat) -> int:
    family = socket.AF_INET6 if ":" in seat.service.host else socket.AF_INET
    with socket.socket(
        family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=seat.descriptor
    ) as bound:
        try:
            asyncio.run(_serve(seat, bound))
        except (OfficeUnavailable, OSError) as e:
            _say({"failed": str(e)})
            return 1
    return 0


async def _serve(seat: Seat, bound: socket.socket) -> None:
    watching: list[asyncio.Task[None]] = []

    def ready(server: uvicorn.Server) -> None:
        watching.append(asyncio.create_task(_end_with_input(server)))
        _say({"ready": True})

    try:
        await one(seat.service, seat.process, bound, ready)
    finally:
        for task in watching:
            task.cancel()


async def _end_with_input(server: uvicorn.Server) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    try:
        await reader.read()
        server.should_exit = True
    finally:
        transport.close()


def _say(what: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
