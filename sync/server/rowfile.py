"""Files of rows that somebody imports: CSV with a heading, or a JSON list of objects.

In comes a path; out come the rows, each a heading to what stands under it, and afterwards what
became of them. Rule: a row that is not good never costs the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sync.server.office import Office

MOST_OCTETS = 64 * 1024 * 1024
"""A larger file is none that was meant; it is not read into memory."""


class RowFault(Exception):
    """The file can't be read as rows at all."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out; rows count from 1."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a file's rows."""

    new: int
    known: int
    faults: tuple[Fault, ...]
    changed: int = 0


def read_rows(file: Path) -> list[dict[Any, object]]:
    """The rows of a file; where one has more cells than the heading, the rest is under None.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    try:
        if file.stat().st_size > MOST_OCTETS:
            raise RowFault("too large")
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".json":
            found = json.loads(text)
        else:
            dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t")
            found = list(csv.DictReader(text.splitlines(), dialect=dialect))
    except (OSError, UnicodeDecodeError, ValueError, RecursionError, csv.Error) as e:
        raise RowFault("not CSV with a heading, nor JSON") from e
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise RowFault("not a list of rows")
    return found


Take = Callable[[Connection, Sequence[tuple[int, dict[Any, object]]]], None]
"""Takes rows with their numbers in."""


def take_in_pieces(office: Office, file: Path, size: int, take: Take, *, dry_run: bool) -> None:
    """Hand the rows of a file on, `size` in a transaction, so that laptops hardly wait.

    What broke off is simply imported again.

    Raises:
        RowFault: as `read_rows`; nothing was handed on.
    """
    rows = list(enumerate(read_rows(file), start=1))
    for start in range(0, len(rows), size):
        with office.database.writing() as c, c.begin_nested() as attempt:
            take(c, rows[start : start + size])
            if dry_run:
                attempt.rollback()
