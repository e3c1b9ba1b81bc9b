"""A port: bytes in, bytes out, with a line speed. The only shape of a line that others see.

`Port` is the protocol that drivers and pumps use; `memory_pair` makes two ends joined in
memory, which the tests and the in-process simulators use like any other port. The real serial
port is `hardware.serial_port`. Rule: a port never interprets what it carries.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Protocol

from hardware.errors import PortGone

_LINE = re.compile(r"([1-9][0-9]{1,6}) (7E1|8N1)( released)?")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """How characters stand on the line.

    Attributes:
        baud: bits per second; a character is 10 bits in both forms used here.
        seven_even: True for 7E1, False for 8N1. Protocol rooms that need 7E1 (IEC 62056-21)
            put the parity bit into bit 7 themselves and leave the line at 8N1: the same bits
            on the wire, and it also works where a line can't be switched (pseudo-terminals,
            sockets).
        request: whether RTS and DTR are held, where the port has them (`LineControl`). Most P1
            cables feed the meter's request line from +5 V, some from one of these.
    """

    baud: int = 115200
    seven_even: bool = False
    request: bool = True

    def __str__(self) -> str:
        """`9600 8N1`, with ` released` behind it where RTS and DTR are let go."""
        form = "7E1" if self.seven_even else "8N1"
        return f"{self.baud} {form}{'' if self.request else ' released'}"

    @classmethod
    def parse(cls, text: str) -> LineSettings:
        """Read what `str` wrote.

        Raises:
            ValueError: it is something else.
        """
        found = _LINE.fullmatch(text)
        if found is None:
            raise ValueError(f"line settings {text}")
        return cls(int(found[1]), found[2] == "7E1", found[3] is None)


@dataclass(frozen=True, slots=True)
class LineControl:
    """What this end decides about a line.

    Attributes:
        speed: `configure` changes it; not so on a socket, where somebody else set it.
        request: RTS and DTR can be held and let go.
    """

    speed: bool = True
    request: bool = False


class Port(Protocol):
    """An open line. Closing it (from anywhere) ends a pending `read` with `PortGone`."""

    @property
    def name(self) -> str:
        """The name the user gave it (`/dev/ttyUSB0`, `COM4`, `socket://...`)."""
        ...

    @property
    def line(self) -> LineSettings:
        """The settings now in force."""
        ...

    @property
    def control(self) -> LineControl:
        """What `configure` really decides here."""
        ...

    async def read(self, timeout_s: float) -> bytes:
        """The bytes that came since the last read, at least one.

        Waits at most `timeout_s` seconds for the first; returns `b""` when none came.

        Raises:
            PortGone: the line was closed or unplugged.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Hand over `data`; returns when it has left for the line.

        Raises:
            PortGone: the line was closed or unplugged.
        """
        ...

    async def configure(self, line: LineSettings) -> None:
        """Switch speed and character form after what was written has left."""
        ...

    async def close(self) -> None:
        """Close; closing twice is allowed."""
        ...


class PortAround:
    """Another port with something between; what is not changed here is that port's."""

    def __init__(self, port: Port) -> None:
        self._port = port

    @property
    def name(self) -> str:
        """See `Port.name`."""
        return self._port.name

    @property
    def line(self) -> LineSettings:
        """See `Port.line`."""
        return self._port.line

    @property
    def control(self) -> LineControl:
        """See `Port.control`."""
        return self._port.control

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        await self._port.configure(line)

    async def close(self) -> None:
        """See `Port.close`."""
        await self._port.close()


class MemoryPort:
    """One end of a line in memory; made by `memory_pair`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.line = LineSettings()
        self.control = LineControl()
        self._incoming = bytearray()
        self._arrived = asyncio.Event()
        self._closed = False
        self._peer: MemoryPort | None = None

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`; what came before the close is still handed out."""
        if not self._incoming and not self._closed:
            try:
                async with asyncio.timeout(timeout_s):  # wait_for may lose a cancellation
                    await self._arrived.wait()
            except TimeoutError:
                return b""
        if not self._incoming and self._closed:
            raise PortGone(self.name, "closed")
        data = bytes(self._incoming)
        self._incoming.clear()
        if not self._closed:
            self._arrived.clear()
        return data

    async def write(self, data: bytes) -> None:
        """See `Port.write`."""
        if self._closed or self._peer is None:
            raise PortGone(self.name, "closed")
        self._peer.deliver(data)

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`; the other end sees nothing of it."""
        self.line = line

    async def close(self) -> None:
        """Close both ends, as pulling the plug does."""
        peer, self._peer = self._peer, None
        self.hang_up()
        if peer is not None:
            peer.hang_up()

    def deliver(self, data: bytes) -> None:
        """Put bytes on this end's input (called by the other end)."""
        self._incoming += data
        self._arrived.set()

    def hang_up(self) -> None:
        """The line is gone: wake whoever waits."""
        self._closed = True
        self._arrived.set()


def memory_pair(name: str = "memory://") -> tuple[MemoryPort, MemoryPort]:
    """Two joined ends: what one writes the other reads, in order and unchanged."""
    near, far = MemoryPort(name), MemoryPort(name)
    near._peer, far._peer = far, near
    return near, far
