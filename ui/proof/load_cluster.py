"""A PostgreSQL of the bench's own in a temporary folder, or two databases on another server.

In comes a folder; out come a running cluster's databases. It keeps its promises as in real use:
`fsync` and `synchronous_commit` stay on. Rule: whoever starts it also stops it, and on a server
that was there before only databases with the bench's names are made and dropped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from ui.demo.processes import DemoFailed

_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


def binaries() -> Path | None:
    """The folder with PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in ([Path(found).parent] if found else []) + folders:
        if all(shutil.which(name, path=str(folder)) for name in _PROGRAMS):
            return folder.resolve()
    return None


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster on a socket in its own folder, which no other program uses.

    Args:
        folder: empty; everything of it lies there.
        programs: where PostgreSQL's programs are.
    """

    folder: Path
    programs: Path

    def start(self) -> None:
        """Make it and start it.

        Raises:
            DemoFailed: PostgreSQL said no.
        """
        if (user := _user()) is not None:
            shutil.chown(self.folder, user)
        self._run(
            "initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "-E", "UTF8"
        )
        chosen = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
        options = f"-k {self.folder} {chosen}"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """End it; nothing of it is needed any more."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def url(self) -> str:
        """How it is reached."""
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def process(self) -> int:
        """The number of its first process."""
        return int((self._data / "postmaster.pid").read_text("utf-8").split()[0])

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self.programs / program, *words],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            user=_user(),
        )
        if done.returncode != 0:
            raise DemoFailed(program, f"exit status {done.returncode}")


@contextmanager
def databases(url: str, *names: str) -> Iterator[list[str]]:
    """Empty databases on the server at `url`, for as long as the block lasts; their URLs.

    Raises:
        psycopg.Error: the server can't be had, or does not let this user make databases.
    """
    with psycopg.connect(url, autocommit=True) as c:
        for name in names:
            c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            c.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield [urlsplit(url)._replace(path=f"/{name}").geturl() for name in names]
    finally:
        with psycopg.connect(url, autocommit=True) as c:
            for name in names:
                c.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _user() -> str | None:
    """PostgreSQL does not run as root."""
    return "postgres" if sys.platform != "win32" and os.getuid() == 0 else None
