"""Which ports this program has open, and whether the last attempt on each one failed.

In comes the function that opens ports; out comes one that does the same and keeps the book.
Rule: it tells what happened to a port, never what is hoped for; it reads no octet of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from hardware.errors import PortError
from hardware.port import LineControl, LineSettings, Port

OpenPort = Callable[[str], Awaitable[Port]]


class Use(StrEnum):
    """What is known of a port."""

    FREE = "free"  # not open here
    OPEN = "open"
    FAILED = "failed"  # the last attempt to open or use it failed


class Ports:
    """The book of this program's ports."""

    def __init__(self, open_port: OpenPort) -> None:
        """Open ports with `open_port`; none is open yet."""
        self._open_port = open_port
        self._open: dict[str, int] = {}
        self._failed: set[str] = set()
        self._listeners: list[Callable[[], None]] = []

    def use(self, name: str) -> Use:
        """How the port with this name is used now."""
        if self._open.get(name):
            return Use.OPEN
        return Use.FAILED if name in self._failed else Use.FREE

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; the answer ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def chosen_anew(self) -> None:
        """Other ports were chosen in the settings: whoever listens looks again."""
        self._tell()

    async def open(self, name: str) -> Port:
        """Open a port as the function given does, with the same errors."""
        try:
            port = await self._open_port(name)
        except PortError:
            self._note(name, failed=True)
            raise
        self._note(name, by=1, failed=False)
        return _Booked(port, lambda: self._note(name, by=-1), lambda: self._fail(name))

    def _fail(self, name: str) -> None:
        self._note(name, failed=True)

    def _note(self, name: str, by: int = 0, *, failed: bool | None = None) -> None:
        self._open[name] = self._open.get(name, 0) + by
        if failed is not None:
            (self._failed.add if failed else self._failed.discard)(name)
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class _Booked:
    """An open port that tells the book when it closes or breaks."""

    def __init__(
        self, port: Port, closed: Callable[[], None], broke: Callable[[], None]
    ) -> None:
        self._port = port
        self._closed = closed
        self._broke = broke
        self._is_open = True

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

    async def read(self, timeout_s: float) -> bytes:
        """See `Port.read`."""
        try:
            return await self._port.read(timeout_s)
        except PortError:
            self._break()
            raise

    async def write(self, data: bytes) -> None:
        """See `Port.write`."""
        try:
            await self._port.write(data)
        except PortError:
            self._break()
            raise

    async def configure(self, line: LineSettings) -> None:
        """See `Port.configure`."""
        await self._port.configure(line)

    async def close(self) -> None:
        """See `Port.close`."""
        try:
            await self._port.close()
        finally:
            if self._is_open:
                self._is_open = False
                self._closed()

    def _break(self) -> None:
        """Gone while in use; after `close` that is a normal end."""
        if self._is_open:
            self._broke()
