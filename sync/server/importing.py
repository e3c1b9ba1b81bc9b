"""Importing a day: rows of a checked day file become visits, or bring known ones up to date.

In comes a `DayFile`; out comes how many were new, changed and unchanged. Rule: idempotent by
visit number within the region; what travels already is announced anew, what is finished stays.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from fieldapp.domain.status import VisitState
from sync.server import audit, holders
from sync.server.changes import News, announce
from sync.server.dayfile import DayFile, DayVisit
from sync.server.doors import User
from sync.server.drafting import Particulars, draft
from sync.server.office import Office
from sync.server.planning import active_technicians, note
from sync.server.problems import ProblemError
from sync.server.tables import visits
from sync.server.visits import VisitRow, add, carry, news, reseal, rows


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a day file's visits; `finished` lists numbers that were left alone."""

    new: int
    changed: int
    unchanged: int
    finished: tuple[str, ...]


def import_day(office: Office, user: User, file: DayFile) -> Imported:
    """Take a day file in; a number that is known is brought up to date.

    Raises:
        ProblemError: 422 where a technician is not one of this region.
    """
    with office.database.writing() as c:
        _check_technicians(c, user.region, file.visits)
        numbers = [visit.number for visit in file.visits]
        known = {row.number: row for row in rows(c, user.region, visits.c.number.in_(numbers))}
        importer = _Importer(office, c, user.region, file.date)
        for row in file.visits:
            importer.take(row, known.get(row.number))
        announce(office, c, user.region, importer.news)
        note(office, c, user, audit.Entry("day_imported", str(file.date)))
    return importer.result()


def _check_technicians(c: Connection, region: str, wanted: Iterable[DayVisit]) -> None:
    named = {visit.technician for visit in wanted if visit.technician is not None}
    unknown = named - set(active_technicians(c, region))
    if unknown:
        raise ProblemError(422, "technician-unknown", ", ".join(sorted(unknown)))


class _Importer:
    """Takes the rows of one file in, one after another, and counts."""

    def __init__(self, office: Office, c: Connection, region: str, day: date) -> None:
        self.news: list[News] = []
        self._office, self._c, self._region, self._day = office, c, region, day
        self._new = self._changed = self._unchanged = 0
        self._finished: list[str] = []

    def take(self, row: DayVisit, known: VisitRow | None) -> None:
        """Make a new visit, bring a known one up to date, or leave it alone."""
        told = f"{self._day}\n{row.model_dump_json()}"
        source = hashlib.sha256(told.encode()).hexdigest()
        if known is None:
            self._add(row, source)
        elif known.source_hash == source:
            self._unchanged += 1
        elif known.state in {VisitState.DONE, VisitState.NOT_DONE}:
            self._finished.append(row.number)
        else:
            self._change(row, known, source)

    def result(self) -> Imported:
        """What became of them."""
        finished = tuple(self._finished)
        return Imported(self._new, self._changed, self._unchanged, finished)

    def _holder(self, row: DayVisit) -> str:
        """The customer's pseudonym: by the operator's reference, else by EAN and name."""
        customer = row.customer
        known_by = (
            ("reference", customer.reference)
            if customer.reference
            else ("ean", row.connections[0].ean, customer.name)
        )
        return holders.known_as(self._office, self._c, self._region, *known_by)

    def _add(self, row: DayVisit, source: str) -> None:
        particulars = Particulars(
            self._office.clock.new_id(), self._region, self._holder(row), 1, 0
        )
        clear = {
            "planned_on": self._day,
            "technician": row.technician,
            "source_hash": source,
        }
        add(self._office, self._c, draft(row, self._day, particulars), clear)
        self._new += 1

    def _change(self, row: DayVisit, known: VisitRow, source: str) -> None:
        technician = row.technician or known.technician
        particulars = Particulars(
            id=known.id,
            region=self._region,
            holder=self._holder(row),
            version=known.version + 1 if known.published else known.version,
            route_position=known.route_position,
        )
        clear = {
            "planned_on": self._day,
            "technician": technician,
            "source_hash": source,
            "cancelled": False,
        }
        if technician != known.technician:
            clear["state"] = VisitState.PLANNED.value
        drafted = draft(row, self._day, particulars)
        visit = carry(self._office, self._c, known, drafted, technician)
        reseal(self._office, self._c, known, visit, clear)
        self.news += news(known, visit.version, technician)
        self._changed += 1
