"""The office's processes behind the proxy: `fieldapp server`, killed and started again.

In come the office's settings; on SQLite one server has them, on PostgreSQL two, between which
the proxy goes from line to line, as `docs/operations.md` says how it is run. Rule: a server is
there once it said so.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sync.server.settings import ServerSettings
from tests.sync.torture.nursery import Job, Nursery
from tests.sync.torture.proxy import Proxy


@dataclass
class _Server:
    """One process and its port."""

    child: int
    port: int
    dead: bool = False


class Upstream:
    """All servers of one office at a time."""

    def __init__(self, nursery: Nursery, proxy: Proxy, out: Callable[[], str]) -> None:
        """`out` names a new file for a process's lines."""
        self._nursery = nursery
        self._proxy = proxy
        self._out = out
        self._servers: list[_Server] = []
        self._settings: ServerSettings

    def start(self, settings: ServerSettings) -> None:
        """Start them all at once: the first to come migrates, the others wait."""
        self._settings = settings
        is_sqlite = settings.db_url.startswith("sqlite")
        self._begin(1 if is_sqlite else 2)

    def kill(self, which: int) -> None:
        """End one of them at once; what was kept for it breaks, another one goes on."""
        server = self._servers[which % len(self._servers)]
        self._nursery.kill(server.child)
        server.dead = True

    def revive(self) -> None:
        """Start again who was killed."""
        dead = [server for server in self._servers if server.dead]
        self._servers = [server for server in self._servers if not server.dead]
        for server in dead:
            self._nursery.wait(server.child)
        self._begin(len(dead))

    def stop(self, *, killed: bool = False) -> None:
        """End them all, in good order or at once."""
        for server in self._servers:
            if killed:
                self._nursery.kill(server.child)
            elif not server.dead:
                os.kill(server.child, signal.SIGTERM)
        for server in self._servers:
            self._nursery.wait(server.child)
        self._servers = []

    def _begin(self, number: int) -> None:
        data, url = self._settings.files.parent, self._settings.db_url
        words = ("server", "--port", "0", "--data", str(data), "--db", url)
        outs = [Path(self._out()) for _ in range(number)]
        children = [self._nursery.start(Job(words=words, out=str(out))) for out in outs]
        for child, out in zip(children, outs, strict=True):
            while not (ready := _ready(out)):
                time.sleep(0.005)
            self._servers.append(_Server(child, int(ready.rpartition(":")[2])))
        self._proxy.targets = tuple(server.port for server in self._servers)


def _ready(out: Path) -> str:
    """The address that a server told, or empty where it has not told one yet."""
    lines = out.read_text().splitlines(keepends=True) if out.exists() else []
    told = (json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n"))
    return next((str(one["ready"]) for one in told if "ready" in one), "")
