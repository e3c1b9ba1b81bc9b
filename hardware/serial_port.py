"""The real line: serial devices and pyserial URLs as a `Port`, behind one reader thread.

In: a name as the user gave it (`/dev/ttyUSB0`, `COM4`, `socket://host:port`, `rfc2217://...`).
Out: a `SerialPort`, or `PortGone` and `PortBusy`.

Rule: the reader thread alone opens, reads, changes settings and closes; everybody else sets a
flag or leaves an order and wakes it. What the thread meets after the closing flag is a normal
end, before it `PortGone`. Writing is done from the event loop, without blocking: what does
not fit into the driver's buffer waits, and `write` returns when the octets have left.
"""

from __future__ import annotations

import asyncio
import errno
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from hardware.device_line import FAILURES, PortInfo, SerialWire, list_ports
from hardware.errors import PortBusy, PortError, PortGone
from hardware.port import LineControl, LineSettings
from hardware.socket_line import POLL_S, SocketWire, Wire

__all__ = ["DEFAULT_LINE", "MAX_BACKLOG", "PortInfo", "SerialPort", "list_ports", "open_port"]

DEFAULT_LINE = LineSettings()
MAX_BACKLOG = 1 << 20
"""Octets nobody read yet, after which the thread leaves the rest to the driver."""

_BITS_PER_CHARACTER = 10
_DRAIN_POLLS = 200
_BUSY = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.EAGAIN}


async def open_port(name: str, line: LineSettings = DEFAULT_LINE) -> SerialPort:
    """Open `name`; the caller closes it.

    Raises:
        PortGone: no such device, or nobody listens there.
        PortBusy: in use by another program, or no permission.
    """
    port = SerialPort(name, line, asyncio.get_running_loop())
    try:
        await port.opened()
    except PortError:
        await port.close()
        raise
    except asyncio.CancelledError:
        port.abandon()
        raise
    return port


class SerialPort:
    """One open line; made by `open_port`. See `hardware.port.Port` for the methods."""

    def __init__(self, name: str, line: LineSettings, loop: asyncio.AbstractEventLoop) -> None:
        """Starts the reader thread; `opened` tells whether it worked."""
        self.name = name
        self.line = line
        self._loop = loop
        self._incoming = bytearray()
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._opened: asyncio.Future[None] = loop.create_future()
        self._failure: PortError | None = None
        self._orders: queue.SimpleQueue[tuple[LineSettings, asyncio.Future[None]]]
        self._orders = queue.SimpleQueue()
        self._closing = threading.Event()
        self._guard = threading.Lock()
        self._wire: Wire | None = None
        # A daemon: a driver that hangs in its open must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"port {name}", daemon=True)
        self._thread.start()

    @property
    def control(self) -> LineControl:
        """See `Port.control`."""
        wire = self._wire
        return LineControl() if wire is None else LineControl(wire.settable, wire.paced)

    async def opened(self) -> None:
        """Wait until the line stands.

        Raises:
            PortGone: no such device, or nobody listens there.
            PortBusy: in use, or no permission.
        """
        await self._opened

    def abandon(self) -> None:
        """Give the closing flag without waiting for the thread."""
        self._closing.set()
        self._wake()

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`; what came before the end is still handed out."""
        if not self._incoming and self._failure is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
        if self._incoming:
            data = bytes(self._incoming)
            self._incoming.clear()
            self._arrived.clear()
            return data
        self._check()
        return b""

    async def write(self, data: bytes) -> None:
        """See `Port.write`."""
        started = self._loop.time()
        rest = data
        while rest:
            self._check()
            rest = rest[self._write_some(rest) :]
            if rest:
                await asyncio.sleep(POLL_S / 10)
        if self._wire is not None and self._wire.paced:
            await self._drain(self._wire, started, len(data))

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`; on a socket there is nothing to change."""
        self._check()
        if self._wire is not None and self._wire.settable:
            done: asyncio.Future[None] = self._loop.create_future()
            self._orders.put((line, done))
            self._wake()
            await done
        self.line = line

    async def close(self) -> None:
        """See `Port.close`; returns when the thread has ended."""
        self.abandon()
        await self._ended.wait()
        self._thread.join()

    # On the event loop

    def _check(self) -> None:
        if self._failure is not None or self._closing.is_set():
            detail = self._failure.detail if self._failure else "closed"
            raise PortGone(self.name, detail)

    def _write_some(self, data: bytes) -> int:
        try:
            with self._guard:
                return self._wire.write_some(data) if self._wire else 0
        except FAILURES as error:
            raise PortGone(self.name, str(error)) from error

    def _wake(self) -> None:
        with self._guard, suppress(*FAILURES):
            if self._wire is not None:
                self._wire.wake()

    async def _drain(self, wire: Wire, started: float, count: int) -> None:
        """Wait until `count` octets left: adapters report an empty buffer too early."""
        on_line_s = count * _BITS_PER_CHARACTER / self.line.baud
        await asyncio.sleep(started + on_line_s - self._loop.time())
        try:
            for _ in range(_DRAIN_POLLS):
                if not wire.unsent():
                    return
                await asyncio.sleep(POLL_S / 10)
        except FAILURES as error:
            raise PortGone(self.name, str(error)) from error

    def _deliver(self, data: bytes) -> None:
        self._incoming += data
        self._arrived.set()

    def _ends(self, failure: PortError) -> None:
        """The thread has closed the line; whoever waits learns it here."""
        self._failure = failure
        _settle(self._opened, failure)
        while not self._orders.empty():
            _settle(self._orders.get()[1], failure)
        self._arrived.set()
        self._ended.set()

    # In the reader thread

    def _run(self) -> None:
        failure: PortError = PortGone(self.name, "closed")
        try:
            self._open_wire()
            self._tell(_settle, self._opened)
            while not self._closing.is_set():
                self._obey()
                self._listen()
        except PortError as error:
            failure = error
        except FAILURES as error:
            if not self._closing.is_set():
                failure = PortGone(self.name, str(error))
        finally:
            # Also after a bug of our own or of a driver: nobody may wait for ever.
            self._close_wire()
            self._tell(self._ends, failure)

    def _close_wire(self) -> None:
        with self._guard, suppress(*FAILURES):
            if self._wire:
                self._wire.close()

    def _open_wire(self) -> None:
        try:
            is_socket = self.name.startswith("socket://")
            self._wire = SocketWire(self.name) if is_socket else SerialWire(self.name)
            self._wire.open(self.line)
        except FAILURES as error:
            raise _translated(self.name, error) from error

    def _listen(self) -> None:
        if len(self._incoming) > MAX_BACKLOG:
            self._closing.wait(POLL_S)
            return
        data = self._wire.read() if self._wire else b""
        if data:
            self._tell(self._deliver, data)

    def _obey(self) -> None:
        """Carry out what `configure` ordered; a refused setting ends nothing."""
        while not self._orders.empty():
            line, done = self._orders.get()
            failure: PortError | None = None
            try:
                if self._wire is not None:
                    self._wire.configure(line)
            except FAILURES as error:
                failure = PortGone(self.name, str(error))
            self._tell(_settle, done, failure)

    def _tell(self, call: Callable[..., None], *values: object) -> None:
        # The loop may be gone already when the program ends with a port open.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *values)


def _settle(done: asyncio.Future[None], failure: PortError | None = None) -> None:
    if done.done():
        return
    if failure is None:
        done.set_result(None)
    else:
        done.set_exception(failure)


def _translated(name: str, error: Exception) -> PortError:
    """Why it did not open: busy or gone; Windows hides its error number in the text."""
    busy = isinstance(error, OSError) and error.errno in _BUSY
    if busy or "PermissionError" in str(error):
        return PortBusy(name, str(error))
    return PortGone(name, str(error))
