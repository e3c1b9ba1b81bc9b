"""A slow line: a TCP proxy with a round trip and a bandwidth, which counts what passes.

In comes where the office listens; out come an address to call instead, and figures. Each
direction takes its octets one after the other at the bandwidth and delivers them half a round
trip later; opening a connection takes a whole one. Rule: it looks at sizes and times only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_STEP = 4 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """What the line is like."""

    round_trip_s: float
    bits_per_s: float


@dataclass(slots=True)
class Passed:
    """What passed since it was last set to nothing.

    Attributes:
        up: octets to the office, headers included; `down` from it.
        turns: how often something went up after something had come down, or as the first.
    """

    connections: int = 0
    turns: int = 0
    up: int = 0
    down: int = 0

    @property
    def round_trips(self) -> int:
        """Openings and questions."""
        return self.connections + self.turns


Way = asyncio.Queue[tuple[float, bytes]]
"""What is on its way, with the moment when it arrives; nothing more ends it."""


class SlowLink:
    """The proxy; see `slow_link`."""

    def __init__(self, target: tuple[str, int], line: Line) -> None:
        self.passed = Passed()
        self.url = ""
        self._target = target
        self._line = line
        self._free_s = {"up": 0.0, "down": 0.0}
        self._lines: set[asyncio.Task[None]] = set()

    async def serve(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        line = asyncio.ensure_future(self._carry(near, back))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)
        await asyncio.wait([line])

    async def close(self) -> None:
        """End what is still open."""
        lines = tuple(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        self.passed.connections += 1
        opened_s = _now() + self._line.round_trip_s
        far, on = await asyncio.open_connection(*self._target)
        turned = Turned()
        up, down = Way(), Way()
        try:
            await asyncio.gather(
                self._take("up", near, up, opened_s, turned),
                self._take("down", far, down, 0.0, turned),
                _give(up, on),
                _give(down, back),
            )
        except OSError:
            return  # one side hung up
        finally:
            for end in (back, on):
                end.close()
                with suppress(OSError):
                    await end.wait_closed()

    async def _take(
        self, name: str, source: asyncio.StreamReader, way: Way, from_s: float, turned: Turned
    ) -> None:
        """Put what comes on its way: a direction carries one octet after the other."""
        while data := await source.read(_STEP):
            self._count(name, len(data), turned)
            start_s = max(self._free_s[name], _now(), from_s)
            self._free_s[name] = start_s + len(data) * 8 / self._line.bits_per_s
            way.put_nowait((self._free_s[name] + self._line.round_trip_s / 2, data))
        way.put_nowait((_now() + self._line.round_trip_s / 2, b""))

    def _count(self, name: str, octets: int, turned: Turned) -> None:
        if name == "up":
            self.passed.turns += turned.went_up()
            self.passed.up += octets
        else:
            turned.came_down()
            self.passed.down += octets


class Turned:
    """Which way a connection went last."""

    def __init__(self) -> None:
        self._up = False

    def went_up(self) -> bool:
        """Whether this begins a question."""
        began, self._up = not self._up, True
        return began

    def came_down(self) -> None:
        """Something of the answer."""
        self._up = False


@asynccontextmanager
async def slow_link(host: str, port: int, line: Line) -> AsyncIterator[SlowLink]:
    """A slow line to `host` and `port` for as long as the block lasts."""
    link = SlowLink((host, port), line)
    server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
    link.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield link
    finally:
        server.close()
        await link.close()


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _give(way: Way, sink: asyncio.StreamWriter) -> None:
    """Deliver each piece at its moment."""
    while True:
        moment_s, data = await way.get()
        await asyncio.sleep(max(0.0, moment_s - _now()))
        if not data:
            sink.close()
            return
        sink.write(data)
        await sink.drain()
