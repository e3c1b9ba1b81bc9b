"""The meter's end of a hosted line: one TCP connection, or the master of a pseudo-terminal.

In: a connection or nothing. Out: a `Port` for the simulated meter. Pseudo-terminals exist on
POSIX systems only. Rule: a client that is gone, or does not read, never stops the meter: what
finds no room on a pseudo-terminal for a second is lost, as on a line without a listener.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import dataclass

from hardware.errors import PortGone
from hardware.port import LineControl, LineSettings, Port
from hardware.simulators.uart import garble

_PIECE = 65536
_ROOM_S = 1.0
_AGREEMENT_S = 0.2
_AGREEMENT_POLLS = 40


@dataclass(frozen=True, slots=True)
class HostedPty:
    """A pseudo-terminal: `port` for the meter, `path` for the client to open."""

    port: Port
    path: str


class StreamPort:
    """One accepted TCP connection; its `line` is what the meter set."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The event loop has set TCP_NODELAY on the connection already."""
        host, port = writer.get_extra_info("peername")[:2]
        self.name = f"socket://{host}:{port}"
        self.line = LineSettings()
        self.control = LineControl(speed=False)
        self._reader = reader
        self._writer = writer

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`."""
        try:
            async with asyncio.timeout(timeout_s):
                data = await self._reader.read(_PIECE)
        except TimeoutError:
            return b""
        except OSError as error:
            raise PortGone(self.name, str(error)) from error
        if not data:
            raise PortGone(self.name, "closed by the client")
        return data

    async def write(self, data: bytes) -> None:
        """See `Port.write`."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise PortGone(self.name, str(error)) from error

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        self.line = line

    async def close(self) -> None:
        """See `Port.close`."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


if sys.platform == "win32":

    def open_pty() -> HostedPty:
        """Pseudo-terminals do not exist here.

        Raises:
            PortGone: always.
        """
        raise PortGone("pty", "no pseudo-terminals on this system")

else:
    import pty
    import termios
    import tty

    _RATES = (300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
    _BAUD = {getattr(termios, f"B{rate}"): rate for rate in _RATES}

    def open_pty() -> HostedPty:
        """A new pseudo-terminal in raw mode; closing its port removes it.

        Raises:
            PortGone: the system gives no more of them.
        """
        try:
            master, slave = pty.openpty()
        except OSError as error:
            raise PortGone("pty", str(error)) from error
        tty.setraw(slave)
        path = os.ttyname(slave)
        return HostedPty(PtyPort(master, slave, path), path)

    class PtyPort:
        """The master of a pseudo-terminal; the slave is held open for clients to come.

        Its `line` is the client's speed now in force. Once `configure` gave the meter's own,
        octets of the other speed are garbled, in both directions. A client that changes its
        speed may be seen late, or run late, on a busy machine; so the first octets after a
        change count as sent before it, and an answer waits a little for the client's change.
        """

        def __init__(self, master: int, slave: int, path: str) -> None:
            """Takes over both descriptors."""
            self.name = path
            self.control = LineControl()
            self._master = master
            self._slave = slave
            self._own: LineSettings | None = None
            self._client_baud = self._disagreed_baud = 0
            self._incoming = bytearray()
            self._arrived = asyncio.Event()
            self._room = asyncio.Event()
            self._closed = False
            self._paused = False
            self._loop = asyncio.get_running_loop()
            os.set_blocking(master, False)
            self._loop.add_reader(master, self._on_readable)

        @property
        def line(self) -> LineSettings:
            """The client's speed; before the first client the system's default."""
            if self._closed:
                return LineSettings()
            speed = termios.tcgetattr(self._master)[5]
            return LineSettings(baud=_BAUD.get(speed, LineSettings().baud))

        async def read(self, timeout_s: float) -> bytes:
            """See `Port.read`."""
            if not self._incoming and not self._closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        await self._arrived.wait()
            if self._closed:
                raise PortGone(self.name, "closed")
            data = bytes(self._incoming)
            self._incoming.clear()
            self._arrived.clear()
            if self._paused:
                self._paused = False
                self._loop.add_reader(self._master, self._on_readable)
            return data

        async def write(self, data: bytes) -> None:
            """See `Port.write`; what no client takes within a second is lost."""
            rest = data
            if self._own is not None:
                await self._agreement(self._own)
                rest = garble(data, self._own.baud, self.line.baud)
            while rest:
                if self._closed:
                    raise PortGone(self.name, "closed")
                try:
                    rest = rest[os.write(self._master, rest) :]
                except BlockingIOError:
                    if not await self._has_room():
                        return

        async def configure(self, line: LineSettings) -> None:
            """The meter's own speed; the client's is the client's."""
            self._own = line
            self._disagreed_baud = 0

        async def close(self) -> None:
            """See `Port.close`; the client's next read fails as after an unplugging."""
            if self._closed:
                return
            self._closed = True
            self._loop.remove_reader(self._master)
            self._loop.remove_writer(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._arrived.set()
            self._room.set()

        def _on_readable(self) -> None:
            """Take octets as they come: garbled by the speed at which they came."""
            try:
                data = os.read(self._master, _PIECE)
            except BlockingIOError:
                return
            before, self._client_baud = self._client_baud, self.line.baud
            if self._own is not None and before != self._own.baud:
                data = garble(data, self._client_baud, self._own.baud)
            self._incoming += data
            self._arrived.set()
            if len(self._incoming) > _PIECE:
                self._paused = True
                self._loop.remove_reader(self._master)

        async def _agreement(self, own: LineSettings) -> None:
            """Give the client a moment to change to the meter's speed, once for each other."""
            for _ in range(_AGREEMENT_POLLS):
                if self.line.baud in {own.baud, self._disagreed_baud}:
                    return
                await asyncio.sleep(_AGREEMENT_S / _AGREEMENT_POLLS)
            self._disagreed_baud = self.line.baud

        async def _has_room(self) -> bool:
            """Wait until the client has read something; False when it does not."""
            self._room.clear()
            self._loop.add_writer(self._master, self._room.set)
            try:
                async with asyncio.timeout(_ROOM_S):
                    await self._room.wait()
            except TimeoutError:
                return False
            finally:
                if not self._closed:
                    self._loop.remove_writer(self._master)
            return True
