"""What stands between a laptop and the office: names, certificates, proxies, login pages."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "office.test"
_PEM = serialization.Encoding.PEM


class Authority:
    """A certificate authority of the company's own, with its file in a folder."""

    def __init__(self, folder: Path, name: str = "own") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._numbers = iter(range(2, 100))
        start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2120))
        own = (
            x509.CertificateBuilder(
                self._name, self._name, self._key.public_key(), 1, start, end
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own.public_bytes(_PEM))

    def context(self, start: timedelta, end: timedelta) -> ssl.SSLContext:
        """A server's context whose certificate holds from `start` to `end` of now."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        now, number = datetime.now(UTC), next(self._numbers)
        builder = x509.CertificateBuilder(
            self._name, name, key.public_key(), number, now + start, now + end
        )
        names = x509.SubjectAlternativeName([x509.DNSName(HOST)])
        leaf = builder.add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        private = key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"{self.file.stem}{number}.pem"
        file.write_bytes(private + leaf.public_bytes(_PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


class Front:
    """A listener that hands lines on to the office, until somebody else answers in its place.

    Attributes:
        context: for TLS, or None for none.
        instead: answers a line's first request in the office's place.
        connect: the first request is one for a tunnel, as at a proxy.
    """

    def __init__(self, target: int, context: ssl.SSLContext | None = None) -> None:
        self.context = context
        self.instead: bytes | None = None
        self.connect = False
        self.connections = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._serve)

    def stop(self) -> None:
        for line in (self._listener, *self._lines):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()
        for line in self._lines:
            line.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                line.settimeout(10)
                self.connections += 1
                self._lines.append(line)
                self._start(self._answer, line)

    def _answer(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            if self.context is not None:
                line = self.context.wrap_socket(line, server_side=True)
                self._lines.append(line)
            if self.instead is not None:
                line.recv(65536)
                line.sendall(self.instead)
                line.shutdown(socket.SHUT_RDWR)
                return
            if self.connect:
                line.recv(65536)
                line.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            far = socket.create_connection(("127.0.0.1", self._target))
            self._lines.append(far)
            self._start(_pass_on, line, far)
            _pass_on(far, line)

    def _start(self, what: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=what, args=args)
        self._threads.append(thread)
        thread.start()


def _pass_on(start: socket.socket, end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := start.recv(65536):
            end.sendall(data)
    for line in (start, end):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


class Names:
    """The resolver of this machine, which knows the office's name or does not."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.error: int | None = None
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, *rest: Any, **more: Any) -> Any:
        if host != HOST:
            return self._real(host, *rest, **more)
        if self.error is not None:
            raise socket.gaierror(self.error, "no")
        return self._real("127.0.0.1", self.port, 0, socket.SOCK_STREAM)
