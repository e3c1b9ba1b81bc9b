"""How an office is served: where it listens, by how many processes, what it tells of itself.

In come the choices of whoever starts it; they never change while it runs. To another process
they travel as JSON through a pipe, never on a command line, where everybody on the machine
could read the database's password. Rule: values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sync.server.settings import ServerSettings


@dataclass(frozen=True, slots=True)
class Service:
    """One office's service.

    Attributes:
        port: 0 takes any that is free.
        drain_s: after the word to stop, requests are taken for so long while `/v1/health` says
            that this is ending, so that a proxy can take it out; 0: only until the clients that
            are connected have hung up, half a second at most.
        metrics_port: process n tells its metrics on this port + n - 1; None: none are told.
        trusted_proxies: addresses whose `X-Forwarded-For` is believed.
        log_level: debug, info, warning or error.
    """

    settings: ServerSettings
    host: str = "127.0.0.1"
    port: int = 0
    processes: int = 1
    drain_s: float = 0.0
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    log_level: str = "info"


class Seat(msgspec.Struct, frozen=True):
    """What one of several processes is told: its number, the listening socket, the service."""

    process: int
    descriptor: int
    service: Service


def packed(seat: Seat) -> bytes:
    """As one line of JSON."""
    return msgspec.json.encode(seat, enc_hook=_plain) + b"\n"


def unpacked(line: bytes) -> Seat:
    """The seat in a line; raises `msgspec.DecodeError` for anything else."""
    return msgspec.json.decode(line, type=Seat, dec_hook=_typed)


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value).__name__)


def _typed(kind: type[Any], value: str) -> Any:
    if issubclass(kind, Path):
        return kind(value)
    raise NotImplementedError(kind.__name__)
