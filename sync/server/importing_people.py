"""Importing technicians from a CSV or JSON file.

In come rows with the columns `id`, `name` and `region`; out come how many were new and known,
and the rows that are not good. Rule: idempotent by id; a row that is not good never costs the
others.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from sync.server import people
from sync.server.dayfile import Line, Name, Strict
from sync.server.office import Office
from sync.server.rowfile import Done, Fault, read_rows


class TechnicianRow(Strict):
    """One technician."""

    id: Name
    name: Line
    region: Name


def import_technicians(office: Office, file: Path, *, dry_run: bool) -> Done:
    """Import a file.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    found = read_rows(file)
    with office.database.writing() as c, c.begin_nested() as attempt:
        done = _take(c, found)
        if dry_run:
            attempt.rollback()
    return done


def _take(c: Connection, found: Iterable[dict[Any, object]]) -> Done:
    counts = {True: 0, False: 0}
    faults: list[Fault] = []
    for number, values in enumerate(found, start=1):
        try:
            row = TechnicianRow.model_validate(values)
            counts[people.add_technician(c, row.region, row.id, row.name)] += 1
        except (ValidationError, people.Unknown) as e:
            faults.append(Fault(number, reason_of(e)))
    return Done(counts[True], counts[False], tuple(faults))


def reason_of(error: Exception) -> str:
    """Why a row is not good, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
