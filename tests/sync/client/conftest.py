from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

Responder = Callable[[bytes, socket.socket], None]


class ScriptedOffice:
    """A real server on loopback that answers each request with the next prepared bytes."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[bytes] = []
        self.connections = 0
        self.released = threading.Event()
        self.asked = threading.Event()
        self._script: list[Responder] = []
        self._wrap: Callable[[socket.socket], socket.socket] = lambda line: line
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def will(self, *responders: Responder) -> None:
        self._script.extend(responders)

    def answers(self, *raw: bytes) -> None:
        for data in raw:
            self.will(saying(data))

    def forget(self) -> None:
        self._script.clear()

    def wrap(self, how: Callable[[socket.socket], socket.socket]) -> None:
        self._wrap = how

    def stop(self) -> None:
        self.released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            line.settimeout(10)
            with contextlib.suppress(OSError), self._wrap(line) as wrapped:
                self._converse(wrapped)
            line.close()

    def _converse(self, line: socket.socket) -> None:
        while self._script and (request := read_request(line)):
            self.requests.append(request)
            self.asked.set()
            self._script.pop(0)(request, line)


def saying(data: bytes) -> Responder:
    def say(_request: bytes, line: socket.socket) -> None:
        line.sendall(data)

    return say


def read_request(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = line.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    size = 0
    for field in head.split(b"\r\n"):
        if field.lower().startswith(b"content-length:"):
            size = int(field.split(b":")[1])
    while len(body) < size:
        part = line.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


@pytest.fixture
def office() -> Iterator[ScriptedOffice]:
    server = ScriptedOffice()
    yield server
    server.stop()
