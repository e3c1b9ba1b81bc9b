"""Designations in the office: imported, sent to the laptop, and looked at before planning.

In come rows of a file and visits; out come a technician's permit, and which technicians may not
do a visit. Rule: the newest matrix holds; where nothing was imported for a technician nothing
is judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from sqlalchemy import ColumnElement, Connection, insert, select, update

from fieldapp.domain.designation import Designation, Matrix, Permit, Scheme, lacking
from fieldapp.domain.progress import Progress
from fieldapp.domain.steps import activities_of
from fieldapp.domain.work_order import Visit
from sync.server import audit, holders
from sync.server.bell import ring
from sync.server.changes import open_bundle
from sync.server.dayfile import LOCAL, Line, Name, Strict, newest_matrix
from sync.server.importing_people import reason_of
from sync.server.office import Office
from sync.server.rowfile import Done, Fault, read_rows
from sync.server.tables import technicians
from sync.server.tables_stock import designations
from sync.server.visits import VisitRow


def _codes(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


class DesignationRow(Strict):
    """One row; `start` stands under `from`."""

    technician: Name
    scheme: Scheme
    level: Name
    activities: Annotated[tuple[str, ...], BeforeValidator(_codes)] = ()
    start: Annotated[date, Field(alias="from")]
    until: date
    supervisor: Line = ""
    supervisor_phone: Line = ""

    @model_validator(mode="after")
    def _known(self) -> DesignationRow:
        """Levels and activities are those of the matrix, and it ends after it began."""
        matrix = newest_matrix()
        if self.level not in matrix.levels.get(self.scheme, ()):
            raise ValueError(f"no level {self.level} in {self.scheme}")
        unknown = [one for one in self.activities if matrix.asked(one) is None]
        if unknown:
            raise ValueError(f"no activity {', '.join(unknown)}")
        if self.until < self.start:
            raise ValueError("until is before from")
        return self


def import_designations(office: Office, file: Path, *, dry_run: bool) -> Done:
    """Import a file; one is known by technician, scheme and activities.

    Raises:
        RowFault: neither CSV with a heading nor a JSON list of objects.
    """
    found = read_rows(file)
    with office.database.writing() as c, c.begin_nested() as attempt:
        done = _take(c, found)
        if done.new or done.changed:
            entry = audit.Entry("designations_imported", "", str(done.new + done.changed))
            audit.append(c, office.clock.now(), "office", entry)
        if dry_run:
            attempt.rollback()
    return done


def _take(c: Connection, found: Iterable[dict[object, object]]) -> Done:
    counts = {"new": 0, "changed": 0, "known": 0}
    faults: list[Fault] = []
    for number, values in enumerate(found, start=1):
        kept = {str(name): value for name, value in values.items() if value not in ("", None)}
        try:
            counts[_keep(c, DesignationRow.model_validate(kept))] += 1
        except (ValidationError, LookupError) as e:
            faults.append(Fault(number, reason_of(e).strip("'")))
    return Done(counts["new"], counts["known"], tuple(faults), counts["changed"])


def _keep(c: Connection, row: DesignationRow) -> str:
    query = select(technicians.c.region).where(technicians.c.id == row.technician)
    region = c.execute(query).scalar_one_or_none()
    if region is None:
        raise LookupError(f"no technician {row.technician}")
    key = {
        "region": region,
        "technician": row.technician,
        "scheme": row.scheme.value,
        "activities": " ".join(sorted(row.activities)),
    }
    values = {
        "level": row.level,
        "starts": row.start,
        "until": row.until,
        "supervisor": row.supervisor,
        "supervisor_phone": row.supervisor_phone,
    }
    this = [designations.c[name] == value for name, value in key.items()]
    columns = [designations.c[name] for name in values]
    old = c.execute(select(*columns).where(*this)).mappings().one_or_none()
    if old is not None and dict(old) == values:
        return "known"
    ring(c, region, [row.technician])
    if old is None:
        c.execute(insert(designations).values(**key, **values))
        return "new"
    c.execute(update(designations).where(*this).values(values))
    return "changed"


def permits(c: Connection, region: str, *which: ColumnElement[bool]) -> dict[str, Permit]:
    """By technician, those of whom designations are known."""
    query = select(designations).where(designations.c.region == region, *which)
    rows = c.execute(query).mappings()
    found: dict[str, list[Designation]] = {}
    for row in rows:
        one = Designation(
            scheme=Scheme(row["scheme"]),
            level=row["level"],
            start=row["starts"],
            until=row["until"],
            activities=tuple(row["activities"].split()),
            supervisor=row["supervisor"],
            supervisor_phone=row["supervisor_phone"],
        )
        found.setdefault(row["technician"], []).append(one)
    return {technician: _permit(newest_matrix(), held) for technician, held in found.items()}


def permit_of(c: Connection, region: str, technician: str) -> Permit:
    """What a technician may do; without designations where none are known."""
    his = designations.c.technician == technician
    return permits(c, region, his).get(technician) or permit_without()


@cache
def permit_without() -> Permit:
    """What a technician may do of whom no designations are known."""
    return _permit(newest_matrix(), [])


def _permit(matrix: Matrix, held: Iterable[Designation]) -> Permit:
    ordered = tuple(sorted(held))
    content = msgspec.json.encode([matrix.version, ordered])
    return Permit(
        version=hashlib.sha256(content).hexdigest()[:32], matrix=matrix, designations=ordered
    )


def may_not(visit: Visit, permit: Permit | None, on: date) -> bool:
    """Whether a technician with this permit may not do a visit on this day."""
    return lacking(permit, activities_of(visit, Progress()), on) is not None


def barred(
    office: Office, c: Connection, region: str, rows: Iterable[VisitRow]
) -> dict[str, frozenset[str]]:
    """For each visit, by id, the technicians who may not do it on its day."""
    held = permits(c, region)
    if not held:
        return {}
    found = {}
    for row in rows:
        try:
            visit = open_bundle(office, c, row.bundle)
        except holders.Erased:
            continue
        on = row.window_start.astimezone(LOCAL).date()
        found[row.id] = frozenset(t for t, permit in held.items() if may_not(visit, permit, on))
    return found
