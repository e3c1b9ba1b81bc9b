"""The open sockets of one HTTP session, so that a request can be broken off from outside.

A blocked read can't be cancelled in Python, but its socket can be shut down by another
thread, and then the read ends at once. Rule: every connection of the session enters its
socket here when it is made; once cut, no new one stays open.
"""

from __future__ import annotations

import socket
import threading
import weakref

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Lines:
    """Sockets in use; they are held weakly, so a closed one needs no word."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._cut = False

    @property
    def is_cut(self) -> bool:
        """Whether `cut` was called."""
        return self._cut

    def enter(self, line: object) -> None:
        """Note a fresh socket; after `cut` it is shut down at once."""
        if not isinstance(line, socket.socket):
            return
        with self._guard:
            self._sockets.add(line)
            if self._cut:
                _shut(line)

    def cut(self) -> None:
        """Shut down every socket, now and from now on; any thread may call this."""
        with self._guard:
            self._cut = True
            for line in list(self._sockets):
                _shut(line)

    def pools(self) -> dict[str, type[HTTPConnectionPool]]:
        """urllib3's connection pools by scheme, with connections that enter their sockets."""
        enter = self.enter

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                enter(self.sock)

        class Secure(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                enter(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        return {"http": PlainPool, "https": SecurePool}


def _shut(line: socket.socket) -> None:
    try:
        # not SSLSocket's own shutdown: it pulls the session from under a reading thread
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return  # already gone, which is what was wanted
