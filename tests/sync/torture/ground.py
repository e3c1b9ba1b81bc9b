"""Where the world of a leg of rounds lies: copies of an office and laptops, on small disks.

In come a folder and perhaps a PostgreSQL cluster; out come fresh copies of what was prepared
there once, the office's database among them, each on a disk of its own that can be full. Rule:
where no disk may be made they are plain folders, and none of them is ever full.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.server.settings import ServerSettings
from tests.journeys.disk import SmallDisk, small_disk
from tests.sync.server.cluster import Cluster

_ROOM = "64m"


@dataclass(frozen=True)
class Copied:
    """A world of its own: the office's settings, the laptops' folder, the disks under them."""

    office: ServerSettings
    laptops: Path
    disks: list[SmallDisk]


class Ground:
    """What worlds are copied from; on SQLite where there is no cluster."""

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self._folder = folder
        self._cluster = cluster
        self._name = cluster.new_database() if cluster is not None else ""
        self._office = folder / "template" / "office"
        self.laptops = folder / "template" / "laptops"
        self._office.mkdir(parents=True)

    @property
    def office(self) -> ServerSettings:
        """The office to prepare; nobody is in it any more when copies are made."""
        return self._settings(self._office, self._name)

    @contextmanager
    def copied(self, name: str) -> Iterator[Copied]:
        """A copy of it all, thrown away at the end."""
        here = self._folder / name
        here.mkdir()
        with ExitStack() as stack:
            disks: list[SmallDisk] = []
            for part in ("laptops", "office"):
                stack.enter_context(_disk(here / part, disks))
            shutil.copytree(self.laptops, here / "laptops", dirs_exist_ok=True)
            data = here / "office" / "data"
            shutil.copytree(self._office, data)
            database = ""
            if self._cluster is not None:
                database = stack.enter_context(_database(self._cluster, self._name, disks))
            yield Copied(self._settings(data, database), here / "laptops", disks)
        shutil.rmtree(here)

    def _settings(self, data: Path, database: str) -> ServerSettings:
        plain = ServerSettings.in_folder(data)
        if self._cluster is None:
            return plain
        return ServerSettings(self._cluster.url(database), plain.files, plain.key_file)


@contextmanager
def _database(cluster: Cluster, template: str, disks: list[SmallDisk]) -> Iterator[str]:
    """A copy of a database on a disk of its own: when it is full its rows find no room."""
    place = cluster.folder / f"place-of-{template}"
    with _disk(place, disks):
        if sys.platform != "win32" and os.getuid() == 0:
            shutil.chown(place, "postgres")
        cluster.do(f"CREATE TABLESPACE small LOCATION '{place}'")
        name = cluster.new_database(template, tablespace="small")
        try:
            yield name
        finally:
            cluster.do(f"DROP DATABASE {name} WITH (FORCE)")
            cluster.do("DROP TABLESPACE small")
    shutil.rmtree(place)


@contextmanager
def _disk(folder: Path, disks: list[SmallDisk]) -> Iterator[None]:
    """A small disk in `disks`, or a folder where none may be made."""
    with ExitStack() as stack:
        try:
            disks.append(stack.enter_context(small_disk(folder, _ROOM)))
        except pytest.skip.Exception:
            folder.mkdir(exist_ok=True)
        yield
