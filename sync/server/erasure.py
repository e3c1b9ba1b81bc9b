"""Erasing a connection holder: the key goes, and with it everything sealed under it.

In comes a visit of that holder; out comes the pseudonym whose key was forgotten. Rule: no
sealed row, header or audit entry is touched, so every chain still verifies; visits that can't
be read any more leave the laptops.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from sync.server import audit, holders
from sync.server.changes import News, announce
from sync.server.office import Office
from sync.server.tables import visits
from sync.server.visits import VisitRow, rows
from sync.wire import ChangeKind


def erase_holder_of(office: Office, region: str, visit: str) -> str | None:
    """Forget the key of a visit's holder; None where there is no such visit or key."""
    named = (visits.c.id == visit) | (visits.c.number == visit)
    with office.database.writing() as c:
        found = rows(c, region, named)
        if not found or not _erase(office, c, region, found[0].holder):
            return None
    return found[0].holder


def erase_again(office: Office, region: str, holder: str, at: datetime) -> bool:
    """Forget the key that was erased `at` then, where an older copy of the database has it.

    Returns:
        False where this copy knows of that erasure.
    """
    with office.database.writing() as c:
        return _erase(office, c, region, holder, at)


def _erase(
    office: Office, c: Connection, region: str, holder: str, at: datetime | None = None
) -> bool:
    if not holders.erase(office, c, region, holder, at):
        return False
    _withdraw(office, c, region, rows(c, region, visits.c.holder == holder))
    entry = audit.Entry("holder_erased", holder)
    audit.append(c, office.clock.now(), "office", entry)
    return True


def _withdraw(office: Office, c: Connection, region: str, unreadable: list[VisitRow]) -> None:
    told = [
        News(row.technician, ChangeKind.WITHDRAWN, row.id, row.version)
        for row in unreadable
        if row.travels and row.technician is not None
    ]
    gone = visits.c.id.in_([row.id for row in unreadable])
    c.execute(update(visits).where(visits.c.region == region, gone).values(cancelled=True))
    announce(office, c, region, told)
