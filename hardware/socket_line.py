"""A TCP connection in place of a serial device: what the reader thread drives.

In: `socket://host:port`. Out: octets, or `OSError` and `ValueError`, which `serial_port`
translates. `Wire` is what it has in common with a device. Rule: nothing here waits longer
than `POLL_S`, except opening.
"""

from __future__ import annotations

import errno
import select
import socket
from typing import Protocol
from urllib.parse import urlsplit

from hardware.port import LineSettings

POLL_S = 0.05
CONNECT_S = 5.0


class Wire(Protocol):
    """What the thread drives; `write_some` and `wake` are called from the event loop."""

    settable: bool
    """Whether `configure` changes anything."""
    paced: bool
    """Whether octets take time to leave."""

    def open(self, line: LineSettings) -> None:
        """Open; raises `OSError` or `ValueError`."""
        ...

    def read(self) -> bytes:
        """What came, waiting at most `POLL_S`; empty when nothing did."""
        ...

    def write_some(self, data: bytes) -> int:
        """Hand over what fits now: how many octets. From the event loop."""
        ...

    def unsent(self) -> int:
        """Octets that wait in the driver."""
        ...

    def configure(self, line: LineSettings) -> None:
        """Change speed and character form."""
        ...

    def wake(self) -> None:
        """End a pending `read` early. From the event loop."""
        ...

    def close(self) -> None:
        """Close; closing twice is allowed."""
        ...


class SocketWire:
    """`socket://host:port`: a raw TCP connection; speed and parity are somebody else's.

    Apart from pyserial's own, which sets no TCP_NODELAY, reads octet by octet and sleeps 0.3 s
    when it closes.
    """

    settable = False
    paced = False

    def __init__(self, name: str) -> None:
        parts = urlsplit(name)
        if parts.hostname is None or parts.port is None:
            raise ValueError("socket://host:port is wanted")
        self._address = (parts.hostname, parts.port)
        self._socket: socket.socket | None = None

    def open(self, line: LineSettings) -> None:
        """See `Wire.open`."""
        del line  # a socket has no speed
        opened = socket.create_connection(self._address, CONNECT_S)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.settimeout(0)
        self._socket = opened

    def read(self) -> bytes:
        """See `Wire.read`."""
        opened = self._open_socket()
        if not select.select([opened], [], [], POLL_S)[0]:
            return b""
        data = opened.recv(65536)
        if not data:
            raise OSError(errno.ECONNRESET, "closed by the other end")
        return data

    def write_some(self, data: bytes) -> int:
        """See `Wire.write_some`."""
        try:
            return self._open_socket().send(data)
        except BlockingIOError:
            return 0

    def unsent(self) -> int:
        """See `Wire.unsent`."""
        return 0

    def configure(self, line: LineSettings) -> None:
        """Nothing to set on a socket; see `settable`."""

    def wake(self) -> None:
        """See `Wire.wake`."""
        self._open_socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """See `Wire.close`."""
        opened, self._socket = self._socket, None
        if opened is not None:
            opened.close()

    def _open_socket(self) -> socket.socket:
        if self._socket is None:
            raise OSError(errno.EBADF, "not open")
        return self._socket
