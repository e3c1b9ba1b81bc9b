"""Where the office's files lie: objects with names, each written whole or not at all.

In come names and sealed octets; out come the same octets, and what lies there. A folder of this
machine (`objects_disk`) or any S3-compatible store (`objects_s3`); which one, the address says.
Rule: an answer means that it is durable, and of two that create the same name one is told that
the other was first, whatever process or machine it runs on. So nobody needs a lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class StoreBusy(Exception):
    """The store is full, does not answer or is not allowed just now; worth trying again."""


class StoreRefused(Exception):
    """The store can't be used as it was named; the text says what is wrong, for a person."""


class NoSuchObject(Exception):
    """There is no object of this name (any more)."""


@dataclass(frozen=True, slots=True)
class Lying:
    """An object in the store: its name, its octets, and when it was written there."""

    name: str
    size: int
    written_at: datetime


class Objects(Protocol):
    """A store of objects; any thread may use it. Every call may raise `StoreBusy`."""

    def check(self) -> None:
        """Try everything that is needed of the store once.

        Raises:
            StoreRefused: it can't be reached, does not let us in, or lacks something.
        """
        ...

    def create(self, name: str, data: bytes) -> bool:
        """Keep an object, unless there is one of that name; answers whether this one is it."""
        ...

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Keep an object in place of one of that name; nothing where `parts` raises."""
        ...

    def read(self, name: str) -> Iterator[bytes]:
        """An object's octets, part by part.

        Raises:
            NoSuchObject: there is none.
        """
        ...

    def lying(self, under: str) -> list[Lying]:
        """The objects whose names start with this, in the order of their names."""
        ...

    def remove(self, name: str) -> None:
        """Let an object go; nothing where there is none."""
        ...


def checked(objects: Objects, trial: str) -> None:
    """Keep, find and let go a small object of the name `trial`.

    Raises:
        StoreRefused: the store does not do what this office needs of it.
    """
    try:
        first, second = objects.create(trial, b"first"), objects.create(trial, b"second")
        found = b"".join(objects.read(trial))
        listed = [one.name for one in objects.lying(trial)]
        objects.remove(trial)
    except (StoreBusy, NoSuchObject) as e:
        raise StoreRefused(str(e)) from e
    if not first or second or found != b"first" or listed != [trial]:
        raise StoreRefused("it lets one object be written over by another")
