"""Whether this database still is the one that lies here, or a copy that was put back.

In comes a connection; out comes whether counters reserved since may be missing from it. Beside
the database lies a small file with a token that is new with each reservation; the database
knows the token and the file's number and time of change on the disk, which no copy has. Rule:
where the two do not belong together nothing is reserved any more under this laptop's system
title; the office gives a new one (trade.md "Keys and counters"). An image of the whole disk
put back looks like the original; that one the office finds by its chain.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import Connection

from fieldapp.store import state
from fieldapp.store.durable import write_whole
from fieldapp.store.opening import disk

_SEAT = "seat"
SUFFIX = ".seat"


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows of the file beside it.

    Attributes:
        mark: number and time of change of the file; None while it is being written.
    """

    token: str
    mark: tuple[int, int] | None = None


def is_restored(c: Connection) -> bool:
    """Whether the database is older than the last reservation made beside it."""
    seat = state.load(c, _SEAT, Seat)
    path = _path(c)
    if seat is None:
        return path.exists()
    if seat.mark is None:
        return False  # ended while the file was written: what was reserved was not handed out
    try:
        return path.read_text("ascii") != seat.token or _mark(path) != seat.mark
    except (OSError, UnicodeDecodeError):
        return True


def announce(c: Connection, token: str) -> None:
    """In the reservation's own transaction: the file will be written next."""
    state.save(c, _SEAT, Seat(token=token))


def settle(c: Connection) -> None:
    """Write the file and remember it; before anything that was reserved is handed out.

    Raises:
        StoreError: the folder can't be written.
    """
    seat = state.load(c, _SEAT, Seat)
    if seat is None:
        return
    path = _path(c)
    with disk(path):
        write_whole(path, seat.token.encode("ascii"))
    state.save(c, _SEAT, msgspec.structs.replace(seat, mark=_mark(path)))


def start_anew(c: Connection, title: bytes) -> None:
    """A new system title: whatever was reserved before counts no more.

    Raises:
        StoreError: the folder can't be written.
    """
    announce(c, title.hex())
    settle(c)


def _mark(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_ino, about.st_ctime_ns


def _path(c: Connection) -> Path:
    found = c.exec_driver_sql("PRAGMA database_list").all()
    return Path(next(row[2] for row in found if row[1] == "main")).with_suffix(SUFFIX)
